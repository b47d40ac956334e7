"""Another language is a file: every word of the pages can be swapped, and none is left behind in English."""

import os
import re
import string
import subprocess
import sys
from pathlib import Path

import app_worlds
import duckdb
import pytest

from app import figures, messages, words
from app.estimate import Estimate
from cx_warehouse.errors import CxError

ROOT = Path(__file__).resolve().parents[2]
VERSION = "20261121T221700000000Z"

# What is no language: names of commands, formats and statistics, and the time zone.
SAME_EVERYWHERE = {"cx", "run", "csv", "utc", "q", "p", "n", "roi", "meier", "kaplan"}
# Prints the words of every tab, as a visitor goes through them, in a process whose catalogue is another.
VISIT = """
import sys
sys.path[:0] = [{tests!r}, {root!r}]
import test_pages
for slug, tab, text in test_pages.every_tab():
    print("\\x1e", slug, tab, "\\x1f", text)
"""


# A letter for a letter, so that what differs in English differs here too.
_OTHER = {
    ord(letter): chr(0x430 + index % 26) for index, letter in enumerate(string.ascii_lowercase + string.ascii_uppercase)
}


def _swapped(value: object) -> object:
    """The same words in a script that English does not use; what is between braces or colons is no word."""
    if isinstance(value, str):
        kept = re.split(r"(\{\w*\}|:[\w-]+(?:/[\w-]+:)?|`[^`]*`|%\w)", value)
        return "".join(each if index % 2 else each.translate(_OTHER) for index, each in enumerate(kept))
    if isinstance(value, dict):
        return {key: _swapped(each) for key, each in value.items()}
    return value if value is None else tuple(map(_swapped, value))


def _catalogue(folder: Path, names: dict[str, object]) -> Path:
    path = folder / "words.py"
    path.write_text("\n".join(f"{name} = {value!r}" for name, value in names.items()), encoding="utf-8")
    return path


def _words(text: str) -> set[str]:
    return set(re.findall("[a-z]{2,}", text.lower()))


def test_no_english_is_left_when_the_catalogue_is_another(tmp_path):
    # Units and markup that the app looks up by their name are no words.
    fixed = {"NUMBERS", "ASSUMPTION_UNITS", "POINTS"}
    other = {
        name: _swapped(value) for name, value in vars(messages).items() if name.isupper() and name not in fixed
    } | {"NUMBERS": "1.234,5"}
    app_worlds.publish(tmp_path / "warehouse", VERSION, app_worlds.demo)
    with duckdb.connect(str((tmp_path / "warehouse" / "current.duckdb").resolve()), read_only=True) as connection:
        published = _texts(connection)
    done = subprocess.run(
        [sys.executable, "-c", VISIT.format(tests=str(Path(__file__).parent), root=str(ROOT))],
        env=os.environ | {"CX_WORDS": str(_catalogue(tmp_path, other)), "CX_WAREHOUSE": str(tmp_path / "warehouse")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    tabs = done.stdout.split("\x1e")[1:]
    assert len(tabs) > 30
    left = {}
    for each in tabs:
        where, text = each.split("\x1f", 1)
        # Names of columns and places in the catalogue of icons.
        found = _words(re.sub(r":(material/\w+|[\w-]+)", "", text)) - published - SAME_EVERYWHERE
        if found:
            left[where.strip()] = sorted(found)
    assert left == {}
    assert messages.BOARD_QUESTION.translate(_OTHER) in done.stdout
    # Numbers are written as the file says.
    assert "86,4%" in done.stdout and "86.4%" not in done.stdout


def _texts(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Every word in the published tables: names, reasons, formulas and owners are data."""
    found: set[str] = set()
    columns = connection.execute(
        "select table_schema, table_name, column_name from information_schema.columns where data_type = 'VARCHAR'"
    ).fetchall()
    for schema, table, column in columns:
        for (value,) in connection.execute(f'select distinct "{column}" from {schema}.{table}').fetchall():
            found |= _words(value or "")
    return found


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("BORD_TITLE", "Tafel", "does not have"),
        ("BOARD_TITLE", ("Tafel",), "found tuple, expected str"),
        ("MEASURES_HEADING", "Alles, {zeitraum}", "{zeitraum} stands for nothing here"),
        ("PERIODS", {"all": "Alle"}, "expected the keys"),
        ("MONTHS", ("Jän",), "expected 12 of them, found 1"),
    ],
)
def test_words_that_do_not_fit_are_refused_with_their_name(tmp_path, monkeypatch, name, value, expected):
    monkeypatch.setenv("CX_WORDS", str(_catalogue(tmp_path, {name: value})))
    with pytest.raises(CxError, match=re.escape(expected)):
        words.adopt(dict(vars(messages)))


def test_a_file_that_is_not_there_and_a_number_that_is_none_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CX_WORDS", str(tmp_path / "none.py"))
    with pytest.raises(CxError, match="which is no file"):
        words.adopt(dict(vars(messages)))
    monkeypatch.delenv("CX_WORDS")
    monkeypatch.setenv("CX_NUMBERS", "1.234")
    with pytest.raises(CxError, match="expected a sample"):
        words.adopt(dict(vars(messages)))


@pytest.mark.parametrize(
    ("sample", "expected"), [("1,234.5", (",", ".")), ("1.234,5", (".", ",")), ("1234,5", ("", ","))]
)
def test_separators_are_read_from_a_sample(sample, expected):
    assert words.separators(sample) == expected


def test_what_the_warehouse_says_can_be_said_in_other_words(tmp_path, monkeypatch):
    """Names of metrics by their id, names and reasons as they are published; what is not named stays."""
    other = {"METRICS": {"kept_rate": "Gehalten"}, "PUBLISHED": {"too few": "zu wenige", "delivery": "Lieferung"}}
    monkeypatch.setenv("CX_WORDS", str(_catalogue(tmp_path, other)))
    catalogue = dict(vars(messages))
    words.adopt(catalogue)
    for name in other:
        monkeypatch.setattr(messages, name, catalogue[name])
    rows = [{"metric_id": metric, "metric_name": "Name", "v": None} for metric in ("kept_rate", "csat")]
    assert [figures.metric(row) for row in rows] == ["Gehalten", "Name"]
    assert [Estimate.of(row | {"reason": "too few"}, "v", "share").cell() for row in rows] == [
        "Not shown: zu wenige"
    ] * 2
    assert [figures.name(slug) for slug in ("delivery", "ivr", "in_person")] == ["Lieferung", "IVR", "In person"]


def test_other_words_for_what_the_warehouse_says_are_text(tmp_path, monkeypatch):
    monkeypatch.setenv("CX_WORDS", str(_catalogue(tmp_path, {"METRICS": {"kept_rate": 1}})))
    with pytest.raises(CxError, match="METRICS: expected names or reasons"):
        words.adopt(dict(vars(messages)))


def test_what_a_file_leaves_out_stays_english(tmp_path, monkeypatch):
    monkeypatch.setenv("CX_WORDS", str(_catalogue(tmp_path, {"BOARD_TITLE": "Tafel"})))
    catalogue = dict(vars(messages))
    words.adopt(catalogue)
    assert (catalogue["BOARD_TITLE"], catalogue["COST_TITLE"]) == ("Tafel", "Cost")
