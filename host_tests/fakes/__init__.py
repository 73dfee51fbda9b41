"""A board's hardware on a computer: `machine`, `onewire`, `ds18x20` and the wires behind them.

Put this folder on the path and `import machine` finds the fake; `wires` is what a test holds.
"""
