"""J1939 on the engine's CAN bus: read the ECU, command its speed (TSC1)."""
