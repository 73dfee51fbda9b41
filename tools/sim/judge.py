"""Figures of merit of a run, and whether it ended as its scenario says."""

from __future__ import annotations

from collections.abc import Iterator

from tools.scenario import Expect
from tools.sim.record import BAND_FULL_K, BAND_HALF_K, Record

TON_kW = 3.517
THERM_kWh = 29.307
Verdict = tuple[bool, str]


def figures(record: Record) -> list[tuple[str, str]]:
    """(label, text) rows for the screen and the page."""
    rows = _plant_rows(record) if record.is_plant else _machine_rows(record)
    rows += [
        ("cooling", f"{round(record.cooling_kWh() / TON_kW):,} ton-h"),
        ("gas (HHV)", f"{record.gas_kWh() / THERM_kWh:,.1f} therm"),
        ("fuel COP", f"{record.cop():.2f}" if record.gas_kWh() else "no gas used"),
    ]
    if record.judged():
        rows += [
            ("minutes in ±0.5 K", f"{record.share_within(BAND_HALF_K):.1%}"),
            ("minutes in ±1 K", f"{record.share_within(BAND_FULL_K):.1%}"),
            ("means in ±0.5 K", f"{record.share_of_means(BAND_HALF_K):.1%}"),
            ("means in ±1 K", f"{record.share_of_means(BAND_FULL_K):.1%}"),
            ("worst CHWS error", f"{record.worst_k():.2f} K"),
        ]
    return [row for row in rows if row[0]]


def _machine_rows(record: Record) -> list[tuple[str, str]]:
    return [
        ("final state", record.state),
        ("first-out", record.first_out),
        ("starts", str(record.starts)),
        ("start refused", record.inhibit) if record.state == "OFF" else ("", ""),
        ("trips", str(len(record.trips))) if len(record.trips) > 1 else ("", ""),
        ("run hours", f"{record.run_hours():.1f}"),
    ]


def _plant_rows(record: Record) -> list[tuple[str, str]]:
    last = record.minutes[-1] if record.minutes else None
    lead = record.leads[-1][1] if record.leads else 0
    shed = record.shed_minutes()
    return [
        ("lead", f"unit {lead}" if lead else "none that all know"),
        ("stage", f"{last.stage:.0f}") if last and last.stage else ("", ""),
        ("starts", " + ".join(str(unit.starts) for unit in record.units)),
        ("run hours", " + ".join(f"{unit.run_hours():.1f}" for unit in record.units)),
        ("lights-shed", f"{shed} min" if shed else "never"),
    ]


UNIT_HEADS = ("unit", "state", "starts", "hours", "ton-h", "therm", "COP", "trips")


def unit_rows(record: Record) -> list[tuple[str, ...]]:
    """A row of texts for each unit of a plant, under UNIT_HEADS."""
    return [
        (
            str(unit.number),
            unit.state,
            str(unit.starts),
            f"{unit.run_hours():.1f}",
            f"{round(unit.cooling_kWh() / TON_kW):,}",
            f"{unit.gas_kWh() / THERM_kWh:,.1f}",
            f"{unit.cop():.2f}" if unit.gas_kWh() else "",
            _list(unit.trips) if unit.trips else "",
        )
        for unit in record.units
    ]


def verdicts(record: Record, expect: Expect) -> list[Verdict]:
    """(kept, sentence) for everything that the scenario expects."""
    ending = _plant_ending if record.is_plant else _ending
    return [*ending(record, expect), *_alarms(record, expect), *_water(record, expect)]


def _ending(record: Record, expect: Expect) -> Iterator[Verdict]:
    yield _same("ends in", str(expect.state), record.state)
    yield _same("first-out", expect.first_out, record.first_out)
    if expect.trips is not None:
        yield _same("trips", _list(expect.trips), _list(record.trips))
    if expect.inhibit is not None:
        yield _same("start refused because of", expect.inhibit, record.inhibit)
    if expect.starts is not None:
        yield _same("starts", str(expect.starts), str(record.starts))


