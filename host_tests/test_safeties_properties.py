"""What holds for the safeties over any history of readings, faults, states and people."""

from array import array

from hypothesis import given, settings
from hypothesis import strategies as some

from core import points as p
from core.settings import HI, LO
from core.ticks import add, diff
from safety_bench import COUNTS, Bench
from unit import safety_store
from unit import safety_table as t
from unit import states as st
from unit.safeties import ACTIVE, IDLE, LATCHED
from unit.safety_look import BLIND, CLEAR

OPS = (t.ABOVE, t.BELOW, t.IS, t.NOT, t.BIT, t.FIELD, t.BADQ)
TIMED = [i for i in range(t.N) if t.ROWS[i][t.OP] in OPS]
UP = (st.RUNUP, st.WARMUP, st.STANDBY, st.LOAD, st.RUN, st.UNLOAD, st.COOLDOWN)
REST = (st.OFF, st.PUMPS, st.PRELUBE_, st.SPINDOWN, st.LOCKOUT, st.TRIPPED)


# --- what the table means, said a second time -------------------------------------------
def armed(bench, row):
    v = bench.v
    up = v[p.STATE] in UP
    facts = {
        t.ALWAYS: True,
        t.SEEN: True,
        t.WINDOW: True,
        t.KEY_ON: v[p.KEY] == 1,
        t.FUELLED: v[p.GAS1] == 1 or v[p.GAS2] == 1,
        t.RUNNING: up,
        t.FIRED: up and v[p.RUN_s] >= bench.group.v[t.HOLD_OFF_S],
        t.STOPPED: v[p.STATE] in REST,
    }
    for bit, fact in facts.items():
        if row[t.ARMED] & bit and not fact:
            return False
    if row[t.FROM] and v[p.RUN_s] < bench.group.v[row[t.FROM]]:
        return False
    return not (row[t.TO] and v[p.RUN_s] >= bench.group.v[row[t.TO]])


def violated(bench, i):
    """None, or the delay that then counts."""
    row = t.ROWS[i]
    if not armed(bench, row):
        return None
    x = bench.v[row[t.POINT]]
    bad = bench.q[row[t.POINT]] != p.GOOD
    if row[t.OP] == t.BADQ:
        return bench.delay(i) if bad else None
    if row[t.REF] & t.PLUS:
        bad = bad or bench.q[row[t.REF] - t.PLUS] != p.GOOD
    if bad:
        return bench.delay(i, bad=True) if row[t.BAD] == t.BAD_TRIPS else None
    limit = bench.limit(i)
    passed = {
        t.ABOVE: x > limit,
        t.BELOW: x < limit,
        t.IS: x == limit,
        t.NOT: x != limit,
        t.BIT: x & limit,
        t.FIELD: x & limit >> 8 == limit & 255,
    }[row[t.OP]]
    return bench.delay(i) if passed else None


