"""Boards that join, die, fall silent; a bus that is cut and heals: who leads, and what moves.

Each unit of the bench does what it is asked, as unit/ does: so "a take-over moves no output" is
seen at its state, which may only ever become what was last decided for it.
"""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bus_bench import Plant
from comms.plantbus.roles import later
from core import plant_image as pi
from core import points as p
from unit import states as us

UNITS = (1, 2, 3, 4)
SETTLED_s = 3.0
EXAMPLES = settings().max_examples
DOES = {pi.ASK_OFF: us.OFF, pi.ASK_STANDBY: us.STANDBY, pi.ASK_RUN: us.RUN}
AFTER = st.sampled_from((3, 0.4, 1.3, 5, 12))


class Boards(RuleBasedStateMachine):
    """Settled time counts from the last change of anything."""

    @initialize(n=st.integers(2, 4), start=st.sampled_from((0, 0x3FFFFFFF - 9000)))
    def begin(self, n, start):
        self.plant = Plant(n, start_ms=start)
        self.decided = {}
        self.terms = {}
        self.settled = 0.0
        self.muted = set()
        self.does(4)
        self.decide((2, 2, 1, 0), 0)

    # --- what is seen at every tick ---------------------------------------------------
    def look(self, plant):
        for board in plant.boards.values():
            self.one(board)

    def one(self, board):
        term, times = board.bus.roles.term, board.bus.roles.take_overs
        before, counted = self.terms.get(board, (0, 0))
        assert not later(before, term), "a term went back"
        assert times == counted or later(term, before), "taken over without a higher term"
        self.terms[board] = (term, times)
        # the unit: obeys, and on its own goes on as it is (standby goes on to run)
        state = board.v[p.STATE]
        want = state if board.ask is None else DOES[board.ask]
        if board.ask is None and state == us.STANDBY:
            want = us.RUN
        elif want != state:
            assert want == DOES[self.decided[board.unit]], "moved without a decision"
        board.v[p.STATE] = want

    def does(self, seconds):
        self.plant.run(seconds, self.look)
        self.settled += seconds

    def changed(self, after):
        self.settled = 0.0
        self.does(after)

    # --- what happens -----------------------------------------------------------------
    @rule(unit=st.sampled_from(UNITS), after=AFTER)
    def join_or_die(self, unit, after):
        if unit in self.plant.boards:
            self.plant.kill(unit)
            self.muted.discard(unit)
        else:
            board = self.plant.join(unit)
            self.plant.wire.part[board.port.name] = 0
        self.changed(after)

    @rule(units=st.sets(st.sampled_from(UNITS), min_size=1, max_size=3), after=AFTER)
    def split(self, units, after):
        self.plant.split(*units)
        self.changed(after)

    @rule(after=AFTER)
    def heal(self, after):
        self.plant.heal()
        self.changed(after)

    @rule(unit=st.sampled_from(UNITS), kind=st.sampled_from(("mute", "full", "deaf")), after=AFTER)
    def silence_or_speak(self, unit, kind, after):
        if unit not in self.plant.boards:
            return
        port = self.plant[unit].port
        if unit in self.muted:
            port.mute = port.full = port.deaf = False
            self.muted.discard(unit)
        else:
            setattr(port, kind, True)
            self.muted.add(unit)
        self.changed(after)

    @rule(asks=st.tuples(*[st.sampled_from((2, 1, 0))] * 4), after=AFTER)
    def decide(self, asks, after):
        """Whoever stages decides anew for each unit that it hears."""
        for board in self.plant.boards.values():
            if board.bus.requests.staging:
                for i in range(pi.MOST):
                    if board.plant.heard[i]:
                        board.plant.ask[i] = asks[i]
                        self.decided[i + 1] = asks[i]
        self.does(1.2 + after)

    @rule(drop=st.sampled_from((0.0, 0.02, 0.05)), double=st.sampled_from((0.0, 0.1)))
    def noise(self, drop, double):
        wire = self.plant.wire
        wire.drop, wire.double = drop, double
        self.does(3)
        wire.quiet()
        self.changed(0)

    # --- what must hold ------------------------------------------------------------------
    @invariant()
    def one_lead_in_every_part(self):
        if not hasattr(self, "plant") or self.settled < SETTLED_s:
            return
        for part in self.plant.parts():
            together = [board for board in part if board.unit not in self.muted]
            alone = [[board] for board in part if board.unit in self.muted]
            for boards in [together, *alone]:
                if boards:
                    self.led(boards)

    def led(self, boards):
        leads = [board.unit for board in boards if board.leads]
        assert leads == [min(board.unit for board in boards)], (leads, [b.unit for b in boards])
        lead = leads[0] if len(boards) > 1 else 0
        for board in boards:
            assert board.plant.lead == lead or board.unit in self.muted
        assert len({board.bus.roles.term for board in boards}) == 1


TestBoards = Boards.TestCase
TestBoards.settings = settings(max_examples=max(EXAMPLES * 2 // 5, 1), stateful_step_count=15)
