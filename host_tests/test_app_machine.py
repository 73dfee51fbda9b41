"""The whole firmware as a state machine: people, faults and time in any order, from any state.

Every frame is judged by app_judge. Time that the firmware calls quiet is skipped as in the
lock-step simulator, so that an example may last hours.
"""

from hypothesis import event, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app_bench import (
    CONTACTS,
    QUICK,
    SENSORS,
    catalyst,
    engine_oil,
    exhaust,
    lamps,
    operating,
    reach,
    speed,
)
from app_judge import Judge
from core import points as p
from unit import sequence_table as tb
from unit import states as st
from unit.safeties import ACTIVE
from unit.safety_table import ACTION as ACTION_COLUMN
from unit.safety_table import ROWS, TRIP

EXAMPLES = settings().max_examples
FAULTS = (p.STALE, p.OPEN, p.SHORT, p.RANGE, p.FROZEN, p.ABSENT)
# Anti-recycle short enough to be met within an example, long enough to be broken.
STARTS = {
    "recycle.minimum_off_s": 40, "recycle.start_to_start_s": 90, "recycle.starts_per_hour": 3,
    "sequence.attempts": 2,
}  # fmt: skip
CHANGES = (
    {"recycle.minimum_off_s": 0, "recycle.start_to_start_s": 0},
    {"recycle.minimum_off_s": 200},
    {"recycle.start_to_start_s": 300},
    {"recycle.starts_per_hour": 1},
    {"recycle.starts_per_hour": 8},
    {"recycle.minimum_run_s": 60},
    {"sequence.purge_s": 4},
    {"sequence.spin_down_s": 5},
    {"pumps.flow_make_s": 2},
    {"pumps.flow_drop_s": 0},
    {"chws.setpoint_cC": 500},
    {"chws.setpoint_cC": 1400},
    {"capacity.skip1_lo_rpm": 1500, "capacity.skip1_hi_rpm": 1800},
    {"safety.evap_flow_lost_delay_ms": 10000, "safety.cond_flow_lost_delay_ms": 10000},
    {"unit.mode": 0},
    {"unit.mode": 1},
    {"unit.mode": 2},
    {"unit.mode": 3},
)
LEAD = (None, (0, 10000, 670), (1, 10000, 670), (2, 10000, 670), (2, 3000, 900), (2, 0, 300))
FRAMES = (
    speed(None), speed(3460), engine_oil(400), engine_oil(None), exhaust(690), exhaust(800),
    catalyst(690), lamps(0x04), lamps(0x10), operating(controlled_stop=1), operating(emergency=1),
)  # fmt: skip
PRESSED = {"emergency stop": {"ESTOP_OK": 0}, "leak": {"LEAK": 1}}
MOST_FRAMES = 300  # of a long wait: an engine that never stands is never quiet


