"""A mock board in service, hour after hour.

Every hour: a stop and a start, a sensor that fails, a new setting, an emergency stop.
"""


class Life:
    """`state` is the number of the point with the sequence's state; `seen` has its values."""

    def __init__(self, board, app, state):
        self.board = board
        self.app = app
        self.state = state
        self.seen = set()

    def start(self):
        wrong = self.app.configure(
            "recycle.boot_settle_s = 0\nrecycle.minimum_off_s = 0\nsequence.prelube_s = 3\n"
            "restart.policy = 1\nrestart.base_s = 0"
        )
        if wrong:
            raise ValueError(wrong)
        self.play(30)  # a blank memory: it starts when asked anew
        self.board.call_to_run()  # it starts on the way, and runs

    def frame(self, ms):
        for tick in range(10):
            self.app.tick(self.board.now_ms + 10 * tick)
        n = 0
        while n < 50 and self.app.slack(self.board.now_ms):
            n += 1
        self.seen.add(self.app.v[self.state])
        self.board.step(ms)

    def play(self, frames):
        for _ in range(frames):
            self.frame(100)
        self.board.log.clear()

    def skip(self, seconds, begin):
        """Seconds of which only the first frame is run."""
        for second in range(seconds):
            self.event((begin + second) % 3600)
            self.frame(1000)
            self.app.align(self.board.now_ms)
        self.board.log.clear()

    def event(self, at):
        board = self.board
        if at == 600 or at == 900:
            board.call_to_run(at == 900)
        elif at == 1500:
            board.open_sensor("JACKET_cC")
        elif at == 1800:
            board.set_jacket_c(80)
        elif at == 2100:
            self.app.configure("chws.setpoint_cC = %d" % (660 + len(self.seen)))
        elif at == 2400:
            board.press_estop()
        elif at == 2460:
            board.release_estop()
        elif at == 2470:
            self.app.machine.acknowledge()
            self.app.machine.reset_local()
