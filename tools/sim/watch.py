"""What is kept of a run, second by second: rows, states, alarms; of a plant also lead and shed."""

from __future__ import annotations

from tools.sim.boards import SimBoard
from tools.sim.record import (
    Averager,
    Note,
    Record,
    Span,
    Unit,
    UnitAverager,
    step_s,
)
from tools.sim.world import World
from tools.tables import (
    ALARM_ACTIONS,
    ALARM_NAMES,
    ALARM_RANKS,
    INHIBIT_NAMES,
    STATE_NAMES,
    point,
    points,
)

_ACTIVE = (2, 3)  # safety row states: active, latched
_STATE, _FIRST_OUT, _STARTS = point("STATE"), point("FIRST_OUT"), point("STARTS_n")
_SETPOINT, _INHIBIT = point("SETPOINT_cC"), point("INHIBIT")
_LEAD, _PLANT_SP = point("PLANT_LEAD"), point("PLANT_SP_cC")
# What a board tells of the plant beyond what it asks of its own unit: -1 if it has no such point.
_STAGE = points.index("PLANT_STAGE_n")
_SHED, _SHED_ROOMS = points.index("PLANT_SHED_bp"), points.index("PLANT_SHED_ROOMS")
_HEADER = points.index("PLANT_HEADER_SP_cC")
NOW = tuple[int, float, float, float, float, str, list[str]]


class AlarmWatch:
    """The alarms of one board as they come and go; `unit` 0 for a board that is alone."""

    def __init__(self, record: Record, unit: int = 0):
        self.record = record
        self.unit = unit
        self.active: dict[int, Span] = {}  # by row
        self.seen: list[str] = []
        self._states = b""

    def look(self, states: bytes, t_s: int) -> None:
        """Note every alarm when it appears, and when it is gone."""
        if states == self._states:
            return
        self._states = states
        record = self.record
        for row, state in enumerate(states):
            active = state in _ACTIVE
            if active and row not in self.active:
                name, action = ALARM_NAMES[row], ALARM_ACTIONS[row]
                self.active[row] = span = Span(name, action, t_s, unit=self.unit)
                record.spans.append(span)
                record.notes.append(Note(t_s, action, name, self.unit))
                for names in (record.alarms, self.seen):
                    if name not in names:
                        names.append(name)
            elif not active and row in self.active:
                self.active.pop(row).to_s = t_s

    def gone(self, t_s: int) -> None:
        """The board is dead: nobody says anything any more."""
        self.look(bytes(len(self._states)), t_s)

    def names(self) -> list[str]:
        """Those active now, the hardest first."""
        return [ALARM_NAMES[row] for row in sorted(self.active, key=lambda r: -ALARM_RANKS[r])]


def truth_of(world: World) -> dict[str, float]:
    """What the rows keep of the world: the water they share, and machine 1."""
    site = world.site
    machine = site.machines[0]
    return {
        "chws_c": site.supply_c(),
        "chwr_c": site.loop.return_c,
        "load_kW": site.load.load_kW,
        "lamp_kW": site.load.lamp_kW,
        "cooling_kW": sum(m.cooling_kW for m in site.machines),
        "rpm": machine.engine.rpm,
        "slide_pct": 100 * machine.chiller.slide,
        "gas_kW": sum(m.engine.gas_kW for m in site.machines),
        "jacket_c": machine.engine.jacket_c,
        "head_kPa": machine.chiller.head_kPa,
        "suction_kPa": machine.chiller.suction_kPa,
    }


class Watch:
    """Of one board."""

    def __init__(self, record: Record, world: World, boards: list[SimBoard]):
        self.record, self.world = record, world
        self.boards = boards
        self.averagers = (
            Averager(record.minutes, 60),
            Averager(record.trace, step_s(record.span_s)),
        )
        self.alarms = AlarmWatch(record)
        self._state = -1
        self._first_out = 0

    def note(self, t_s: int, kind: str, text: str, unit: int = 0) -> None:
        """Something happened."""
        self.record.notes.append(Note(t_s, kind, text, unit))

    def second(self, n: int) -> None:
        """What is to be kept of the second `n` that has just passed."""
        t_s = self.record.start_s + n + 1
        reply = self.boards[0].reply
        if reply is None:
            raise RuntimeError("the only board of a run is dead")
        values = reply.values
        state = STATE_NAMES[values[_STATE]]
        sample = truth_of(self.world)
        sample["setpoint_c"] = values[_SETPOINT] / 100
        self.alarms.look(reply.alarms, t_s)
        if values[_FIRST_OUT] != self._first_out:
            self._first_out = values[_FIRST_OUT]
            if self._first_out:
                self.record.trips.append(ALARM_NAMES[self._first_out - 1])
        if values[_STATE] != self._state:
            self._state = values[_STATE]
            self.note(t_s, "state", state)
        for averager in self.averagers:
            averager.add(n + 1, t_s, sample, state)

    def now(self, done: float) -> NOW:
        """The last minute: time, share done, CHWS, load, speed, state, alarms."""
        m = self.record.minutes[-1]
        return m.t_s, done, m.chws_c, m.load_kW, m.rpm, m.state, self.alarms.names()

    def finish(self) -> None:
        reply = self.boards[0].reply
        assert reply
        self.record.state = STATE_NAMES[reply.values[_STATE]]
        self.record.starts = reply.values[_STARTS]
        self.record.inhibit = INHIBIT_NAMES[reply.values[_INHIBIT]]


