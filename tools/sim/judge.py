"""Figures of merit of a run, and whether it ended as its scenario says."""

from __future__ import annotations

from collections.abc import Iterator

from tools.scenario import Expect
from tools.sim.record import BAND_FULL_K, BAND_HALF_K, Record

TON_kW = 3.517
THERM_kWh = 29.307


def figures(record: Record) -> list[tuple[str, str]]:
    """(label, text) rows for the screen and the page."""
    rows = [
        ("final state", record.state),
        ("first-out", record.first_out),
        ("starts", str(record.starts)),
        ("start refused", record.inhibit) if record.state == "OFF" else ("", ""),
        ("trips", str(len(record.trips))) if len(record.trips) > 1 else ("", ""),
        ("run hours", f"{record.run_hours():.1f}"),
        ("cooling", f"{round(record.cooling_kWh() / TON_kW):,} ton-h"),
        ("gas (HHV)", f"{record.gas_kWh() / THERM_kWh:,.1f} therm"),
        ("fuel COP", f"{record.cop():.2f}" if record.gas_kWh() else "no gas used"),
    ]
    if record.judged():
        rows += [
            ("minutes in ±0.5 K", f"{record.share_within(BAND_HALF_K):.1%}"),
            ("minutes in ±1 K", f"{record.share_within(BAND_FULL_K):.1%}"),
            ("worst CHWS error", f"{record.worst_k():.2f} K"),
        ]
    return [row for row in rows if row[0]]


def verdicts(record: Record, expect: Expect) -> list[tuple[bool, str]]:
    """(kept, sentence) for everything that the scenario expects."""
    return [*_ending(record, expect), *_alarms(record, expect), *_water(record, expect)]


def _ending(record: Record, expect: Expect) -> Iterator[tuple[bool, str]]:
    yield _same("ends in", expect.state, record.state)
    yield _same("first-out", expect.first_out, record.first_out)
    if expect.trips is not None:
        yield _same("trips", _list(expect.trips), _list(record.trips))
    if expect.inhibit is not None:
        yield _same("start refused because of", expect.inhibit, record.inhibit)
    if expect.starts is not None:
        yield _same("starts", str(expect.starts), str(record.starts))


def _alarms(record: Record, expect: Expect) -> Iterator[tuple[bool, str]]:
    if expect.alarms is not None:
        other = [name for name in record.alarms if name not in expect.alarms]
        yield not other, f"unexpected alarms: {_list(other)}" if other else "no unexpected alarm"
    wanted = [*(expect.alarms or []), *expect.must_alarm]
    missing = [name for name in wanted if name not in record.alarms]
    if missing:
        yield False, f"expected alarms that never came: {_list(missing)}"
    elif wanted:
        yield True, f"alarms came: {_list(wanted)}"


def _water(record: Record, expect: Expect) -> Iterator[tuple[bool, str]]:
    if expect.within_half_k is not None:
        share, least = record.share_within(BAND_HALF_K), expect.within_half_k
        yield share >= least, f"CHWS within ±0.5 K in {share:.1%} of the minutes (≥ {least:.0%})"
    if expect.max_error_k is not None:
        worst, most = record.worst_k(), expect.max_error_k
        yield worst <= most, f"worst CHWS error {worst:.2f} K (≤ {most:g})"
    if expect.max_chws_c is not None:
        top, most = record.highest_c(), expect.max_chws_c
        yield top <= most, f"CHWS at most {top:.2f} °C (≤ {most:g})"


def _same(what: str, wanted: str, got: str) -> tuple[bool, str]:
    return got == wanted, f"{what} {wanted}" + (f" (it is {got})" if got != wanted else "")


def _list(names: list[str]) -> str:
    return ", ".join(names) or "none"
