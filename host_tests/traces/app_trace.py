"""The whole firmware on a small integer plant: starts, runs, stops and trips, at random.

Every frame is ten ticks of app.App with its outputs. The engine turns, fires and coasts; the ECU
sends EEC1, ET1, EFL/P1 and now and then EOI, DM1 or IC1; the water follows the slide valve. Half
of the time something is wrong: a bad reading, a wrong one, no flow, a silent ECU, no gas, an
emergency stop.

The stores are at work too, on a memory in RAM: after each frame come a few pieces of background
work, with the heap still locked. What is stored is part of what is emitted. Of what may allocate
there is nothing to do: nobody is at the console, and plant settings have been added up before.

Emits, every 10 frames, checksums of the image with its qualities, of the terminals in every frame,
and of every CAN frame sent; every 100 frames one of the memory; and at the end what was seen.
"""

from array import array

from app import App
from core import points as p
from core.ticks import add
from hal.board import Board
from hal.mock import MockCalendar
from hal.virtual_memory import VirtualFram
from unit import states as st

STEPS = 4000  # test_app_properties runs more on demand
EMITS = 3 * STEPS // 10 + STEPS // 100 + 5 + len(st.STATES)

_QUICK = """
recycle.minimum_off_s = 1
recycle.minimum_run_s = 3
recycle.start_to_start_s = 8
recycle.starts_per_hour = 8
recycle.boot_settle_s = 1
sequence.prelube_s = 1
sequence.ecu_wake_s = 1
sequence.purge_s = 3
sequence.crank_s = 6
sequence.false_start_s = 1
sequence.rest_s = 2
sequence.attempts = 2
sequence.warm_s = 2
sequence.soft_hold_s = 1
sequence.soft_ramp_s = 2
sequence.cold_ramp_s = 3
sequence.unload_s = 2
sequence.cooldown_s = 2
sequence.stop_s = 10
sequence.spin_down_s = 2
sequence.fault_hold_s = 3
pumps.flow_make_s = 0
pumps.chw_post_run_s = 5
pumps.cw_post_run_s = 2
capacity.slide_rate_bpps = 2000
capacity.skip1_lo_rpm = 1500
capacity.skip1_hi_rpm = 1650
chws.kp_bpK100 = 500000
chws.ti_s = 12
chws.td_s = 2
safety.low_water_trip_back_ms = 10000
safety.three_n = 2
"""

_START_ms = 0x3FFFFFFF - 100000  # the clock wraps on the way
_TSC1 = 0x0C000027
_EEC1 = 0x0CF00400
_IDS = array("i", (0x18FEEE00, 0x18FEEF00, 0x18FD9200, 0x18FECA00, 0x18FEF600))  # ET1 ...
_ROOM = 8  # frames of the ECU a frame of ours

_MORNING = (
    p.CHWS_cC, 1200, p.CHWR_cC, 1400, p.CWS_cC, 2500, p.CWR_cC, 2500, p.SUCTION_kPa10, 4500,
    p.HEAD_kPa10, 6500, p.OIL_DP_kPa10, 2500, p.DISCHARGE_cC, 3500, p.SUMP_cC, 5500,
    p.JACKET_cC, 7000, p.OUTDOOR_cC, 2200, p.ESTOP_OK, 1, p.CHAIN_OK, 1, p.REMOTE_RUN, 1,
)  # fmt: skip

_ENDS = array("i", [end for row in p.POINTS for end in row[1:3]])

# what can be wrong
_WELL = 0
_BAD = 1  # the input `which` has a bad quality
_WRONG = 2  # it reads an end of its range
_DRY = 3
_SILENT = 4
_NO_GAS = 5
_STARTER = 6
_STOP = 7
_DRIVEN = 8  # something else turns the engine
_ECU = 9  # the ECU sends a message that is none of its own
_OFF = 10  # and above: nobody asks for cooling
_TROUBLES = 12


class Ecu:
    """The bus: the ECU's frames to the firmware, the firmware's TSC1 to the ECU."""

    def __init__(self):
        self.ids = array("i", [0] * _ROOM)
        self.bytes = bytearray(8 * _ROOM)
        self.n = 0
        self.at = 0
        self.asked_rpm = 0
        self.sum = 0

    def recv(self, frame):
        if self.at == self.n:
            return False
        frame.id = self.ids[self.at]
        frame.dlc = 8
        frame.flags = 2
        i = 0
        while i < 8:
            frame.data[i] = self.bytes[(self.at << 3) + i]
            i += 1
        self.at += 1
        return True

    def send(self, ident, data, flags):
        i = 0
        while i < 8:
            self.sum = (self.sum * 31 + data[i]) & 0xFFFFF
            i += 1
        self.sum = (self.sum * 31 + (ident & 0xFFFF) + (ident >> 16) + flags) & 0xFFFFF
        if ident == _TSC1:
            self.asked_rpm = (data[1] | data[2] << 8) >> 3 if data[0] & 3 == 1 else 0
        return True

    def put(self, ident, at, low, high):
        """A frame of FF with `low` and `high` at byte `at` and the one after it."""
        i = self.n << 3
        self.ids[self.n] = ident
        self.n += 1
        at += i
        ident = i + 8
        while i < ident:
            self.bytes[i] = 0xFF
            i += 1
        self.bytes[at] = low
        self.bytes[at + 1] = high


