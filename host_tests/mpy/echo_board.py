"""A small App on a VirtualBoard, for tests of the lock-step link: says back what it hears.

Plant frames come back with 1 added to their identifier, console bytes as they are; DAY_n and DAY_s
show the calendar. Settings "starve", "leave", "busy" and "calm" do what they say; with "ask" the
lead's request is heard in the third tick (STATE_s, WAIT_s: as the second and the third know it).
"""

from here import board

from core import points as p
from core.points import Image
from hal.board import FLAG_EXT


class Frame:
    def __init__(self):
        self.id = self.dlc = self.flags = 0
        self.data = None


class Echo:
    def __init__(self):
        self.image = Image()
        self.alarms = bytearray(3)
        self.left = ""
        self.told = ""
        self.frame = Frame()
        self.line = bytearray(16)
        self.data = [bytearray(n) for n in range(9)]  # a tick allocates nothing
        self.ticks = self.rested = 0
        self.until_ms = 0

    def configure(self, text):
        self.told = text.strip()
        return ""

    def align(self, now_ms):
        pass

    def calm(self):
        return self.told == "calm"

    def rest(self, now_ms, engine, plant):
        self.rested += 1

    def wake(self, now_ms):
        pass

    rejoin = wake

    def listen(self, now_ms):
        self.hear()
        if self.told == "ask" and now_ms % 100 == 20:
            self.image.v[p.PLANT_ASK] = 2

    def listened(self, until_ms):
        self.until_ms = until_ms

    def quiet(self):
        return self.told != "busy"

    def tick(self, now_ms):
        self.ticks += 1
        v = self.image.v
        v[p.DAY_n] = board.calendar.day_n
        v[p.DAY_s] = board.calendar.day_s
        self.image.q[p.DAY_n] = board.calendar.quality
        v[p.STARTS_n] = self.ticks
        v[p.RUN_s] = self.rested
        # as the plant bus does, which is put off where it has had its turn
        if now_ms >= self.until_ms:
            self.hear()
        if now_ms % 100 == 10:
            v[p.STATE_s] = v[p.PLANT_ASK]
        elif now_ms % 100 == 20:
            v[p.WAIT_s] = v[p.PLANT_ASK]
        if self.told != "starve":
            board.feed()

    def hear(self):
        if board.plant_can.recv(self.frame):
            assert self.frame.flags == FLAG_EXT
            data = self.data[self.frame.dlc]
            for i in range(self.frame.dlc):
                data[i] = self.frame.data[i]
            board.plant_can.send(self.frame.id + 1, data)

    def slack(self, now_ms):
        n = board.console.read_into(self.line)
        if n:
            board.console.write(self.line, n)
        elif self.told == "leave":
            self.left = "reset"
        return n


board.serve(Echo())
