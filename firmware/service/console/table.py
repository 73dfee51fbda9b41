"""The commands: help, completion, levels, documents and tests all walk this one table.

One row a command or a command with its second word; the longest that fits what was typed counts.
`level` 1 view (no PIN), 2 technician, 3 engineer. `where` is the module, loaded when first used
(loader), and its function, unless that has the name of the command: written out, since the build
renames and drops what no text names. `least` and `most` are how many arguments it takes. Every
command takes --json.
"""

from core.rows import Rows

COMMANDS = Rows(
    "sisiisss",
    b"""
# name | level | where | least | most | arguments | help | example
help            | 1 | helping                   | 0 | 2 | [COMMAND]
  | what there is, or how one command is used | help set
status          | 1 | look                      | 0 | 0 |
  | the machine on one screen | status
watch           | 1 | look                      | 0 | 9 | [POINT ...]
  | status, or points, again and again until a key | watch CHWS_cC
why             | 1 | why                       | 0 | 0 |
  | all of the three below that apply | why
why not running | 1 | why.why_not_running       | 0 | 0 |
  | everything that keeps the unit from running, as it is now | why not running
why limited     | 1 | why.why_limited           | 0 | 0 |
  | what keeps it from giving more, as it is now | why limited
why shed        | 1 | why.why_shed              | 0 | 0 |
  | what the plant asks the lamps to shed, and why | why shed
alarms          | 1 | alarms                    | 0 | 1 | [all]
  | alarms: cause, consequence, action; all: every row, with limits | alarms
ack             | 2 | alarms                    | 0 | 1 | [here]
  | acknowledge; here: you stand at the machine and it is safe | ack here
first-out       | 1 | alarms.first_out          | 0 | 0 |
  | the first cause of the last trip | first-out
points          | 1 | look                      | 0 | 1 | [WORD]
  | values of all points, or of those whose name has WORD | points CHW
get             | 1 | values                    | 1 | 1 | NAME
  | a point, a setting, or all settings of a group | get chws.setpoint_cC
set             | 2 | values                    | 2 | 3 | SETTING VALUE [UNIT]
  | change a setting; those of safeties and timers need an engineer | set chws.setpoint_cC 6.5C
accept          | 3 | values                    | 1 | 1 | SETTING
  | confirm a placeholder default for this site | accept chws.setpoint_cC
diff            | 1 | values                    | 0 | 1 | [unconfirmed]
  | settings that differ from factory, or await confirmation | diff
save            | 2 | values                    | 0 | 1 | [now]
  | store the settings once it stands; now: the ECU governs meanwhile | save
factory         | 3 | values                    | 1 | 1 | yes
  | all settings back to factory values | factory yes
start           | 2 | run                       | 0 | 0 |
  | run now, by this console; what forbids a start still does | start
stop            | 2 | run                       | 0 | 0 |
  | orderly stop: unload, cool down, off | stop
auto            | 2 | run                       | 0 | 1 | [contact/plant]
  | run as the building's contact or the plant lead asks | auto contact
tasks           | 1 | board                     | 0 | 0 |
  | every task: period, budget, worst time, overruns | tasks
tasks clear     | 2 | board.tasks_clear         | 0 | 0 |
  | worst times and counts back to 0 | tasks clear
mem             | 1 | board                     | 0 | 0 |
  | memory of the board | mem
version         | 1 | board                     | 0 | 0 |
  | firmware and where settings come from | version
log             | 1 | log                       | 0 | 1 | [COUNT]
  | the journal, newest first | log 20
trend           | 1 | log                       | 1 | 2 | POINT [COUNT]
  | a column a minute; of a point not recorded, a second from now | trend CHWS_cC 60
export          | 1 | log                       | 1 | 1 | settings/journal/trends/commissioning
  | all of it, for a file | export settings
engine          | 1 | ecu                       | 0 | 0 |
  | what the ECU says, and its faults by name | engine
engine clear    | 2 | ecu.engine_clear          | 0 | 1 | [previous]
  | ask the ECU to clear its faults, engine stopped | engine clear
can             | 1 | ecu                       | 0 | 0 |
  | counters and standing of the engine bus | can
can sniff       | 1 | sniff.can_sniff           | 0 | 2 | [COUNT] [PGN]
  | frames as they pass, in both directions, until a key | can sniff 20 61444
plant           | 1 | plant                     | 0 | 0 |
  | the boards of this plant: lead, state, load, hours | plant
plant accept    | 3 | plant.plant_accept        | 1 | 1 | UNIT
  | take a new board into the plant | plant accept 4
plant rotation  | 1 | plant.plant_rotation      | 0 | 0 |
  | who is next on and off, and why | plant rotation
schedule        | 1 | plant                     | 0 | 0 |
  | photoperiods of the rooms | schedule
clock           | 1 | date                      | 0 | 0 |
  | local date and time | clock
clock set       | 2 | date.clock_set            | 1 | 2 | [DATE] TIME
  | set the calendar, local time | clock set 2026-07-21 06:30
login           | 1 | access                    | 0 | 2 | [technician/engineer] [PIN]
  | log in; with no PIN it is asked for | login technician
logout          | 1 | access                    | 0 | 0 |
  | back to view | logout
passwd          | 2 | access                    | 0 | 1 | [technician/engineer]
  | a new PIN, asked for twice | passwd technician
recover         | 1 | access                    | 0 | 0 |
  | forget all PINs: engine stopped, and the jumper fitted | recover
units           | 1 | access                    | 0 | 1 | [si/us]
  | units of this login | units us
selftest        | 2 | selftest                  | 0 | 0 |
  | stores, tables, clock and inputs of this board | selftest
maintenance     | 3 | board                     | 1 | 1 | yes
  | stop in order, then give the line to Python (mpremote) | maintenance yes
manual          | 1 | manual                    | 0 | 0 |
  | outputs in manual, and for how long | manual
manual set      | 2 | manual.manual_set         | 2 | 3 | OUTPUT VALUE [SECONDS]
  | an output by hand; interlock and safeties stay | manual set CHW_PUMP 1 60
manual off      | 2 | manual.manual_off         | 0 | 1 | [OUTPUT]
  | outputs back to the control | manual off
force           | 3 | manual                    | 2 | 3 | SENSOR VALUE [SECONDS]
  | a sensor says VALUE; timed, and an alarm | force OUTDOOR_cC 25C 600
release         | 3 | manual                    | 0 | 1 | [SENSOR]
  | forced sensors read again | release
calibrate       | 1 | calibrate                 | 0 | 1 | [SENSOR]
  | corrections of the sensors | calibrate CHWS_cC
calibrate point | 3 | calibrate.calibrate_point | 2 | 2 | SENSOR VALUE
  | what a reference shows now; two of them set offset and gain | calibrate point CHWS_cC 6.9C
calibrate clear | 3 | calibrate.calibrate_clear | 1 | 1 | SENSOR
  | back to no correction | calibrate clear CHWS_cC
tune            | 1 | tune                      | 0 | 0 |
  | the test that runs, what was found, gains proposed | tune
tune step       | 3 | tune.tune_step            | 0 | 1 | [PERCENT]
  | step test of the chilled-water loop, within limits | tune step 10
tune relay      | 3 | tune.tune_relay           | 0 | 1 | [PERCENT]
  | relay test of the chilled-water loop, within limits | tune relay 10
tune stop       | 2 | tune.tune_stop            | 0 | 0 |
  | end the test, loop back to automatic | tune stop
tune apply      | 3 | tune.tune_apply           | 0 | 1 | [simc/amigo]
  | put the proposed gains in force | tune apply simc
tune revert     | 3 | tune.tune_revert          | 0 | 0 |
  | the gains from before the last apply | tune revert
commission      | 1 | commission                | 0 | 0 |
  | the checklist, and what is next | commission
commission do   | 3 | commission.commission_do  | 0 | 1 | [STEP]
  | do the next step, or one again | commission do
commission sign | 3 | commission.commission_sign | 1 | 1 | NAME
  | sign the finished record | commission sign J.Smith
""",
)
NAME = 0
LEVEL = 1
WHERE = 2
LEAST = 3
MOST = 4
ARGUMENTS = 5
HELP = 6
EXAMPLE = 7

VIEW = 1
TECHNICIAN = 2
ENGINEER = 3
LEVELS = ("", "view", "technician", "engineer")
_WORDS = 3  # of the longest name


def find(words):
    """(row number, how many of `words` are its name): the longest name that fits; (-1, 0)."""
    for length in range(min(len(words), _WORDS), 0, -1):
        i = COMMANDS.find(" ".join(words[:length]))
        if i >= 0:
            return i, length
    return -1, 0


TIMED = ()
