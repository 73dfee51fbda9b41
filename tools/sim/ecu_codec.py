"""Frames of the simulated engine ECU: layouts from engine_ecu.dbc, by cantools, remembered.

No table of the firmware takes part: scale, offset, size and identifier all come from the DBC, so
a mistake in one cannot hide in the other. Equal raw values give equal bytes, so each distinct
payload is encoded once and then looked up. Where all signals of a message lie one way, unsigned,
their bits are put together here, from the places that cantools has read.
"""

from functools import cache
from pathlib import Path
from typing import Any

import cantools

DBC = Path(__file__).with_name("engine_ecu.dbc")
ERROR = "error"  # a value that a sensor fault puts in place of a reading
_KEEP = 4096


@cache
def load() -> Any:
    """The ECU's DBC, checked strictly (overlaps, lengths, multiplexing)."""
    return cantools.database.load_file(DBC, strict=True)


def pgn_of(can_id: int) -> int:
    """Parameter group number of a 29-bit identifier: the destination is no part of it."""
    pgn = can_id >> 8 & 0x3FFFF
    return pgn if pgn & 0xFF00 >= 0xF000 else pgn & 0x3FF00


def tsc1_checksum(can_id: int, data: bytes) -> int:
    """Checksum nibble of a TSC1 frame: seven bytes, the counter and the four identifier bytes."""
    s = sum(data[:7]) + (data[7] & 15) + sum(can_id.to_bytes(4, "big"))
    return ((s >> 6) + (s >> 3) + s) & 7


class _Layout:
    """One message: its signals with what turns a value into raw bits, and payloads made so far."""

    def __init__(self, message) -> None:
        self.message = message
        self.signals = []
        self.made = {}
        self.read = {}
        for s in message.signals:
            none = (1 << s.length) - 1
            # 16-bit data fails by its high byte FE, 8-bit by FE, 2-bit by 10, 4-bit by 14
            error = none - 1 if s.length <= 8 else none - (1 << (s.length - 8))
            top = min(none, round((s.maximum - s.offset) / s.scale))
            self.signals.append((s.name, 1.0 / s.scale, s.offset, top, none, error))
        plain = not message.is_multiplexed() and all(
            s.byte_order == "little_endian" and not s.is_signed for s in message.signals
        )
        self.places = [(s.start, (1 << s.length) - 1) for s in message.signals] if plain else []
        self.ones = (1 << 8 * message.length) - 1

    def pack(self, raws) -> bytes:
        """Payload of raw values, by signal; unused bits are ones."""
        if not self.places:
            named = {s[0]: raw for s, raw in zip(self.signals, raws, strict=True)}
            return bytes(self.message.encode(named, scaling=False, padding=True, strict=False))
        bits = self.ones
        for raw, (start, none) in zip(raws, self.places, strict=True):
            bits ^= (none ^ raw) << start
        return bits.to_bytes(self.message.length, "little")


class Codec:
    """Encodes and decodes by message name. `address` is the ECU's own source address."""

    def __init__(self, address: int = 0) -> None:
        self.database = load()
        self.address = address
        self._layouts = {m.name: _Layout(m) for m in self.database.messages}
        self.by_pgn = {pgn_of(m.frame_id): m.name for m in self.database.messages}

    def pgn(self, name: str) -> int:
        return pgn_of(self._layouts[name].message.frame_id)

    def can_id(self, name: str, source: int | None = None, destination: int | None = None) -> int:
        """Identifier of `name` from the ECU (or `source`), to its usual or a given destination."""
        can_id = self._layouts[name].message.frame_id & ~0xFF
        can_id |= self.address if source is None else source
        if destination is not None:
            can_id = can_id & ~0xFF00 | destination << 8
        return can_id

    def signal_names(self, name: str):
        return [s[0] for s in self._layouts[name].signals]

    def raws(self, name: str, values):
        """Raw integers of physical `values` (in DBC order; None not available, ERROR in error)."""
        raws = []
        for x, (_, per, offset, top, none, error) in zip(
            values, self._layouts[name].signals, strict=True
        ):
            if x is None:
                raws.append(none)
            elif x is ERROR:
                raws.append(error)
            else:
                raw = int((x - offset) * per + 0.5)
                raws.append(top if raw > top else raw if raw > 0 else 0)
        return tuple(raws)

    def encode_raws(self, name: str, raws) -> bytes:
        """Payload of a tuple of raw integers in DBC order; unused bits are ones."""
        layout = self._layouts[name]
        data = layout.made.get(raws)
        if data is None:
            if len(layout.made) >= _KEEP:
                layout.made.clear()
            data = layout.made[raws] = layout.pack(raws)
        return data

    def encode(self, name: str, values) -> bytes:
        """Payload of physical values in DBC order."""
        return self.encode_raws(name, self.raws(name, values))

    def build(self, name: str, **raw) -> bytes:
        """Payload of named raw values; for messages sent now and then. Unused bits are ones."""
        return bytes(
            self._layouts[name].message.encode(raw, scaling=False, padding=True, strict=False)
        )

    def decode(self, name: str, data: bytes):
        """Raw integers by signal name."""
        layout = self._layouts[name]
        named = layout.read.get(data)
        if named is None:
            if len(layout.read) >= _KEEP:
                layout.read.clear()
            named = layout.read[data] = layout.message.decode(
                data, scaling=False, decode_choices=False
            )
        return named
