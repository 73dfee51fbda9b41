"""Active and previous faults of the simulated ECU, and DM1, the message that tells them."""

LAMPS = ("protect", "amber", "red", "malfunction")  # as in DM1's first byte, from bit 1 up
_NONE = {(0, 0): (0, "", False, 0)}  # SPN 0 FMI 0 alone says that there is no fault


class Faults:
    """Faults by (spn, fmi), oldest first. `changed` is set when DM1 has something new to say."""

    def __init__(self, codec) -> None:
        self._codec = codec
        self.active = {}
        self.previous = []
        self.changed = False

    def set(
        self,
        spn: int,
        fmi: int,
        count: int = 1,
        lamp: str = "amber",
        latched: bool = False,
        conversion: int = 0,
    ) -> None:
        """Make a fault active. A `latched` one stays when a tool asks to clear."""
        if lamp not in LAMPS:
            raise ValueError(f"lamp {lamp!r}: give one of {', '.join(LAMPS)}")
        if not 0 <= spn < 1 << 19 or not 0 <= fmi < 32 or not 0 <= count < 128:
            raise ValueError(
                f"fault SPN {spn} FMI {fmi} count {count}: allowed 0 to 524287, 31 and 127"
            )
        self.active[spn, fmi] = (count, lamp, latched, conversion)
        self.changed = True

    def drop(self, spn: int, fmi: int):
        """Forget a fault, if it is there; True when it was."""
        there = self.active.pop((spn, fmi), None) is not None
        self.changed |= there
        return there

    def clear(self, spn: int, fmi: int) -> None:
        """A fault is no longer active; it is kept as previously active."""
        if self.drop(spn, fmi):
            self.previous.append((spn, fmi))

    def reset_active(self) -> None:
        """What a tool's DM11 does: forget all but the latched ones."""
        for spn, fmi in [key for key, fault in self.active.items() if not fault[2]]:
            self.drop(spn, fmi)

    def payload(self) -> bytes:
        """DM1's bytes: lamps, then four for each fault; filled to eight when at most one."""
        lamps = {fault[1] for fault in self.active.values()}
        lit = [int(lamp in lamps) for lamp in LAMPS]
        whole = b""
        for (spn, fmi), (count, _, _, conversion) in (self.active or _NONE).items():
            place = (spn & 0xFFFF, fmi, spn >> 16, count, conversion)
            one = self._codec.encode_raws("DM1", (*lit, 3, 3, 3, 3, *place))
            whole = whole + one[2:6] if whole else one[:6]
        return whole if len(whole) > 8 else whole + b"\xff\xff"