class UnitWatch:
    """One unit of a plant."""

    def __init__(self, record: Record, board: SimBoard):
        self.board = board
        self.unit = Unit(board.number)
        self.record = record
        self.alarms = AlarmWatch(record, board.number)
        self.averagers = (
            UnitAverager(self.unit.minutes, 60),
            UnitAverager(self.unit.trace, step_s(record.span_s)),
        )
        self._state = ""
        self._first_out = 0

    def second(self, n: int, t_s: int) -> None:
        board, unit = self.board, self.unit
        machine = board.unit.machine
        reply = board.reply
        state = board.life
        if board.life in ("running", "paused") and reply:
            values = reply.values
            state = STATE_NAMES[values[_STATE]]
            self.alarms.look(reply.alarms, t_s)
            unit.inhibit = INHIBIT_NAMES[values[_INHIBIT]]
            if values[_FIRST_OUT] != self._first_out:
                self._first_out = values[_FIRST_OUT]
                if self._first_out:
                    unit.trips.append(ALARM_NAMES[self._first_out - 1])
        else:
            self._first_out = 0
            self.alarms.gone(t_s)
        if state != self._state:
            self._state = unit.state = state
            self.record.notes.append(Note(t_s, "state", state, board.number))
        sample = {
            "chws_c": machine.chiller.evap.water_c,
            "cooling_kW": machine.cooling_kW,
            "gas_kW": machine.engine.gas_kW,
            "rpm": machine.engine.rpm,
            "slide_pct": 100 * machine.chiller.slide,
        }
        for averager in self.averagers:
            averager.add(n + 1, t_s, sample, state)

    def finish(self) -> None:
        self.unit.starts = self.board.unit.machine.engine.starts
        self.unit.alarms = self.alarms.seen


class PlantWatch:
    """Of several boards. The rooms obey the lights-shed request of the lead."""

    def __init__(self, record: Record, world: World, boards: list[SimBoard]):
        self.record, self.world, self.boards = record, world, boards
        self.units = [UnitWatch(record, board) for board in boards]
        record.units = [watch.unit for watch in self.units]
        self.averagers = (
            Averager(record.minutes, 60),
            Averager(record.trace, step_s(record.span_s)),
        )
        self._lead: int | None = None
        self._stage = -1
        self._shed = 0.0
        self._setpoint_c = 0.0

    def note(self, t_s: int, kind: str, text: str, unit: int = 0) -> None:
        """Something happened."""
        self.record.notes.append(Note(t_s, kind, text, unit))

    def second(self, n: int) -> None:
        """What is to be kept of the second `n` that has just passed."""
        t_s = self.record.start_s + n + 1
        lead = self._follow_lead(t_s)
        self._follow_plant(lead, t_s)
        for watch in self.units:
            watch.second(n, t_s)
        sample = truth_of(self.world)
        sample |= {
            "setpoint_c": self._setpoint_c,
            "lead": float(lead),
            "stage": float(max(0, self._stage)),
            "shed_pct": 100 * self._shed,
        }
        state = self._words()
        for averager in self.averagers:
            averager.add(n + 1, t_s, sample, state)

    def _follow_lead(self, t_s: int) -> int:
        """The lead that every board on the bus knows, 0 while they do not agree."""
        known = {
            board.reply.values[_LEAD]
            for board in self.boards
            if board.alive and board.reply and self.bus_reaches(board)
        }
        lead: int = known.pop() if len(known) == 1 else 0
        if lead and not (self.boards[lead - 1].alive and self.bus_reaches(self.boards[lead - 1])):
            lead = 0  # the others do not know yet
        if lead != self._lead:
            self._lead = lead
            self.record.leads.append((t_s, lead))
            self.note(t_s, "plant", f"lead {lead}" if lead else "no lead that all know")
        return lead

    def bus_reaches(self, board: SimBoard) -> bool:
        """True unless it is cut off: what it believes then is its own."""
        return not board.bus.alone(board.number)

    def _follow_plant(self, lead: int, t_s: int) -> None:
        """Stage, set-point and lights-shed as the lead says them."""
        leading = self.boards[lead - 1] if lead else None
        reply = leading.reply if leading and leading.alive else None
        if reply is None:
            if not self._setpoint_c:
                self._setpoint_c = self._own_setpoint()
            return
        values = reply.values
        self._setpoint_c = (
            values[_HEADER] / 100 if _HEADER >= 0 and values[_HEADER] else self._own_setpoint()
        )
        if _STAGE >= 0 and values[_STAGE] != self._stage:
            self._stage = values[_STAGE]
            self.note(t_s, "plant", f"stage {self._stage}")
        if _SHED >= 0:
            share = values[_SHED] / 10000
            if share != self._shed:
                self._shed = share
                self.record.sheds.append((t_s, 100 * share))
                rooms = values[_SHED_ROOMS]
                text = f"lights-shed {share:.0%} of rooms {mask(rooms)}" if share else "shed over"
                self.note(t_s, "plant", text)
                self.world.shed(share, rooms)

    def _own_setpoint(self) -> float:
        for board in self.boards:
            if board.alive and board.reply and board.reply.values[_SETPOINT]:
                return board.reply.values[_SETPOINT] / 100
        return self._setpoint_c

    def _words(self) -> str:
        """The units' states in short: what runs."""
        return " ".join(watch.unit.state for watch in self.units)

    def now(self, done: float) -> NOW:
        """The last minute: time, share done, CHWS, load, no speed, states, alarms."""
        m = self.record.minutes[-1]
        alarms = [f"{w.unit.number}: {name}" for w in self.units for name in w.alarms.names()]
        return m.t_s, done, m.chws_c, m.load_kW, -1.0, m.state, alarms

    def finish(self) -> None:
        for watch in self.units:
            watch.finish()
        self.record.starts = sum(watch.unit.starts for watch in self.units)


def mask(bits: int) -> str:
    """A bit mask as the numbers of its rooms."""
    return ", ".join(str(n + 1) for n in range(8) if bits >> n & 1) or "none"
