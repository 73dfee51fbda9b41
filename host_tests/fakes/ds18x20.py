"""MicroPython's `ds18x20` on a computer, its slow half: only what commissioning uses, `scan`.

The firmware reads temperatures with its own driver (hal/drivers/ds18b20.py): this one's
`read_temp` makes floats and holds the processor for 12 ms.
"""


class DS18X20:
    def __init__(self, onewire):
        self.ow = onewire

    def scan(self):
        return [rom for rom in self.ow.scan() if rom[0] in (0x10, 0x22, 0x28)]