class Watch:
    """Scans a bench and holds it to the rules at every scan."""

    def __init__(self, bench):
        self.bench = bench
        self.since = [None] * t.N
        self.before = list(bench.state)
        self.trips = []

    def scan(self):
        bench = self.bench
        bench.scan()
        self._timed()
        self._first_out()
        self._counts()
        self.before = list(bench.state)

    def _timed(self):
        bench = self.bench
        for i in TIMED:
            delay = violated(bench, i)
            if delay is None:
                self.since[i] = None
                assert bench.state[i] >= ACTIVE or bench.state[i] == IDLE, t.ROWS[i]
                acted = bench.state[i] >= ACTIVE and self.before[i] < ACTIVE
                assert not acted, t.ROWS[i]
                continue
            if self.since[i] is None:
                self.since[i] = bench.now
            lasted = diff(bench.now, self.since[i])
            if lasted >= delay:
                assert bench.state[i] >= ACTIVE, (t.ROWS[i], lasted)
            elif self.before[i] < ACTIVE:
                assert bench.state[i] < ACTIVE, (t.ROWS[i], lasted)

    def _first_out(self):
        bench = self.bench
        new = [i for i in range(t.N) if self.before[i] < ACTIVE <= bench.state[i]]
        self.trips += [i for i in new if t.ROWS[i][t.ACTION] == t.TRIP]
        if not bench.v[p.TRIPS_n]:
            self.trips = []
        assert bench.v[p.FIRST_OUT] == (self.trips[0] + 1 if self.trips else 0)

    def _counts(self):
        bench = self.bench
        limits = [0]
        for action, point in enumerate(COUNTS):
            rows = [i for i in range(t.N) if t.ROWS[i][t.ACTION] == action]
            on = [i for i in rows if bench.state[i] >= ACTIVE]
            assert bench.v[point] == len(on)
            if action in (t.HOLD, t.UNLOAD):
                limits += [i + 1 for i in on]
        assert bench.v[p.LIMIT_ROW] == (min(limits[1:]) if limits[1:] else 0)

    def nobody_acknowledged(self, state):
        """Rows that latch do not clear by themselves."""
        for i in range(t.N):
            if state[i] >= ACTIVE and t.ROWS[i][t.POLICY] in (t.LATCH, t.LATCH_LOCAL):
                assert self.bench.state[i] >= ACTIVE, t.ROWS[i]


rows = some.integers(0, t.N - 1)
runs = some.sampled_from((0, 5, 11, 15, 35, 120, 239, 241, 1000))
events = some.one_of(
    some.tuples(some.just("put"), rows, some.booleans()),
    some.tuples(some.just("put"), rows, some.just(True)),
    some.tuples(some.just("quality"), rows, some.sampled_from((p.GOOD, p.STALE, p.OPEN))),
    some.tuples(some.just("state"), some.integers(0, len(st.STATES) - 1), runs),
    some.tuples(some.just("arm"), rows, some.none()),
    some.tuples(some.just("heal"), some.none(), some.none()),
    some.tuples(some.just("person"), some.booleans(), some.none()),
)
histories = some.lists(some.tuples(events, some.integers(1, 40)), min_size=1, max_size=25)
starts = some.sampled_from((0, 2**30 - 5000))


def happen(bench, event):
    what, a, b = event
    if what == "put":
        bench.put(a, b)
    elif what == "quality":
        bench.q[t.ROWS[a][t.POINT]] = b
    elif what == "state":
        up = a in UP
        bench.v[p.STATE], bench.v[p.RUN_s] = a, b
        bench.v[p.GAS1] = bench.v[p.GAS2] = bench.v[p.KEY] = up
    elif what == "arm":
        bench.arm(a)
    elif what == "heal":
        bench.healthy()
    elif a:
        bench.safeties.acknowledge()
    else:
        bench.safeties.reset()


@given(histories, starts)
@settings(max_examples=60)
def test_a_row_acts_within_its_delay_and_only_then_and_the_first_cause_is_the_first(history, at):
    bench = Bench(at)
    watch = Watch(bench)
    for event, scans in history:
        happen(bench, event)
        if event[0] == "person":
            watch.before = list(bench.state)
            if not bench.v[p.TRIPS_n]:
                watch.trips = []
        for _ in range(scans):
            before = list(bench.state)
            bench.now = add(bench.now, 100)
            watch.scan()
            watch.nobody_acknowledged(before)