class Plant(Board):
    """The board, and the machine that its terminals are wired to."""

    def __init__(self):
        Board.__init__(self)
        self.can = Ecu()
        self.fram = VirtualFram()
        self.calendar = MockCalendar()
        self.now_ms = _START_ms
        self.values = array("i", [0] * p.INPUTS_END)
        self.qualities = bytearray(p.INPUTS_END)
        self.out = array("i", [0] * p.COUNT)
        self.seed = 3
        self.shift = 1
        self.rpm = 0
        self.trouble = _WELL
        self.which = 0
        self.left = 200  # frames until the trouble changes: a start undisturbed
        self.frames = 0
        self.sum = 0
        self.heal()

    def ticks_us(self):
        return 0

    def ticks_ms(self):
        return self.now_ms

    def alarms(self):
        return 4 if self.trouble == _SILENT else 0

    def _read(self, i):
        return self.values[i]

    def _quality(self, i):
        return self.qualities[i]

    def _write(self, row, value):
        self.out[self.outputs.point[row]] = value

    def random(self):
        """16 random bits."""
        x = self.shift
        x ^= (x << 7) & 0xFFFF
        x ^= x >> 9
        x ^= (x << 8) & 0xFFFF
        self.shift = x
        self.seed = (self.seed * 1103 + 12345) & 0x7FFFF
        return x ^ (self.seed >> 3)

    def heal(self):
        i = 0
        while i < p.INPUTS_END:
            self.qualities[i] = p.GOOD
            i += 1
        i = 0
        while i < len(_MORNING):
            self.values[_MORNING[i]] = _MORNING[i + 1]
            i += 2

    # --- 100 ms of the world -----------------------------------------------------------
    def step(self):
        self.frames += 1
        self._turn()
        self._water()
        self._follow()
        self._talk()
        self.left -= 1
        if self.left <= 0:
            self._change()
        self._upset()
        i = p.OUTPUTS_FIRST
        while i < p.OUTPUTS_END:
            self.sum = (self.sum * 31 + self.out[i]) & 0xFFFFF
            i += 1

    def _turn(self):
        out = self.out
        aim = 0
        if out[p.KEY] and out[p.GAS1] and out[p.GAS2] and self.rpm > 100:
            aim = self.can.asked_rpm if self.can.asked_rpm else 900
        if self.trouble == _NO_GAS:
            aim = 0
        if not aim and out[p.CRANK] and self.trouble != _STARTER:
            aim = 200 + (self.random() & 15)
        if self.trouble == _DRIVEN:
            aim = self.which * 150
        self.rpm += max(-60, min(aim - self.rpm, 60))

    def _water(self):
        """Cooler with the slide open, warmer by itself; suction, head and sensors' noise too."""
        v = self.values
        aim = 1300 - (self.out[p.SLIDE_CMD_bp] >> 3) - (self.rpm >> 4) - v[p.CHWS_cC]
        aim = max(-6, min(aim, 3))
        v[p.CHWS_cC] += aim + (self.random() & 1)
        v[p.SUCTION_kPa10] = 2600 + v[p.CHWS_cC] - (self.out[p.SLIDE_CMD_bp] >> 4)
        v[p.HEAD_kPa10] = 6500 + (self.rpm << 1) + (self.random() & 63)
        v[p.JACKET_cC] = min(v[p.JACKET_cC] + (self.rpm >> 8), 8800)

    def _follow(self):
        v = self.values
        out = self.out
        flow = 0 if self.trouble == _DRY else 1
        v[p.EVAP_FLOW] = out[p.CHW_PUMP] & flow
        v[p.COND_FLOW] = out[p.CW_PUMP] & flow
        v[p.CHW_FLOW_mlps] = v[p.EVAP_FLOW] * 30000
        v[p.CW_FLOW_mlps] = v[p.COND_FLOW] * 35000
        v[p.GAS1_FB] = out[p.GAS1]
        v[p.GAS2_FB] = out[p.GAS2]
        v[p.SLIDE_bp] = out[p.SLIDE_CMD_bp]
        v[p.PICKUP_rpm] = self.rpm

    def _talk(self):
        can = self.can
        can.n = can.at = 0
        if self.trouble == _SILENT or not self.out[p.KEY]:
            return
        can.put(_EEC1, 3, (self.rpm << 3) & 0xFF, self.rpm >> 5)
        if self.frames % 10 == 0:
            can.put(_IDS[0], 0, self.values[p.JACKET_cC] // 100 + 40, 0xFF)
            can.put(_IDS[1], 3, min(self.rpm, 400) >> 2, 0xFF)
            can.put(_IDS[4], 5, 0, 104)
        if self.trouble == _ECU:
            can.put(_IDS[self.which % 5], self.random() & 6, self.random() & 255, 0xD3)

    # --- what goes wrong ---------------------------------------------------------------
    def _change(self):
        """Half of the time all is well, for longer."""
        self.heal()
        self.trouble = _WELL
        self.left = 60 + (self.random() & 63)
        if self.random() & 1:
            self.trouble = 1 + self.random() % _TROUBLES
            self.which = self.random() % p.INPUTS_END

    def _upset(self):
        i = self.which
        if self.trouble == _BAD:
            self.qualities[i] = 1 + i % 6
        elif self.trouble == _WRONG:
            self.values[i] = _ENDS[2 * i + (self.left & 1)]
        elif self.trouble == _STOP:
            self.values[p.ESTOP_OK] = self.values[p.CHAIN_OK] = 0
        elif self.trouble >= _OFF:
            self.values[p.REMOTE_RUN] = 0


class _Run:
    def __init__(self):
        self.plant = Plant()
        self.app = App(self.plant)
        wrong = self.app.configure(_QUICK)
        if wrong:
            raise ValueError(wrong)
        self.app.background.console = None
        while self.app.plant.bus.slack():
            pass
        self.app.restart.person()
        self.now = _START_ms
        self.app.start(self.now)
        self.seen = array("i", [0] * len(st.STATES))
        # A bad day before: what repeats latches, and is reset, instead of clearing in a minute.
        memory = self.app.machine.safeties.memory_s
        for k in range(len(memory)):
            memory[k] = 86400
        self.trips = 0
        self.tripped = 0

    def frame(self):
        k = 0
        while k < 10:
            self.app.tick(self.now)
            self.plant.outputs.guard(self.now)
            self.now = add(self.now, 10)
            k += 1
        self._store()
        self.plant.step()
        self._person()
        v = self.app.v
        self.seen[v[p.STATE]] += 1
        self.trips += v[p.TRIPS_n] and not self.tripped
        self.tripped = v[p.TRIPS_n]

    def _store(self):
        """Background work: a few pieces, seldom enough that it falls behind now and then."""
        k = self.plant.random() & 3
        while k and self.app.slack(self.now):
            k -= 1

    def _person(self):
        """Resets now and then, waives the waits for a start, loses and sets the clock."""
        if self.plant.random() & 127 == 0:
            self.plant.calendar.quality ^= p.RANGE
        if self.plant.random() & 15 == 0:
            self.app.machine.acknowledge()
            self.app.machine.reset_local()
        if self.plant.random() & 127 == 0:
            self._waive(self.app.machine.recycle)

    def _waive(self, recycle):
        recycle.forgive()
        i = 2
        while i < len(recycle.state):
            recycle.state[i] = 3600
            i += 1

    def checksum(self):
        i = 0
        s = 0
        v = self.app.v
        q = self.app.image.q
        while i < p.COUNT:
            s = (s * 31 + (v[i] & 0xFFFF) + ((v[i] >> 16) & 0x3FFF)) & 0xFFFFF
            s = (s * 31 + q[i]) & 0xFFFFF
            i += 1
        return s


_run = [None]


def setup():
    _run[0] = _Run()


def _memory(emit, mem):
    i = 0
    s = 0
    while i < len(mem):
        s = (s * 31 + mem[i]) & 0xFFFFF
        i += 1
    emit(s)


def _report(emit, r):
    emit(r.checksum())
    emit(r.plant.sum)
    emit(r.plant.can.sum)


def run(emit):
    k = 0
    while k < STEPS:
        _run[0].frame()
        k += 1
        if k % 10 == 0:
            _report(emit, _run[0])
        if k % 100 == 0:
            _memory(emit, _run[0].plant.fram.mem)
    _finish(emit, _run[0])


def _finish(emit, r):
    emit(r.trips)
    emit(r.app.v[p.STARTS_n])
    emit(r.app.keeper.journal.newest)
    emit(r.app.keeper.faults_n)
    emit(r.app.keeper.records[0].saved_n)
    k = 0
    while k < len(r.seen):
        emit(r.seen[k])
        k += 1
