"""The bench's arithmetic: what the interpreter printed, as figures; no clock in here."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

TARGETS = {"plain": 4.0, "native": 6.0}  # times faster than simple-pid, at the default heap
REFERENCE = "simple-pid"
FLOOR = "empty"


@dataclass
class Cost:
    """What one update of a candidate costs. Times are the quietest round: load only adds."""

    name: str
    ns: list[int] = field(default_factory=list)
    collect_ns: list[int] = field(default_factory=list)
    fresh_ns: list[int] = field(default_factory=list)
    asked: int = -1  # bytes asked from the heap, hidden frames included; -1 not counted
    left: int = 0  # bytes that stay behind as garbage
    heap: int = 0

    @property
    def best_ns(self) -> int:
        return min(self.ns)

    @property
    def typical_ns(self) -> float:
        return statistics.median(self.ns)


def read_cost(name: str, output: str) -> Cost:
    """`name=value` lines of mpy/pid_bench.py; ValueError names a line that is none."""
    cost = Cost(name)
    for line in output.split():
        key, equals, value = line.partition("=")
        if not equals or not re.fullmatch(r"-?\d+", value) or not hasattr(cost, key):
            raise ValueError(f"{name}: the interpreter printed {line!r}")
        if isinstance(getattr(cost, key), list):
            getattr(cost, key).append(int(value))
        else:
            setattr(cost, key, int(value))
    if not cost.ns:
        raise ValueError(f"{name}: the interpreter printed no time")
    return cost


def join(costs: Iterable[Cost]) -> Cost:
    """Several runs of one candidate as one; what is no time is the same in all."""
    first, *others = costs
    for other in others:
        if (other.name, other.asked, other.left) != (first.name, first.asked, first.left):
            raise ValueError(f"{first.name}: two runs do not ask for the same bytes")
        first.ns += other.ns
        first.collect_ns += other.collect_ns
        first.fresh_ns += other.fresh_ns
    return first


def times_faster(costs: dict[str, Cost], name: str) -> float:
    """How many times faster than simple-pid `name` is, each at its best round."""
    return costs[REFERENCE].best_ns / costs[name].best_ns


def times_floor(costs: dict[str, Cost], name: str) -> float:
    """Multiples of a call of an empty method."""
    return costs[name].best_ns / max(1, costs[FLOOR].best_ns)


def collecting_ns(cost: Cost) -> float:
    """Share of an update that is collection: one whenever its garbage has filled the heap."""
    if cost.left <= 0 or not cost.collect_ns or not cost.heap:
        return 0.0
    return min(cost.collect_ns) * cost.left / cost.heap


def searching_ns(cost: Cost) -> float:
    """Share that is neither the sum itself (as on a fresh heap) nor collection."""
    if not cost.fresh_ns:
        return 0.0
    return max(0.0, cost.best_ns - min(cost.fresh_ns) - collecting_ns(cost))


def missed(costs: dict[str, Cost]) -> list[str]:
    """One line for each target that this run misses."""
    return [
        f"{name}: {times_faster(costs, name):.1f} times faster than {REFERENCE}, target {target:g}"
        for name, target in TARGETS.items()
        if name in costs and times_faster(costs, name) < target
    ]


# --- callgrind ----------------------------------------------------------------------------
def collected(stderr: str) -> int:
    """Instructions of a run, from what callgrind says at its end."""
    found = re.search(r"Collected : (\d+)", stderr)
    if not found:
        raise ValueError(
            "callgrind printed no count: " + (stderr.strip().splitlines() or ["-"])[-1]
        )
    return int(found.group(1))


def each(few: int, many: int, n_few: int, n_many: int) -> float:
    """Cost of one, from a run of few and a run of many: start and end cancel out."""
    if n_many <= n_few:
        raise ValueError(f"{n_many} are not more than {n_few}")
    return (many - few) / (n_many - n_few)


# --- rate groups --------------------------------------------------------------------------
@dataclass
class Group:
    """Times of one rate group: what its tasks took together, each time they were due."""

    period_ms: int
    times_ns: list[int]
    tasks: int

    @property
    def median_us(self) -> float:
        return statistics.median(self.times_ns) / 1000

    @property
    def worst_us(self) -> float:
        return max(self.times_ns) / 1000

    @property
    def share(self) -> float:
        """Of one processor, at the median."""
        return self.median_us / (1000 * self.period_ms)


def read_groups(lines: Iterable[str]) -> list[Group]:
    """`PERIOD TASKS ns ns ns ...` lines of mpy/group_bench.py, shortest period first."""
    found = []
    for line in lines:
        numbers = [int(word) for word in line.split()]
        if len(numbers) < 3:
            raise ValueError(f"a rate group without a time: {line!r}")
        found.append(Group(numbers[0], numbers[2:], numbers[1]))
    return sorted(found, key=lambda group: group.period_ms)
