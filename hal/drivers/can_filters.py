"""What the CAN controllers' filters let in, worked out when a driver is made; then it may go."""

from micropython import const

from hal.drivers.can import CanError

_SOURCE = const(0x03FFFFFF)  # PGN and source address; the priority does not matter
_PF = const(0x03FF0000)  # a PGN with a destination, to and from anybody
_FILTERS = const(31)  # of an MCP2518FD: it has 32; the last number marks our own frames in its RAM


def j1939_wants(pgns, source):
    """Identifiers that a J1939 engine wants, as (identifier, mask): for the `wants` of a driver.

    Broadcast PGNs only from the address `source`; PGNs with a destination (PF < 240) from and to
    anybody, because requests and address claims concern everybody.
    """
    wants = []
    for pgn in pgns:
        if not 0 <= pgn <= 0x3FFFF:
            raise CanError("PGN %d: outside 0 ... 262143; correct the table of messages" % pgn)
        if (pgn >> 8) & 0xFF < 240:
            wants.append(((pgn & 0x3FF00) << 8, _PF))
        else:
            wants.append((pgn << 8 | source, _SOURCE))
    return wants


def check_wants(name, wants):
    """CanError when `wants` is not a list of 29-bit (identifier, mask)."""
    for ident, mask in wants:
        if not (0 <= ident <= 0x1FFFFFFF and 0 <= mask <= 0x1FFFFFFF):
            raise CanError(
                "%s: identifier %x, mask %x: a filter has 29 bits; correct `wants`"
                % (name, ident, mask)
            )


def cover(wants, room):
    """One mask and at most `room` identifiers under it that let every one of `wants` through.

    Bits in which they differ are taken out of the mask one at a time, each time the one that
    leaves the fewest different identifiers. For initialisation: it allocates.
    """
    mask = 0x1FFFFFFF
    for _, m in wants:
        mask &= m
    while True:
        values = {ident & mask for ident, _ in wants}
        if len(values) <= room:
            return mask, sorted(values)
        fewest = best = differ = 0
        for v in values:
            differ |= v ^ wants[0][0] & mask
        for k in range(29):
            if differ >> k & 1:
                n = len({v & ~(1 << k) for v in values})
                if not best or n < fewest:
                    fewest = n
                    best = 1 << k
        mask &= ~best


# --- MCP2518FD ----------------------------------------------------------------------
def _word(value):
    return bytes((value & 0xFF, value >> 8 & 0xFF, value >> 16 & 0xFF, value >> 24 & 0xFF))


def _object(ident):
    """An identifier of 29 bits as messages and filters have it: SID in bits 0-10, EID in 11-28."""
    return ident >> 18 & 0x7FF | (ident & 0x3FFFF) << 11


def filters(wants):
    """(C1FLTOBJ and C1MASK of every filter, C1FLTCON) for the identifiers wanted.

    Each want has a filter of its own, leading to FIFO 2. Without wants one lets everything in.
    """
    if not wants:
        return bytes(8), b"\x82"
    if __debug__:  # a table is tried on a host before it is built: not on a board
        check_wants("MCP2518FD", wants)
        if len(wants) > _FILTERS:
            raise CanError(
                "MCP2518FD: %d identifiers wanted, there are %d filters; join some by their masks"
                % (len(wants), _FILTERS)
            )
    objects = b""
    for ident, mask in wants:
        objects += _word(_object(ident) | 1 << 30) + _word(_object(mask) | 1 << 30)
    return objects, b"\x82" * len(wants)


def plan(rows, at, wants):
    """The rows (address, as sent, as it reads back) for `rows` of (address, data) and filters.

    `at` is the address of the filters' objects and that of their control; also how many filters.
    """
    objects, enables = filters(wants)
    rows = list(rows)
    objects += bytes(-len(objects) % 64)  # in transfers of one length; what is unused is off
    for k in range(0, len(objects), 64):
        rows.append((at[0] + k, objects[k : k + 64]))
    rows.append((at[1], enables + bytes(32 - len(enables))))
    made = []
    for address, data in rows:
        out = bytes((0x20 | address >> 8, address & 0xFF)) + data
        made.append((address, out, memoryview(out)[2:]))
    return tuple(made), len(enables)


TIMED = ()
