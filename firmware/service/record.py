"""What all stored records share: how an int lies in bytes, and how an old version moves forward.

Words are small ints, -2**30 ... 2**30 - 1, in four bytes, little-endian, two's complement.
"""

from micropython import const

# What a store found at power-up.
FOUND = const(0)  # the newest copy, whole
BLANK = const(1)  # never written
LOST = const(2)  # written once, but no whole copy that this firmware can read
STATUS_NAMES = ("found", "blank", "lost")


def put32(buf, at, value):
    """Word `value` into buf[at:at + 4]. Allocates nothing."""
    buf[at] = value & 255
    buf[at + 1] = value >> 8 & 255
    buf[at + 2] = value >> 16 & 255
    buf[at + 3] = value >> 24 & 255


def get32(buf, at):
    """The word at buf[at:at + 4]. Allocates nothing."""
    low = buf[at] | buf[at + 1] << 8 | buf[at + 2] << 16 | (buf[at + 3] & 0x3F) << 24
    # 2**30 itself is no small int: take it off in two steps.
    return low - 0x3FFFFFFF - 1 if buf[at + 3] & 0x80 else low


def forward(steps, version, wanted, payload):
    """`payload` of `version` brought to version `wanted`, or None if there is no way.

    `steps` maps a version to the function that makes the next version's payload from its own.
    A newer version than `wanted` has no way: nothing migrates backward.
    """
    while version != wanted:
        step = steps.get(version)
        if step is None or version > wanted:
            return None
        payload = step(payload)
        version += 1
    return payload


TIMED = ("put32", "get32")
