"""Every number of the simulated plant outside the engine, with its source.

SI inside: kW, kJ, K, degC, L/s, kPa absolute, s. A name ends in its unit. Marks:
SOURCED (a public source or the plant's design data), DERIVED (worked out from
sourced numbers), ASSUMPTION (a sensible value that nothing public confirms; the
tests check what follows from it, not the value itself).
"""

from dataclasses import dataclass

KW_PER_TON = 3.5168525  # SOURCED: 12,000 Btu/h
L_PER_GAL = 3.785412  # SOURCED: US gallon
BTU_PER_KJ = 0.9478171  # SOURCED: international table Btu
WATER_KJ_PER_LK = 4.1818  # SOURCED: 4.1858 kJ/kgK x 0.99904 kg/L at 60 degF


@dataclass(frozen=True)
class Coefficients:
    """One machine, its two water loops and its tower. Frozen: a run has one set."""

    # --- rating
    rated_kW: float = 703.37  # SOURCED: 200 ton
    rated_rpm: float = 3000.0  # ASSUMPTION: top of the speed range of the plant's defaults

    # --- compressor
    # DERIVED: 703 kW at 4.5/37.5 degC saturated, 3 K subcooling: 4.6 kg/s at 16.85 kg/m3
    swept_m3_per_rev: float = 0.005510
    slide_floor: float = 0.25  # SOURCED (plant design): slide valve down to 10-25 %
    slide_travel_s: float = 40.0  # ASSUMPTION: full travel, screw chillers take 30-60 s
    leakage: float = 0.006  # ASSUMPTION: share of rated flow lost per unit of (ratio - 1)
    efficiency_best: float = 0.775  # ASSUMPTION: isentropic x mechanical, twin screw at its best
    efficiency_slide_loss: float = 0.30  # ASSUMPTION: recompression at slide floor
    efficiency_speed_loss: float = 0.60  # ASSUMPTION: (speed share - best)^2 term
    efficiency_best_speed: float = 0.85  # ASSUMPTION: speed share of best efficiency
    efficiency_ratio_loss: float = 0.020  # ASSUMPTION: over- and under-compression
    built_in_ratio: float = 2.7  # ASSUMPTION: pressure ratio that the ports are cut for
    builds_rpm: float = 600.0  # ASSUMPTION: below it slip past the rotors eats the compression
    friction_Nm: float = 22.0  # ASSUMPTION: bearings and seal, open drive
    subcooling_K: float = 3.0  # ASSUMPTION
    stopped_equalise_kW_per_K: float = 1.5  # ASSUMPTION: leak-back and migration at rest

    # --- evaporator and condenser (flooded shell and tube)
    evap_kW_per_K: float = 159.0  # DERIVED: 12.2/6.7 degC at 30.28 L/s with 2.2 K approach
    evap_design_lps: float = 30.28  # SOURCED: 480 gpm
    evap_water_L: float = 150.0  # ASSUMPTION: tubes and heads
    evap_kJ_per_K: float = 420.0  # ASSUMPTION: charge, tubes and shell near the tubes
    cond_kW_per_K: float = 183.0  # DERIVED: 29.4/35 degC at 35.46 L/s with 2.3 K approach
    cond_design_lps: float = 35.46  # SOURCED: 562 gpm
    cond_water_L: float = 190.0  # ASSUMPTION
    cond_kJ_per_K: float = 480.0  # ASSUMPTION
    water_side_exponent: float = 0.5  # DERIVED: h ~ v^0.8 on half of the resistance
    still_water_kW_per_K: float = 4.0  # ASSUMPTION: natural convection without flow
    shell_loss_kW_per_K: float = 0.04  # ASSUMPTION: insulated shells to the room
    charge_reserve: float = 0.85  # ASSUMPTION: charge below which tubes run dry
    charge_empty: float = 0.30  # ASSUMPTION: charge at which nothing boils any more

    # --- oil
    oil_heat_share: float = 0.15  # ASSUMPTION: share of shaft power that leaves with the oil
    oil_cooler_kW_per_K: float = 1.6  # ASSUMPTION: thermosiphon cooler to the condenser
    oil_cooler_opens_c: float = 42.0  # ASSUMPTION: its thermostatic valve begins to open
    oil_cooler_band_K: float = 10.0  # ASSUMPTION
    oil_kJ_per_K: float = 160.0  # ASSUMPTION: 60 L of oil and the separator
    oil_loss_kW_per_K: float = 0.03  # ASSUMPTION
    oil_heater_kW: float = 1.5  # ASSUMPTION: on at rest below the next figure
    oil_heater_off_c: float = 60.0  # ASSUMPTION
    oil_dp_share: float = 0.85  # ASSUMPTION: what the filter leaves of (head - suction)
    oil_pump_kPa: float = 150.0  # ASSUMPTION: shaft-driven pump at and above its full speed
    oil_pump_full_rpm: float = 900.0  # ASSUMPTION
    oil_prelube_kPa: float = 110.0  # ASSUMPTION: electric prelube pump
    oil_dp_lag_s: float = 2.0  # ASSUMPTION
    discharge_lag_s: float = 20.0  # ASSUMPTION: pipe and thermowell
    vapour_kJ_per_kgK: float = 1.05  # SOURCED: R-134a near 10 bar and 50 degC (CoolProp 8.0)

    # --- chilled-water loop
    loop_gal: float = 1200.0  # DERIVED: 6 gal/ton x 200 ton; the site of three has 3,600
    supply_share: float = 0.30  # ASSUMPTION: share of the volume in the supply pipes
    return_share: float = 0.30  # ASSUMPTION
    pump_up_s: float = 4.0  # ASSUMPTION: first-order run-up
    pump_down_s: float = 2.5  # ASSUMPTION
    switch_make_share: float = 0.55  # ASSUMPTION: of design flow
    switch_break_share: float = 0.45  # ASSUMPTION
    chw_pump_kW: float = 15.0  # DERIVED: 480 gpm at 80 ft, 0.62 wire to water
    cw_pump_kW: float = 13.0  # DERIVED: 562 gpm at 60 ft

    # --- condenser-water loop and tower
    basin_L: float = 2500.0  # ASSUMPTION
    cw_return_L: float = 700.0  # ASSUMPTION: pipe back to the tower
    tower_effectiveness: float = 0.62  # DERIVED: 35/29.4 degC at 26 degC wet bulb
    tower_still_effectiveness: float = 0.08  # ASSUMPTION: fan off
    tower_fan_kW: float = 11.0  # ASSUMPTION
    tower_setpoint_c: float = 21.1  # ASSUMPTION: 70 degF, the coldest water that a screw likes
    tower_band_K: float = 2.0  # ASSUMPTION: fan 0 to 100 %
    tower_fan_per_s: float = 0.03  # ASSUMPTION: drive ramp
    basin_heater_kW: float = 12.0  # ASSUMPTION: on below the next figure
    basin_heater_on_c: float = 4.0  # ASSUMPTION

    # --- rooms
    sensible_lag_s: float = 120.0  # SOURCED (plant design): "within minutes"
    latent_lag_s: float = 300.0  # ASSUMPTION: leaves answer more slowly than air
    coil_effectiveness: float = 0.55  # ASSUMPTION: of all the air handlers together
    room_air_c: float = 26.0  # ASSUMPTION
    room_kJ_per_K: float = 9000.0  # ASSUMPTION: air, benches, wet medium
    envelope_kW_per_K: float = 1.5  # ASSUMPTION: 25,000 ft2, insulated, tight

    # --- gas meter
    gas_hhv_kJ_per_ft3: float = 1030.0 / BTU_PER_KJ  # ASSUMPTION: 1,030 Btu/ft3, the bill says
    gas_ft3_per_pulse: float = 10.0  # ASSUMPTION: a diaphragm or rotary meter of this size
    gas_kPa: float = 103.1  # ASSUMPTION: 7 in. w.c. above 14.7 psia, absolute
    gas_base_kPa: float = 101.56  # SOURCED: 14.73 psia
    gas_base_K: float = 288.71  # SOURCED: 60 degF
    gas_c: float = 20.0  # ASSUMPTION: gas temperature at the meter
