"""What a board finds wrong with itself: looks at every device's alarms, in turn with the rest."""

from hal.drivers.health import SENSOR


class Findings:
    """`mask` is what holds now; `noted` what does not come from a device and stays.

    `rows` are device, alarm, finding, device, alarm, finding ... (hal.boards.findings). A device
    that was lost and set up again between two looks is told once; what a sensor or an output does
    is judged by how long it lasts.
    """

    def __init__(self):
        self.rows = ()
        self.noted = 0
        self.mask = 0

    def note(self, finding, on=1):
        """A finding that no device reports."""
        if on:
            self.noted |= finding
        else:
            self.noted &= ~finding

    def poll(self, now_ms):
        """Look at every device. 100 ms group; allocates nothing."""
        rows = self.rows
        mask = self.noted
        k = len(rows)
        while k:
            k -= 3
            if rows[k].alarms & rows[k + 1]:
                mask |= rows[k + 2]
            elif rows[k + 1] < SENSOR and rows[k].events & rows[k + 1]:
                rows[k].events &= ~rows[k + 1]
                mask |= rows[k + 2]
        self.mask = mask


TIMED = ("Findings.note", "Findings.poll")
