"""Small worlds worked out by hand (tests/scenarios): what they say must be found in the tables built on them.

A folder holds WHY.md (the story and its arithmetic), as_of.txt, landing/ in the contract's layout, and
expected/<table>.csv: rows that must be found, by the columns listed; of expected/<table>.only.csv
all rows of the table. An empty field is null.
"""

import csv
import math
from pathlib import Path

import pytest
from compiled import world

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
FOLDERS = sorted(path for path in SCENARIOS.iterdir() if path.is_dir())
MUST_BE_THERE = {
    "adequate_above_desired",
    "cancelled_before_and_after_due",
    "day_3_5_7_of_a_5_day_promise",
    "daylight_saving_both_ways",
    "delivered_at_14_on_the_promised_day",
    "expected_without_experienced",
    "holiday_inside_the_window",
    "message_that_reality_does_not_keep",
    "messages_contradict_by_channel",
    "messages_contradict_by_validity",
    "never_promised",
    "promise_changed_after_payment",
    "silent_misses",
    "split_shipment",
    "still_open_and_overdue",
    "wait_abandoned_at_45_minutes",
    "weather_cause",
}


def test_the_stories_that_must_be_told_are_there():
    assert {folder.name for folder in FOLDERS} >= MUST_BE_THERE


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_can_be_read_alone(folder):
    missing = [name for name in ("WHY.md", "as_of.txt", "landing", "expected") if not (folder / name).exists()]
    assert not missing
    assert len((folder / "WHY.md").read_text().splitlines()) >= 3, "WHY.md tells no story"
    assert list(folder.glob("expected/*.csv")), "nothing is expected"


def equal(expected: str, found: object) -> bool:
    """Whether a published value is the one written in a field."""
    if found is None or expected == "":
        return found is None and expected == ""
    if isinstance(found, bool):
        return expected == str(found).lower()
    if isinstance(found, int | float):
        return math.isclose(float(expected), found, rel_tol=1e-9, abs_tol=1e-9)
    return expected == str(found)


def not_found(expected: list[dict[str, str]], published: list[dict]) -> tuple[list[dict], list[dict]]:
    """Expected rows without a published one of their own, and published ones that nobody expected."""
    left, wanting = list(published), []
    for row in expected:
        match = next((each for each in left if all(equal(value, each[name]) for name, value in row.items())), None)
        if match is None:
            wanting.append(row)
        else:
            left.remove(match)
    return wanting, left


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_was_worked_out_by_hand_is_found(folder, tmp_path):
    expectations = {path: path.stem.removesuffix(".only") for path in folder.glob("expected/*.csv")}
    built = world(
        folder / "landing",
        tmp_path,
        as_of=(folder / "as_of.txt").read_text().strip(),
        select=set(expectations.values()),
    )
    for path, table in expectations.items():
        with path.open(newline="") as file:
            expected = list(csv.DictReader(file))
        columns = list(expected[0])
        rows = built.execute(f"select {', '.join(columns)} from {table}").fetchall()
        published = [dict(zip(columns, row, strict=True)) for row in rows]
        wanting, left = not_found(expected, published)
        assert not wanting, f"{table}: not found; there were {published[:12]}"
        assert not (path.stem.endswith(".only") and left), f"{table}: nobody expected {left}"


def test_a_wrong_value_is_not_found():
    """The comparison itself: a number off by a hundredth, a null for a zero, one row for two."""
    published = [{"a": "x", "gap": 2.0}, {"a": "y", "gap": None}]
    assert not_found([{"a": "x", "gap": "2"}, {"a": "y", "gap": ""}], published) == ([], [])
    assert not_found([{"a": "x", "gap": "2.01"}], published)[0]
    assert not_found([{"a": "y", "gap": "0"}], published)[0]
    assert len(not_found([{"a": "x"}, {"a": "x"}], published)[0]) == 1
