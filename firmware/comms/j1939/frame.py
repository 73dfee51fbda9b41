"""One classic CAN frame, allocated once and filled again by `can.recv(frame)`.

The CAN device (HAL) has the shape of machine.CAN:
  `can.recv(frame)` True if a frame was there; fills id, dlc, data, flags;
  `can.send(id, data, flags)` copies `data` into its transmit queue and returns
  False when the queue has no room.
It may have an int `lost`: frames that its receive queue dropped.
"""

from comms.j1939.ident import FLAG_EXT


class Frame:
    """`id` 11 or 29 bits, `dlc` 0..8, `data` 8 bytes, `flags` as machine.CAN's."""

    def __init__(self):
        self.id = 0
        self.dlc = 0
        self.flags = FLAG_EXT
        self.data = bytearray(8)


TIMED = ()
