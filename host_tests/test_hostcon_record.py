"""The commissioning record as a page: from what `export commissioning` shows, either form."""

import json

import pytest

from tools import commissioning as cm

SHOWN = (
    "engineer> export commissioning\r\n"
    "version;0.1.0\r\n"
    "signed;J.Smith;2026-07-21 10:00:00 -05:00\r\n"
    "clock;pass;2026-07-21 09:00:00 -05:00;engineer;set\r\n"
    "pins;fail;2026-07-21 09:01:00 -05:00;engineer;<b>no PIN</b>\r\n"
    "chws.setpoint_cC;650;degC\r\n"
    "\rengineer> \x1b[K"
)
ANSWER = {
    "command": "export", "version": "0.1.0", "signed": "J.Smith",
    "steps": [{"step": "clock", "result": "pass", "time": "t", "who": "engineer", "found": "set"}],
    "settings": [{"setting": "chws.setpoint_cC", "value": 650, "unit": "degC"}], "ok": True,
}  # fmt: skip


@pytest.mark.parametrize("text", [SHOWN, "view> x\n" + json.dumps(ANSWER)])
def test_both_forms_give_the_same_record(text):
    record = cm.parse(text)
    assert (record.version, record.signed) == ("0.1.0", "J.Smith")
    assert record.settings == [{"setting": "chws.setpoint_cC", "value": "650", "unit": "degC"}]
    rows = {row["step"]: row for row in record.steps}
    assert rows["clock"]["result"] == "pass" and rows["clock"]["found"] == "set"
    assert rows["first_fire"]["result"] == "open"
    assert [row["step"] for row in record.steps] == list(cm._NAMES)
    assert "clock" not in record.wanting and "first_fire" in record.wanting


def test_the_page_has_every_step_escapes_and_says_what_is_missing():
    record = cm.parse(SHOWN)
    record.site = "Barn & Sons"
    page = cm.page(record)
    assert all(f"<td>{name}</td>" in page for name in cm._NAMES)
    assert "&lt;b&gt;no PIN" in page and "<b>no PIN" not in page
    assert "Barn &amp; Sons" in page and "Not complete: pins" in page and "J.Smith" in page
    assert "not signed" in cm.page(cm.parse("version;1\nsigned;;not signed\n"))


def test_the_last_record_of_a_long_log_counts():
    again = SHOWN.replace("J.Smith", "A.Jones").replace("pins;fail", "pins;pass")
    record = cm.parse(SHOWN + "more\r\n" + again)
    assert record.signed == "A.Jones" and "pins" not in record.wanting


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("status\nOFF", "no record in it"),
        ('{"command": "export", "journal": []}', "cut off|no record"),
        ('{"command": "export", "version": "0.1', "cut off"),
        ("", "no record"),
    ],
)
def test_what_is_no_record_is_refused(text, why):
    with pytest.raises(cm.NoRecord, match=why):
        cm.parse(text)


def test_the_command_writes_a_page_or_one_line(tmp_path, monkeypatch, capsys):
    log = tmp_path / "log.txt"
    log.write_text(SHOWN)
    monkeypatch.setenv("RECORD", str(log))
    monkeypatch.setenv("PAGE", str(tmp_path / "out" / "page.html"))
    assert cm.main() == 0
    assert "signed by J.Smith" in capsys.readouterr().out
    assert (tmp_path / "out" / "page.html").read_text().startswith("<!doctype html>")
    monkeypatch.setenv("RECORD", str(tmp_path / "none.txt"))
    assert cm.main() == 2
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.delenv("RECORD")
    monkeypatch.delenv("PORT", raising=False)
    assert cm.main() == 2
    assert "give PORT=" in capsys.readouterr().err