@given(
    histories,
    some.lists(some.tuples(some.integers(0, len(t.SETTINGS) - 1), some.integers(0, 1000))),
)
@settings(max_examples=30)
def test_the_rules_hold_for_any_settings_in_their_ranges(history, changes):
    bench = Bench()
    for i, share in changes:
        row = t.SETTINGS[i]
        assert bench.group.set(i, row[LO] + (row[HI] - row[LO]) * share // 1000)
    watch = Watch(bench)
    for event, scans in history:
        if event[0] != "person":
            happen(bench, event)
        for _ in range(scans):
            bench.now = add(bench.now, 100)
            watch.scan()


@given(histories)
@settings(max_examples=60)
def test_a_row_that_is_passed_over_has_nothing_that_a_look_would_see(history):
    bench = Bench()
    look = bench.safeties.look
    for event, scans in history:
        happen(bench, event)
        for _ in range(min(scans, 3)):
            bench.now = add(bench.now, 100)
            bench.scan()
        looked = []
        i = look.next(0, t.N)
        while i < t.N:
            looked.append(i)
            i = look.next(i + 1, t.N)
        for i in set(range(t.N)) - set(looked):
            if bench.state[i] == ACTIVE:
                assert look.see(i) > CLEAR and bench.safeties.since[i] < 0, t.ROWS[i]
            else:
                assert bench.state[i] == IDLE and look.see(i) <= BLIND, t.ROWS[i]


def test_of_a_healthy_running_machine_few_rows_need_a_look_of_their_own():
    bench = Bench()
    bench.running()
    bench.scan()
    look = bench.safeties.look
    looked = [i for i in range(t.N) if look.next(i, i + 1) == i]
    assert len(looked) <= t.N // 5


@given(histories, some.sampled_from((100, 900, 1000)))
@settings(max_examples=60)
def test_when_quiet_a_scan_repeated_with_the_same_inputs_changes_nothing(history, later):
    bench = Bench()
    for event, scans in history:
        happen(bench, event)
        bench.run(scans * 100)
        if bench.safeties.quiet:
            look = bench.safeties.look
            before = _everything(bench)
            bench.step(later)
            assert _everything(bench) == before
            assert bench.safeties.quiet == 1
            assert look.busy == 0


def _everything(bench):
    s = bench.safeties
    return (
        list(bench.v), list(s.state), list(s.flags), list(s.since), list(s.count),
        list(s.look.integral), list(s.look.rest), list(s.memory_s), s.starts, s.first, s.events_n,
    )  # fmt: skip


@given(
    some.lists(
        some.tuples(some.integers(-3000, 1000), some.integers(1, 60), some.booleans()),
        max_size=30,
    ),
    some.integers(1, 1000),
)
def test_an_integral_is_the_exact_sum_of_what_it_should_count(trace, dt):
    bench = Bench()
    bench.arm("low_refrigerant_trip")
    bench.scan()
    limit = bench.limit("low_refrigerant_trip")
    cap = bench.group.v[t.RATE_CAP]
    amount = bench.number("low_refrigerant_trip", t.DELAY, t.DELAY_AT) * 1000
    total = 0
    for value, scans, up in trace:
        bench.running() if up else bench.stopped()
        bench.v[p.EVAP_SAT_cC] = value
        rate = max(-cap, min(limit - value, cap))
        for _ in range(scans):
            bench.step(dt)
            if rate < 0 or up:
                total = max(0, min(total + rate * dt, amount))
            found = bench.safeties.look.integral[0]
            assert abs(found - total // 1000) <= 1
            assert 0 <= found <= amount // 1000


@given(histories)
@settings(max_examples=40)
def test_everything_that_latched_and_every_sum_survives_a_power_cut(history):
    bench = Bench()
    for event, scans in history:
        happen(bench, event)
        bench.run(scans * 100)
    saved = array("i", [0] * safety_store.words(bench.safeties))
    safety_store.save(bench.safeties, saved)
    again = Bench()
    again.stopped()
    assert safety_store.restore(again.safeties, saved)
    for i in range(t.N):
        latched = bench.safeties.flags[i] & 1
        assert again.state[i] == (LATCHED if latched else IDLE)
    assert again.safeties.look.integral == bench.safeties.look.integral
    assert again.safeties.memory_s == bench.safeties.memory_s
    twice = array("i", [0] * len(saved))
    safety_store.save(again.safeties, twice)
    assert list(twice)[2:] == list(saved)[2:]
    if bench.v[p.FIRST_OUT] and bench.safeties.flags[bench.v[p.FIRST_OUT] - 1] & 1:
        assert again.v[p.FIRST_OUT] == bench.v[p.FIRST_OUT]
