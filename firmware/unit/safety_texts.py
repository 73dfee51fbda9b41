"""What each safety says to a technician: cause, consequence, action; in the order of the table.

Plain words, no numbers (they are settings), at most 100 characters each. A test holds the
names equal to those of unit.safety_table.
"""

from core.rows import Rows

TEXTS = Rows(
    "ssss",
    b"""
# name | cause | consequence | action
estop
  | Emergency stop pressed, or its circuit is broken
  | Gas is cut in hardware; no start until reset at the board and acknowledged
  | Make the plant safe, release the button, reset at the board, acknowledge
refrigerant_leak
  | Refrigerant detector in alarm, or its signal is lost
  | Gas is cut in hardware; horn, beacon and ventilation run until reset at the board
  | Leave and ventilate the room, find the leak, reset at the board, acknowledge
overspeed_trip
  | Engine speed above the over-speed trip
  | Gas shut at once; latched
  | Check governor, throttle linkage and pick-up; inspect the engine before a restart
gas_mismatch
  | A gas valve is not where it was told to be
  | Both gas valves commanded shut; latched
  | Check the valve, its relay and its position switch; prove both valves shut by hand valve
ecu_emergency
  | The ECU reports an emergency shutdown
  | Gas shut at once; latched
  | Read the ECU faults (engine), repair, clear them, acknowledge
ecu_silent_trip
  | No valid engine speed from the ECU for too long with the gas on
  | Gas shut at once; latched
  | Check ECU power, CAN wiring and the two terminators, then ECU faults
speed_unknown
  | Neither the ECU nor the pick-up gives a good speed with the gas on
  | Gas shut: over-speed cannot be seen; latched
  | Check pick-up gap and cable, then the CAN bus
oil_pressure_trip
  | Engine oil pressure below the trip, or its reading is lost
  | Gas shut at once; latched
  | Check oil level, filter and leaks, then the sender; do not restart on a guess
jacket_trip
  | Jacket water above the trip
  | Gas shut at once; latched
  | Check coolant level, jacket pump, dump cooler and diverter; let it cool before opening
ecu_red_lamp
  | The ECU shows its red stop lamp
  | Gas shut at once; latched
  | Read the ECU faults (engine), repair, clear them, acknowledge
exhaust_trip
  | Exhaust temperature above the trip
  | Gas shut at once; latched
  | Look for misfire, lean or late running; inspect the catalyst before a restart
catalyst_trip
  | Catalyst inlet above the trip
  | Gas shut at once; latched
  | Look for misfire or unburnt gas; inspect the catalyst before a restart
evap_flow_lost
  | Evaporator flow switch opened, or its signal is lost, with the gas on
  | Gas shut at once; first in 24 h clears itself, a repeat latches
  | Check pump, strainer, valves and the flow switch
cond_flow_lost
  | Condenser flow switch opened, or its signal is lost, with the gas on
  | Gas shut at once; first in 24 h clears itself, a repeat latches
  | Check pump, strainer, valves, tower basin level and the flow switch
high_head_trip
  | Discharge pressure above the trip
  | Gas shut at once; latched
  | Check condenser water flow and temperature, tower fan, fouling, air in the circuit
discharge_trip
  | Compressor discharge temperature above the trip
  | Gas shut at once; latched
  | Check charge, oil cooling and suction superheat
oil_dp_first
  | Compressor oil differential not built soon after firing, or its reading is lost
  | Gas shut at once; latched
  | Check oil level in the sump, oil valves and the two pressure lines
oil_dp_early
  | Compressor oil differential low in the first minutes, or its reading is lost
  | Gas shut at once; latched
  | Check oil level, filter and condenser temperature (cold tower water)
oil_dp_run
  | Compressor oil differential low while running, or its reading is lost
  | Gas shut at once; latched
  | Check oil filter, oil level and foaming
low_suction_start
  | Suction pressure below the start percentage of its cut-out
  | Gas shut; tries again by itself, the third start in a row that ends so locks out
  | Check liquid valve, expansion valve, charge and chilled-water flow
low_suction
  | Suction pressure below its cut-out
  | Gas shut; tries again by itself, the third start in a row that ends so locks out
  | Check charge, expansion valve, filter-drier and chilled-water flow
low_refrigerant_trip
  | Evaporating temperature below the cut-out for too many degree-seconds
  | Gas shut: tubes could freeze; latched, and the sum survives a power cut
  | Check chilled-water flow, fouling, charge and expansion valve; wait for it to warm
low_water_trip
  | Leaving chilled water below the cut-out for too many degree-seconds
  | Gas shut, evaporator pump stays on; restarts when the water has come back
  | Check set-point, flow and load; look for a sudden loss of load
underspeed_trip
  | The engine stalled: speed below the least running speed
  | Gas shut; first in 24 h clears itself, a repeat latches
  | Check gas supply pressure, ignition and load; read the ECU faults
fail_to_start
  | All start attempts used without the engine firing
  | Locked out until acknowledged
  | Check gas supply, ignition, battery and starter; vent before the next attempt
fail_to_stop
  | The engine still turned after the stop time
  | Both gas valves commanded shut; latched
  | Shut the hand valve; check both gas valves for leaking by
flow_not_proven
  | Water flow was not proven in time at a start
  | Start given up; first in 24 h tries again by itself, a repeat latches
  | Check pumps, strainers, valves and flow switches
stall
  | The engine stalled: speed fell below crank disconnect
  | Gas shut; first in 24 h clears itself, a repeat latches
  | Check gas supply pressure, ignition and load; read the ECU faults
gas_cut
  | The gas was cut under a running engine
  | Stopped without cooldown; first in 24 h clears itself, a repeat latches
  | Look for a relay, time-out or contact that drops the gas valves
fuel_not_shut
  | Speed rises although the gas is commanded shut
  | Gas held shut; latched
  | Shut the hand valve; check both gas valves, and look for another fuel source
board_output_wrong
  | The read-back of an output is not what was commanded
  | Gas shut at once: outputs of the board cannot be trusted; latched
  | Check the relay board, its supply and its wiring, then that output's read-back
chain_open
  | The hardware safety chain is open
  | Gas is cut in hardware; latched
  | Look at the first cause; if this is the first, check each contact of the chain
ecu_controlled_stop
  | The ECU asks for a controlled shutdown
  | Orderly stop; latched
  | Read the ECU faults (engine), repair, clear them, acknowledge
chws_bad
  | Leaving chilled-water sensor has no good reading, and there is no second one
  | Orderly stop; first in 24 h clears itself when the sensor is back, a repeat latches
  | Check the sensor, its cable and terminals (points)
suction_bad
  | Suction pressure has no good reading: freeze and suction safeties are blind
  | Orderly stop; first in 24 h clears itself when the sensor is back, a repeat latches
  | Check the transmitter, its supply and cable (points)
head_bad
  | Discharge pressure has no good reading: head limits and trip are blind
  | Orderly stop; first in 24 h clears itself when the sensor is back, a repeat latches
  | Check the transmitter, its supply and cable (points)
discharge_bad
  | Discharge temperature has no good reading: its limit and trip are blind
  | Orderly stop; first in 24 h clears itself when the sensor is back, a repeat latches
  | Check the sensor, its cable and terminals (points)
coolant_bad
  | Neither the jacket sensor nor the ECU gives a good coolant temperature
  | Orderly stop; first in 24 h clears itself when a reading is back, a repeat latches
  | Check the jacket sensor and the CAN bus
sump_cold
  | Compressor oil sump too cold, or its reading is lost
  | No start until it is warm
  | Check the sump heater and its breaker; allow hours after a power cut
sump_wet
  | Compressor oil sump too close to the condensing temperature: refrigerant in the oil
  | No start until it is warm enough
  | Check the sump heater and its breaker; allow hours after a power cut
no_engine_bus
  | The board's CAN controller of the engine bus does not answer, or is off the bus
  | No start: the ECU could be neither heard nor told
  | Check the controller's plug and supply, the CAN wiring, its terminators and bit rate
no_watchdog
  | The processor refused its watchdog when the board started
  | No start: nothing would end a program that hangs
  | Take the power away and give it back; if it stays, change the board
high_head_unload
  | Discharge pressure near its trip
  | The machine unloads while it lasts
  | Check condenser water flow and temperature, tower fan, fouling
discharge_limit
  | Compressor discharge temperature near its trip
  | The machine unloads while it lasts
  | Check charge, oil cooling and suction superheat
low_water_limit
  | Leaving chilled water well below its set-point
  | The machine unloads while it lasts
  | Usual when load is lost quickly; if it stays, check the CHWS sensor and slide valve
low_refrigerant_limit
  | Evaporating temperature is or was below its cut-out
  | The machine unloads until the sum is worked off
  | Check chilled-water flow, fouling, charge and expansion valve
exhaust_limit
  | Exhaust temperature above its limit
  | The machine unloads while it lasts
  | Look for misfire, lean or late running
catalyst_limit
  | Catalyst inlet above its limit
  | The machine unloads while it lasts
  | Look for misfire or unburnt gas
high_head_hold
  | Discharge pressure high
  | No further loading while it lasts
  | Check condenser water flow and temperature, tower fan, fouling
ecu_silent_hold
  | No valid engine speed from the ECU
  | Speed request held, no further loading
  | Check CAN wiring, terminators and bus load
ecu_silent_warn
  | No valid engine speed from the ECU for a moment
  | Warning; trips if it lasts
  | Check CAN wiring, terminators and bus load
overspeed_warn
  | Engine speed above the over-speed warning
  | Warning; trips if it rises further
  | Check governor response and the speed limits of the ECU
oil_pressure_warn
  | Engine oil pressure low
  | Warning; trips if it falls further
  | Check oil level, filter and oil temperature at the next stop
jacket_warn
  | Jacket water hot
  | Warning; trips if it rises further
  | Check coolant level, jacket pump, dump cooler and diverter
ecu_amber_lamp
  | The ECU shows its amber warning lamp
  | Warning only
  | Read the ECU faults (engine)
ecu_protect_lamp
  | The ECU shows its protect lamp
  | Warning only
  | Read the ECU faults (engine)
battery_low
  | Battery voltage low
  | Warning; the next start may fail
  | Check charger, alternator and battery
battery_high
  | Battery voltage high
  | Warning; electronics may be damaged
  | Check charger and alternator regulator
jacket_sensor_bad
  | The board's own jacket sensor has no good reading
  | Warning; the ECU coolant temperature is used instead
  | Check the sensor, its cable and terminals (points)
exhaust_bad
  | Exhaust temperature has no good reading
  | Warning; exhaust limit and trip are blind, the catalyst inlet still watches
  | Check the ECU's exhaust sensor and whether the ECU sends it
chwr_bad
  | Entering chilled-water sensor has no good reading
  | Warning; cooling cannot be metered
  | Check the sensor, its cable and terminals (points)
chw_meter_bad
  | Chilled-water flow meter has no good reading
  | Warning; cooling cannot be metered, flow is proven by the switch alone
  | Check the meter, its supply and cable (points)
condenser_freeze
  | Condensing temperature near the freezing point of water
  | Warning; the condenser pump is run to keep water moving
  | Check tower control and cold outdoor air at the machine
warm_up_timeout
  | The jacket did not warm up in time
  | Warning; the machine loads more slowly
  | Check the thermostat, the diverter and the jacket sensor
ecu_derate
  | The ECU asks for less load
  | Warning; the engine may give less power than it is asked for
  | Read the ECU faults (engine); look for what the ECU protects the engine from
board_device_lost
  | A device of the board (input, relay or memory chip) does not answer
  | Warning; what it reads is bad, and what hangs on that acts by itself
  | Check its plug, supply and bus wiring (points)
board_engine_can
  | The board's CAN controller of the engine bus is in error, or off the bus
  | Warning; trips if the ECU stays silent with the gas on
  | Check CAN wiring, terminators and bit rate
board_plant_can
  | The board's CAN controller of the plant bus is in error, or off the bus
  | Warning; the unit goes on by itself, without the other units
  | Check the plant bus wiring, its terminators and the other boards
board_clock_unset
  | The calendar of the board has lost its time
  | Warning; schedules and the times in the journal cannot be believed
  | Set the clock; if it comes back after a power cut, change the battery of the clock
board_memory_fault
  | The board's memory fails, or what it held was lost
  | Warning; journal, counters and timers are not kept, and no restart by itself
  | Check the memory chip and its wiring; acknowledge what was lost
board_settings_not_saved
  | The settings in force are not those last saved
  | Warning; after a power cut other settings may be in force
  | Compare the settings with the site's list, and save them again
board_watchdog_reset
  | The last reset was the watchdog's
  | Warning; the machine was stopped by it, and starts as its restart policy says
  | Note what the machine did then (log), and report it
sensor_forced
  | A sensor is forced by hand
  | Warning; what hangs on that sensor acts on the forced value
  | Release it (release) when the work is done
output_by_hand
  | An output is driven by hand
  | Warning; the sequence does not drive that output
  | Give it back (manual off) when the work is done
implausible
  | The plant does not respond as physics says
  | Warning only
  | See which check failed (alarms) and compare with gauges on the machine
""",
)

TIMED = ()
