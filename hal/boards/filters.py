"""Which messages the engine's CAN controller lets in: a filter each, whoever sends them.

The numbers are those of comms.j1939 (hal may not import it): a test holds both equal. The plant
bus has no filters: only boards are on it.
"""

# fmt: off
ENGINE_PGNS = (
    61444, 61443, 65247, 65262, 65129, 65263, 65270, 65271,
    64914, 65170, 65199, 65253, 64838, 65193, 65251, 65226,
    59392, 59904, 60160, 60416, 60928,  # acknowledge, request, transport, address claim
)
# fmt: on


def wants(pgns):
    """(identifier, mask) of each PGN: any priority, any source, any destination."""
    rows = []
    for pgn in pgns:
        broadcast = pgn >> 8 & 0xFF >= 240
        rows.append((pgn << 8, 0x03FFFF00 if broadcast else 0x03FF0000))
    return rows


TIMED = ()
