"""Coefficients of the simulated gas engine: about 165 kW at 3000 rpm, driving a 200 ton screw.

Each number says where it comes from. PLANT is the statement of the plant's facts and default
numbers (its public sources: makers' guides, gas-cooling studies, generator-set controllers).
PHYSICS is a property or a textbook correlation. ASSUMPTION is a sensible value that no source
confirms: chosen so that what PLANT does state comes out of the model.
"""

import math

# --- rotor, starter, torque ---
DISPLACEMENT_M3 = 0.0081  # ASSUMPTION: an 8.1 L naturally aspirated V8, common at 165 kW
INERTIA_KGM2 = 5.0  # ASSUMPTION: engine, gear and screw rotors; spin-down takes 5-15 s
RATED_RPM = 3000.0  # PLANT: speed range 1000-3000 rpm
BMEP_LOW_BAR = 7.5  # ASSUMPTION: full-load mean effective pressure at 800 rpm
BMEP_PEAK_BAR = 8.6  # ASSUMPTION: 1200-2400 rpm, stoichiometric natural gas, not charged
BMEP_RATED_BAR = 8.15  # ASSUMPTION: at 3000 rpm; gives 165 kW
FMEP_BAR = (0.97, 0.15, 0.05)  # PHYSICS: friction of spark-ignition engines, n in 1000 rpm
PUMPING_BAR = 0.55  # ASSUMPTION: extra mean pressure lost across a closed throttle
COLD_FRICTION_PER_K = 0.008  # ASSUMPTION: friction rises 0.8 % for each K of oil below 80 C
STARTER_STALL_NM = 400.0  # ASSUMPTION: at the crankshaft; cranks at 200-225 rpm
STARTER_FREE_RPM = 300.0  # ASSUMPTION: above it the pinion overruns
FIRE_RPM = 100.0  # ASSUMPTION: slowest speed at which the mixture lights
FALSE_START_RPM = 600.0  # ASSUMPTION: above PLANT's crank disconnect of 450 rpm
FUEL_FILL_S = 0.5  # ASSUMPTION: gas from the second valve to the cylinders
BURN_RISE_S = 0.3  # ASSUMPTION: first firing to steady combustion
GAS_CUT_S = 0.15  # ASSUMPTION: what is left behind the valves burns off
LOAD_FLOOR_RPM = 30.0  # ASSUMPTION: a load below it is torque, not power: it must stall
GOVERNOR_S = 0.4  # ASSUMPTION: throttle governor's time constant
GOVERNOR_RESET_S = 1.2  # ASSUMPTION: its reset time

# --- fuel and where it goes (fractions of fuel, HHV) ---
GAS_HHV_KJKG = 52200.0  # PHYSICS: pipeline gas, about 1030 Btu/ft3 (PLANT) at 0.735 kg/m3
GAS_AIR_RATIO = 16.7  # PHYSICS: stoichiometric, by mass
INDICATED_EFF = 0.38  # ASSUMPTION: gross, HHV; brake efficiency comes to 0.28-0.33:
#                              PLANT's fuel COP of 1.3-1.9 at 0.60-0.75 kW of shaft a ton
COOLANT_FRAC = 0.25  # ASSUMPTION: cylinder heat at full fuel; jacket + exhaust come to
#                              PLANT's 0.5-0.6 of fuel
COOLANT_FRAC_LOW = 0.09  # ASSUMPTION: goes from exhaust to coolant as fuel goes to nothing
LATENT_FRAC = 0.098  # PHYSICS: (HHV - LHV) / HHV of methane, leaves as vapour
UNBURNT_FRAC = 0.010  # ASSUMPTION: combustion loss, rich burn
EXHAUST_FRAC = 1.0 - INDICATED_EFF - COOLANT_FRAC - LATENT_FRAC - UNBURNT_FRAC
FUEL_FULL_KW = 520.0  # ASSUMPTION: burn at full load and rated speed, for the split above
UNBURNT_KW_PER_KRPM = 50.0  # ASSUMPTION: gas drawn through without a spark
GAS_SUPPLY_KPA = 13.8  # ASSUMPTION: the usual 2 psi elevated-pressure service
GAS_MINIMUM_KPA = 2.0  # ASSUMPTION: below it the mixer is starved

# --- jacket, oil, exhaust ---
AMBIENT_C = 25.0  # ASSUMPTION: engine room
JACKET_KJK = 110.0  # ASSUMPTION: water and the metal that warms with it; 60 C (PLANT's
#                              warm-up mark) about 5 min after a cold start
JACKET_FLOW_KWK = 30.0  # ASSUMPTION: coolant flow x heat capacity with the thermostat open
THERMOSTAT_OPENS_C = 82.0  # ASSUMPTION: begins to open; settles near 88 C at full load
THERMOSTAT_OPEN_C = 94.0  # ASSUMPTION: fully open
THERMOSTAT_S = 8.0  # ASSUMPTION: lag of the wax
JACKET_RETURN_C = 75.0  # PLANT: return kept at 71 C or above; a little over that
JACKET_ROOM_KWK = 0.05  # ASSUMPTION: block to room
OIL_KJK = 60.0  # ASSUMPTION: sump, oil and gallery metal
OIL_JACKET_KWK = 2.5  # ASSUMPTION: oil cooler; oil runs 8-12 K above the jacket
FRICTION_TO_OIL = 0.7  # ASSUMPTION: the rest of friction and pumping heats the jacket
OIL_RELIEF_KPA = 450.0  # ASSUMPTION: relief valve; hot idle 240 kPa, PLANT warns at 30 psi
OIL_RPM = 1150.0  # ASSUMPTION: speed scale of the pump's curve
OIL_LAG_S = 0.3  # ASSUMPTION: gallery fills
PRELUBE_KPA = 120.0  # ASSUMPTION: electric prelube pump
EXHAUST_KJK = 20.0  # ASSUMPTION: manifold; a minute or two to settle
EXHAUST_CP = 1.2  # PHYSICS: kJ/kg K of hot stoichiometric exhaust
EXHAUST_ROOM_KWK = 0.02  # ASSUMPTION: lagged manifold to room
STACK_C = 120.0  # ASSUMPTION: exhaust leaves the heat exchanger at it
AIR_KGS_PER_KRPM = 0.006  # ASSUMPTION: air pumped with throttle shut and no fire
CATALYST_S = 60.0  # ASSUMPTION: bed's lag
CATALYST_RISE_K = 25.0  # ASSUMPTION: exotherm of a working three-way bed
CATALYST_LIGHT_C = 427.0  # PLANT: three-way catalyst works above 427 C
CATALYST_KPA = 55.0  # ASSUMPTION: kPa per (kg/s)^2; 1.5 kPa at full flow

# --- battery ---
BATTERY_V = 25.2  # ASSUMPTION: 24 V set at rest
CHARGING_V = 27.6  # ASSUMPTION: alternator above 700 rpm
STARTER_SAG_V = 5.0  # ASSUMPTION: at stall

NM_PER_BAR = 1e5 * DISPLACEMENT_M3 / (4.0 * math.pi)  # PHYSICS: four-stroke
RPM_PER_RADS = 60.0 / (2.0 * math.pi)  # PHYSICS