def _plant_ending(record: Record, expect: Expect) -> Iterator[Verdict]:
    units = record.units
    if expect.states is not None:
        yield _same("units end in", _list(expect.states), _list([u.state for u in units]))
    if expect.starts is not None:
        yield _same("starts", str(expect.starts), str(record.starts))
    if expect.starts_each is not None:
        most, limit = max(unit.starts for unit in units), expect.starts_each
        yield most <= limit, f"at most {most} starts of a unit (≤ {limit})"
    if expect.tripped is not None:
        wanted = _list([str(n) for n in expect.tripped])
        yield _same("tripped units", wanted, _list([str(u.number) for u in units if u.trips]))
    if expect.lead is not None:
        lead = record.leads[-1][1] if record.leads else 0
        yield _same("lead at the end", str(expect.lead), str(lead))
    if expect.lead_within_s is not None:
        worst, limit = record.leaderless_s(), expect.lead_within_s
        yield worst <= limit, f"all agree on a lead again within {worst} s (≤ {limit})"
    yield from _shed(record, expect)


def _shed(record: Record, expect: Expect) -> Iterator[Verdict]:
    if expect.shed is not None:
        # Start-up and pull-down are not judged: then a plant may well lack capacity.
        shed = any(share > 0 and t_s > record.judged_s for t_s, share in record.sheds)
        yield shed == expect.shed, "lights-shed was asked for" if shed else "no lights-shed"
    if expect.shed_within_s is not None:
        limit = expect.shed_within_s
        since = record.events_s[-1] if record.events_s else record.start_s
        after = [t_s - since for t_s, share in record.sheds if share > 0 and t_s >= since]
        if after:
            yield after[0] <= limit, f"lights-shed after {after[0]} s (≤ {limit})"
        else:
            yield False, "no lights-shed after the last event"


def _alarms(record: Record, expect: Expect) -> Iterator[Verdict]:
    if expect.alarms is not None:
        other = [name for name in record.alarms if name not in expect.alarms]
        yield not other, f"unexpected alarms: {_list(other)}" if other else "no unexpected alarm"
    wanted = [*(expect.alarms or []), *expect.must_alarm]
    missing = [name for name in wanted if name not in record.alarms]
    if missing:
        yield False, f"expected alarms that never came: {_list(missing)}"
    elif wanted:
        yield True, f"alarms came: {_list(wanted)}"


def _water(record: Record, expect: Expect) -> Iterator[Verdict]:
    for least, band in ((expect.within_half_k, BAND_HALF_K), (expect.within_1k, BAND_FULL_K)):
        if least is not None:
            share = record.share_within(band)
            yield (
                share >= least,
                f"CHWS within ±{band:g} K in {share:.1%} of the minutes (≥ {100 * least:g}%)",
            )
    if expect.means_within_1k is not None:
        share, least = record.share_of_means(BAND_FULL_K), expect.means_within_1k
        yield (
            share >= least,
            f"the mean within ±{BAND_FULL_K:g} K in {share:.1%} of the minutes "
            f"(≥ {100 * least:g}%)",
        )
    if expect.max_error_k is not None:
        worst, most = record.worst_k(), expect.max_error_k
        yield worst <= most, f"worst CHWS error {worst:.2f} K (≤ {most:g})"
    if expect.max_above_k is not None:
        above, most = record.above_k(), expect.max_above_k
        yield above <= most, f"CHWS at most {above:.2f} K above its set-point (≤ {most:g})"
    if expect.max_chws_c is not None:
        top, most = record.highest_c(), expect.max_chws_c
        yield top <= most, f"CHWS at most {top:.2f} °C (≤ {most:g})"
    if expect.recovered_min is not None:
        took, limit = record.recovered_s(), expect.recovered_min
        if took is None:
            yield False, f"CHWS never came back inside ±{BAND_HALF_K:g} K"
        else:
            yield took <= 60 * limit, f"CHWS back after {took / 60:.0f} min (≤ {limit:g})"


def _same(what: str, wanted: str, got: str) -> Verdict:
    return got == wanted, f"{what} {wanted}" + (f" (it is {got})" if got != wanted else "")


def _list(names: list[str]) -> str:
    return ", ".join(names) or "none"
