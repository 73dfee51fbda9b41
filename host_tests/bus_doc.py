"""The plant bus for others: its table as text, as an independent DBC, and the page made of it.

`python host_tests/bus_doc.py` writes the tables of firmware/comms/plantbus/README.md anew.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "firmware"), str(ROOT / "host_tests/shims"), str(ROOT)]

from comms.plantbus import layout as L  # noqa: E402

README = ROOT / "firmware/comms/plantbus/README.md"
BEGIN, END = "<!-- layout: made from layout.py -->\n", "<!-- end of layout -->\n"


def rows(table):
    return [tuple(row) for row in table]


def document() -> str:
    """The layout tables, as markdown."""
    out = ["| group | PGNs | layout | priority | sent | what it is |", "| --- " * 6 + "|"]
    groups = rows(L.GROUPS)
    for name, first, n, layout, priority, sent, what in groups:
        pgns = f"{L.FIRST_PGN + first}"
        if n > 1:
            pgns += f"–{L.FIRST_PGN + first + n - 1}"
        out.append(f"| **{name}** | {pgns} | {layout} | {priority} | {sent} | {what} |")
    out += [
        "",
        "Byte 1 of every frame: bits 1–4 sequence number, bits 5–8 layout of its group.",
        "",
        "| PGN | frame | field | byte.bit | bits | scale | offset | range | must | what it is |",
        "| --- " * 10 + "|",
    ]
    frames = [row[0] for row in rows(L.FRAMES)]
    for frame, field, byte, bit, bits, scale, offset, low, high, must, what in rows(L.FIELDS):
        pgn = L.FIRST_PGN + frames.index(frame)
        name = f"{pgn} {pgn:04X}"
        out.append(
            f"| {name} | {frame} | {field} | {byte}.{bit} | {bits} | {scale} | {offset} "
            f"| {low} … {high} | {'yes' if must else ''} | {what} |"
        )
    for group in range(L.N_GROUPS):
        pgn = L.FIRST_PGN + L.CHECKED[group]
        frame = frames[L.CHECKED[group]]
        out.append(
            f"| {pgn} {pgn:04X} | {frame} | check | 8.1 | 8 | 1 | 0 | 0 … 255 | yes "
            f"| CRC-8 of the group {groups[group][0]} |"
        )
    return "\n".join(out) + "\n"


def dbc() -> str:
    """The same as a DBC file, for cantools: written from the table, read by software not ours."""
    out = ['VERSION ""', "NS_ :", "BS_:", "BU_: Board", ""]
    for k, (frame, _) in enumerate(rows(L.FRAMES)):
        ident = 0x80000000 | (6 << 26) | ((L.FIRST_PGN + k) << 8) | 0xFE
        out.append(f"BO_ {ident} {frame}: 8 Board")
        signals = [("sequence", 0, 4, 1, 0), ("layout_no", 4, 4, 1, 0)]
        for row in rows(L.FIELDS):
            if row[0] == frame:
                start = (row[2] - 1) * 8 + row[3] - 1
                signals.append((row[1], start, row[4], row[5], row[6]))
        if k in L.CHECKED:
            signals.append(("check", 56, 8, 1, 0))
        for name, start, bits, scale, offset in signals:
            out.append(f' SG_ {name} : {start}|{bits}@1+ ({scale},{offset}) [0|0] "" Board')
        out.append("")
    return "\n".join(out)


def page(text: str) -> str:
    """README with its tables made anew."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n" + document() + "\n" + END + rest.split(END)[1]


if __name__ == "__main__":
    README.write_text(page(README.read_text(encoding="utf-8")), encoding="utf-8")
