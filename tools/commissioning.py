"""The commissioning record of a board as a page to print and sign: `make record`.

From the board at PORT, or from a file RECORD with what `export commissioning` showed (with
`--json` or without; a log of the whole terminal session will do). For a PDF the browser prints
the page: no library that writes PDF is worth its weight here.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2

import tools.tables  # noqa: F401  (puts the firmware on the path)
from tools.monitor.client import Client, LineError, Refused, SerialLine

checklist = importlib.import_module("service.console.checklist")

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "commissioning" / "record.html"
TEMPLATE = "commissioning.html.j2"
DONE = ("pass", "skip")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[78]")
_STEP = ("step", "result", "time", "who", "found")
_SETTING = ("setting", "value", "unit")
_NAMES = tuple(checklist.STEPS.text(i, checklist.NAME) for i in range(len(checklist.STEPS)))
_WHATS = tuple(checklist.STEPS.text(i, checklist.WHAT) for i in range(len(checklist.STEPS)))


class NoRecord(Exception):
    """There is no record to print, in one line."""


@dataclass
class Record:
    """What was done, by whom, and what is set. `site` is for the title."""

    version: str = ""
    signed: str = ""
    signed_at: str = ""
    site: str = ""
    steps: list[dict[str, str]] = field(default_factory=list)
    settings: list[dict[str, str]] = field(default_factory=list)

    @property
    def wanting(self) -> list[str]:
        """Steps that are not done, in their order."""
        done = {row["step"] for row in self.steps if row["result"] in DONE}
        return [name for name in _NAMES if name not in done]


def parse(text: str) -> Record:
    """The record in `text`, the last one if there are more; NoRecord if there is none."""
    record = None
    lines = _ESCAPES.sub("", text).replace("\r", "\n").split("\n")
    for line in lines:
        if line.startswith('{"command": "export"'):
            record = _from_answer(_loaded(line)) or record
        elif line.startswith("version;"):
            record = Record(version=line.partition(";")[2].strip())
        elif record is not None:
            _take(record, line.split(";"))
    if record is None:
        raise NoRecord("no record in it; give what 'export commissioning' shows")
    _order(record)
    return record


def _loaded(line: str) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        raise NoRecord("the record is cut off: export it again") from None
    return answer if isinstance(answer, dict) else {}


def _from_answer(answer: dict[str, Any]) -> Record | None:
    """The record in an answer with --json."""
    if "steps" not in answer or "settings" not in answer:
        return None  # another export
    return Record(
        version=str(answer.get("version") or ""),
        signed=str(answer.get("signed") or ""),
        steps=[{key: str(row.get(key) or "") for key in _STEP} for row in answer["steps"]],
        settings=[{key: str(row.get(key, "")) for key in _SETTING} for row in answer["settings"]],
    )


def _take(record: Record, cells: list[str]) -> None:
    """A line of an answer for persons."""
    if cells[0] == "signed" and len(cells) == 3:
        record.signed, record.signed_at = cells[1], cells[2] if cells[1] else ""
    elif len(cells) == len(_STEP) and cells[0] in _NAMES:
        record.steps.append(dict(zip(_STEP, cells)))
    elif len(cells) == len(_SETTING) and "." in cells[0]:
        record.settings.append(dict(zip(_SETTING, cells)))


def _order(record: Record) -> None:
    """Every step of the checklist, in its order, with what it is."""
    rows = {row["step"]: row for row in record.steps}
    empty = dict.fromkeys(_STEP, "")
    record.steps = [
        {**empty, "result": "open", **rows.get(name, {}), "step": name, "what": what}
        for name, what in zip(_NAMES, _WHATS)
    ]


def page(record: Record) -> str:
    """The record as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(TEMPLATE).render(record=record)


def fetch(port: str) -> str:
    """What the board at `port` exports."""
    with SerialLine(port) as line:
        return json.dumps(Client(line).ask("export commissioning"))


def main() -> int:
    """Inputs come as environment variables: PORT or RECORD, SITE for its title, PAGE."""
    told = os.environ.get
    out = Path(told("PAGE") or OUT)
    try:
        if told("RECORD"):
            text = Path(told("RECORD", "")).read_text(encoding="utf-8", errors="replace")
        elif told("PORT"):
            text = fetch(told("PORT", ""))
        else:
            raise NoRecord("give PORT= of the board, or RECORD= a file with its export")
        record = parse(text)
        record.site = told("SITE", "")
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page(record), encoding="utf-8")
    except (NoRecord, LineError, Refused) as error:
        print(f"make record: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"make record: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    state = f"signed by {record.signed}" if record.signed else "not signed"
    print(f"{out.relative_to(ROOT) if out.is_relative_to(ROOT) else out}: {state}; "
          f"{len(_NAMES) - len(record.wanting)} of {len(_NAMES)} steps done")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
