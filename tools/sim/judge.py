"""Figures of merit of a run, and whether it ended as its scenario says."""

from __future__ import annotations

from tools.scenario import Expect
from tools.sim.record import BAND_FULL_K, BAND_HALF_K, Record


def figures(record: Record) -> list[tuple[str, str]]:
    """(label, text) rows for the screen and the page."""
    rows = [
        ("final state", record.state),
        ("first-out", record.first_out),
        ("starts", str(record.starts)),
        ("alarms", ", ".join(record.alarms) or "none"),
        ("run hours", f"{record.run_hours():.1f}"),
        ("cooling", f"{record.cooling_kWh() / 3.517:.0f} ton-h"),
        ("gas (HHV)", f"{record.gas_kWh() / 29.307:.1f} therm"),
        ("fuel COP", f"{record.cop():.2f}"),
    ]
    if record.judged():
        rows += [
            ("minutes within ±0.5 K", f"{record.share_within(BAND_HALF_K):.2%}"),
            ("minutes within ±1 K", f"{record.share_within(BAND_FULL_K):.2%}"),
            ("worst CHWS error", f"{record.worst_k():.2f} K"),
        ]
    rows.append(("frames run", f"{record.frames_run:,} of {record.frames_all:,}"))
    return rows


def verdicts(record: Record, expect: Expect) -> list[tuple[bool, str]]:
    """(kept, sentence) for everything that the scenario expects."""
    rows = [
        (record.state == expect.state, f"ends in {expect.state} (it is {record.state})"),
        (
            record.first_out == expect.first_out,
            f"first-out {expect.first_out} (it is {record.first_out})",
        ),
    ]
    if expect.starts is not None:
        rows.append((record.starts == expect.starts, f"starts: {record.starts} of {expect.starts}"))
    if expect.alarms is not None:
        other = [name for name in record.alarms if name not in expect.alarms]
        text = f"unexpected alarms: {', '.join(other)}" if other else "no unexpected alarm"
        rows.append((not other, text))
        missing = [name for name in expect.alarms if name not in record.alarms]
        if missing:
            rows.append((False, f"expected alarms that never came: {', '.join(missing)}"))
    if expect.within_half_k is not None:
        share = record.share_within(BAND_HALF_K)
        text = f"CHWS within ±0.5 K for {share:.2%} of the minutes (≥ {expect.within_half_k:.0%})"
        rows.append((share >= expect.within_half_k, text))
    if expect.max_error_k is not None:
        worst = record.worst_k()
        rows.append((worst <= expect.max_error_k, f"worst CHWS error {worst:.2f} K (≤ {expect.max_error_k:g})"))
    if expect.max_chws_c is not None:
        top = record.highest_c()
        rows.append((top <= expect.max_chws_c, f"CHWS at most {top:.2f} °C (≤ {expect.max_chws_c:g})"))
    return rows