class AppMachine(RuleBasedStateMachine):
    @initialize(state=some.integers(0, len(st.STATES) - 1))
    def begin(self, state):
        self.b = reach(state, Judge)
        self.judge = self.b.watch
        self.set({**QUICK, **STARTS})
        self.tell()

    def set(self, values):
        assert self.b.tell(values) == ""
        self.judge.settings_changed(self.b)

    def tell(self):
        """Inputs as they now are, from the next frame on."""
        self.b.present()

    # --- people --------------------------------------------------------------------
    @rule(on=some.sampled_from((True, True, False)))
    def call(self, on):
        self.b.call(on)

    @rule(how=some.sampled_from(("acknowledge", "reset", "both")))
    def reset(self, how):
        safeties = self.b.app.machine.safeties
        if how == "both":
            self.b.reset()
        else:
            safeties.acknowledge() if how == "acknowledge" else safeties.reset()
        self.judge.reset(self.b)

    @rule(change=some.sampled_from(CHANGES))
    def change_settings(self, change):
        self.set(change)

    @rule()
    def repair_everything_and_call(self):
        self.b.repair()
        self.b.run(2)  # until it has been seen
        self.b.reset()
        self.judge.reset(self.b)
        self.set({"unit.mode": 1})
        self.b.call()

    @rule(seconds=some.integers(30, 400))
    def a_good_run_again(self, seconds):
        self.a_good_run(seconds)

    @rule(seconds=some.integers(30, 400))
    def a_good_run(self, seconds):
        self.repair_everything_and_call()
        self.b.run(seconds, skip=True, most=MOST_FRAMES)

    @rule(seconds=some.integers(1, 200))
    def a_good_stop(self, seconds):
        self.repair_everything_and_call()
        self.b.call(False)
        self.b.run(seconds, skip=True, most=MOST_FRAMES)
        self.b.call()

    @rule(asks=some.sampled_from(LEAD))
    def the_lead_of_the_plant_asks_or_is_gone(self, asks):
        self.b.lead(*asks or (None,))

    @rule(asks=some.sampled_from(LEAD), seconds=some.integers(0, 60))
    def the_unit_is_the_lead_s(self, asks, seconds):
        self.set({"unit.mode": 3})
        self.b.lead(*asks or (None,))
        self.b.run(seconds, skip=True, most=MOST_FRAMES)

    # --- faults --------------------------------------------------------------------
    @rule(
        name=some.sampled_from(SENSORS + CONTACTS), how=some.sampled_from(("low", "high", *FAULTS))
    )
    def an_input_fails(self, name, how):
        row = p.POINTS[p.index(name)]
        ends = {"low": row[1], "high": row[2]}
        self.b.force[name] = ends.get(how, (self.b.board.values[p.index(name)], how))
        self.tell()

    @rule(name=some.sampled_from(SENSORS + CONTACTS))
    def an_input_is_mended(self, name):
        self.b.mend(name)
        self.tell()

    @rule(what=some.sampled_from(("emergency stop", "leak", "flow")))
    def the_plant_fails(self, what):
        if what == "flow":
            self.b.lose_flow()
        else:
            self.b.force.update(CHAIN_OK=0, **PRESSED[what])
        self.tell()

    @rule(what=some.sampled_from(("silent", "gas", "turns", "fires")), on=some.booleans())
    def ecu_and_engine(self, what, on):
        setattr(self.b.ecu, what, on)

    @rule(frame=some.sampled_from((None, *FRAMES)))
    def the_ecu_also_sends(self, frame):
        if frame:
            self.b.extra[frame[0]] = frame
        else:
            self.b.extra.clear()

    @rule(rpm=some.sampled_from((None, None, 3, 60, 300, 520)))
    def something_turns_the_engine(self, rpm):
        self.b.spins = rpm
        self.tell()

    @rule(rpm=some.sampled_from((200, 3460)))
    def the_engine_jumps_to(self, rpm):
        self.b.ecu.run_at(rpm)

    # --- time ----------------------------------------------------------------------
    @rule(tenths=some.integers(1, 30))
    def a_moment_passes(self, tenths):
        self.b.run(tenths / 10)

    @rule(seconds=some.integers(4, 40))
    def some_seconds_pass(self, seconds):
        self.b.run(seconds, skip=True)

    @rule(minutes=some.integers(1, 20))
    def minutes_pass(self, minutes):
        self.b.run(60 * minutes, skip=True, most=MOST_FRAMES)

    # --- what holds between any two of these --------------------------------------------
    @invariant()
    def the_state_is_one_of_the_table_and_the_image_agrees(self):
        b = self.b
        row = tb.TABLE[b.v[p.STATE]]
        assert b.v[p.STATE] == b.app.machine.sequence.state
        assert not b.v[p.GAS1] or (row[tb.GAS] and b.app.machine.sequence.purged)
        assert b.app.machine.sequence.load_allowed <= row[tb.GAS]
        assert (b.v[p.RUN_s] == 0) or row[tb.GAS]

    @invariant()
    def the_first_cause_is_a_trip_that_is_still_there(self):
        b = self.b
        state = b.app.machine.safeties.state
        trips = [i for i, row in enumerate(ROWS) if row[ACTION_COLUMN] == TRIP]
        assert b.v[p.TRIPS_n] == sum(state[i] >= ACTIVE for i in trips)
        assert (b.v[p.FIRST_OUT] > 0) == (b.v[p.TRIPS_n] > 0)
        assert not b.v[p.FIRST_OUT] or b.v[p.FIRST_OUT] - 1 in trips

    def teardown(self):
        if hasattr(self, "judge"):
            for what, n in self.judge.seen.items():
                event(f"{what}: {min(n, 3)}")


TestAppMachine = AppMachine.TestCase
TestAppMachine.settings = settings(max_examples=max(EXAMPLES // 6, 1), stateful_step_count=30)
