"""The books: what goes into a part of the plant, stays in it or comes out of it."""

from __future__ import annotations

from collections.abc import Callable


class Balance:
    """Energy in, less energy out, less growth of the store, of one part of the plant."""

    def __init__(self, name: str, net_kJ: Callable[[], float]) -> None:
        self.name = name
        self._net_kJ = net_kJ
        self._was = net_kJ()
        self.worst_kJ = 0.0

    def check(self, second: int, tolerance_kJ: float) -> None:
        """Compare with the last call; AssertionError beyond `tolerance_kJ`."""
        now = self._net_kJ()
        wrong = now - self._was
        self._was = now
        self.worst_kJ = max(self.worst_kJ, abs(wrong))
        if not abs(wrong) <= tolerance_kJ:  # also catches not-a-number
            raise AssertionError(
                f"energy imbalance in the {self.name}: {wrong:.3f} kJ in the minute that ends "
                f"at second {second}; {tolerance_kJ:g} kJ allowed"
            )
