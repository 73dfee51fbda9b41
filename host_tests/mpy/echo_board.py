"""A small App on a VirtualBoard, for tests of the lock-step link: says back what it hears.

Plant frames come back with 1 added to their identifier, console bytes as they are; DAY_n and DAY_s
show the calendar. Settings "starve", "leave" and "busy" do what they say.
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
        self.ticks = 0

    def configure(self, text):
        self.told = text.strip()
        return ""

    def align(self, now_ms):
        pass

    def quiet(self):
        return self.told != "busy"

    def tick(self, now_ms):
        self.ticks += 1
        v = self.image.v
        v[p.DAY_n] = board.calendar.day_n
        v[p.DAY_s] = board.calendar.day_s
        self.image.q[p.DAY_n] = board.calendar.quality
        v[p.STARTS_n] = self.ticks
        if self.told != "starve":
            board.feed()
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
