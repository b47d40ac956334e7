"""Bounds that compare with the version before: what has shifted is found, and the first has nothing to compare with."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from stand_ins import settings_in

from cx_warehouse.project import MODELS
from cx_warehouse.publish import new_build, publish
from cx_warehouse.versions import Version, versions
from expectations.bounds import Bound, read
from expectations.checkpoint import run
from expectations.comparisons import measure, shares

MARTS = {path.stem: {} for path in (MODELS / "marts").glob("*/*.sql")}


def bound(kind: str, name: str = "compared", **arguments) -> Bound:
    return Bound(
        name=name, suite="core", table="fct_orders", expectation=kind, arguments=arguments, severity="fitness",
        what="As before.", why="It was so.", what_to_do="Look.", columns=("outcome",),
    )  # fmt: skip


ALL = [
    bound("ExpectVolumeAsBefore", "volume", least=0.95),
    bound("ExpectReachAsBefore", "reach", column="ordered_at"),
    bound("ExpectSharesAsBefore", "shares", category="outcome", most=0.25),
    bound("ExpectShareAsBefore", "unknown", share="avg(case when outcome = 'unknown' then 1.0 else 0.0 end)", most=0.1),
    bound("ExpectRowsAsBefore", "rows", unexpected_rows_query="select 1 as n from {batch}, {before} where false"),
]


def build(
    path: Path, met: int, missed: int, unknown: int, until: str = "2026-03-31", as_of: str = "2026-04-01"
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(path) as connection:
        connection.execute("create schema marts; create schema staging; create schema intermediate")
        connection.execute(
            f"create table staging.stg_as_of as select timestamp '{as_of}' as as_of, timestamp '{as_of}' as loaded_at"
        )
        connection.execute("create table intermediate.int_reporting_currency as select 'EUR' as reporting_currency")
        connection.execute(
            "create table marts.fct_orders as select unnest("
            "repeat(['met'], $met) || repeat(['missed'], $missed) || repeat(['unknown'], $unknown)"
            ") as outcome, timestamp '2026-01-01' as ordered_at",
            {"met": met, "missed": missed, "unknown": unknown},
        )
        connection.execute(f"update marts.fct_orders set ordered_at = timestamp '{until}' where rowid = 0")
    return path


def compared(now: Path, before: Path | None, asked=ALL) -> dict[str, str]:
    version = None if before is None else Version(id="before", path=before, is_current=True)
    found = run(now, list(asked), now.parent / "docs", "1GB", version)
    return {one.check: "skipped" if one.is_skipped else "met" if one.is_passed else one.saw for one in found}


@pytest.fixture
def before(tmp_path) -> Path:
    return build(tmp_path / "before.duckdb", met=700, missed=200, unknown=100)


def test_the_first_version_has_nothing_to_compare_with_and_says_so(tmp_path):
    now = build(tmp_path / "now" / "w.duckdb", 700, 200, 100)
    (finding,) = run(now, ALL[:1], tmp_path / "docs", "1GB")
    assert finding.is_skipped and not finding.refuses
    assert finding.saw == "Not compared: nothing was published before, so there is nothing to compare with."
    page = (tmp_path / "docs" / "index.html").read_text()
    assert "0 met, 0 missed, 1 with" in page and "Not compared: nothing was published before" in page


def test_more_of_the_same_is_as_before(tmp_path, before):
    assert set(compared(build(tmp_path / "now" / "w.duckdb", 770, 220, 110), before).values()) == {"met"}


def test_what_shifted_is_found_with_its_size(tmp_path, before):
    # p = .7, .2, .1 and q = .2, .3, .5: (.5)·ln(.7/.2) + (−.1)·ln(.2/.3) + (−.4)·ln(.1/.5) = .6264 + .0405 + .6438
    found = compared(build(tmp_path / "now" / "w.duckdb", 180, 270, 450, until="2026-02-01"), before)
    assert found.pop("rows") == "met"
    assert found == {
        "volume": "As before. Found: rows_before 1000, rows_now 900",
        "reach": "As before. Found: latest_before 2026-03-31 00:00:00, latest_now 2026-02-01 00:00:00",
        "shares": "As before. Found: stability_index 1.3107, rows_before 1000, rows_now 900",
        "unknown": "As before. Found: share_before 0.1, share_now 0.5",
    }


def test_few_rows_shift_by_chance_and_are_not_held_to_the_index(tmp_path):
    before = build(tmp_path / "before.duckdb", 70, 20, 9)
    assert compared(build(tmp_path / "now" / "w.duckdb", 20, 30, 50), before, [ALL[2]]) == {"shares": "met"}


def test_among_few_rows_one_that_is_deleted_withholds_nothing(tmp_path):
    before = build(tmp_path / "before.duckdb", 8, 1, 0)
    found = compared(build(tmp_path / "now" / "w.duckdb", 3, 0, 5, until="2026-02-01"), before)
    assert set(found.values()) == {"met"}


def test_shares_of_a_warehouse_that_grew_by_over_a_quarter_are_of_another_population(tmp_path, before):
    found = compared(build(tmp_path / "now" / "w.duckdb", 251, 500, 500), before, [ALL[2], ALL[3]])
    assert set(found.values()) == {"met"}
    found = compared(build(tmp_path / "later" / "w.duckdb", 250, 500, 500), before, [ALL[2], ALL[3]])
    assert all(saw.startswith("As before. Found: ") for saw in found.values())


def test_a_category_that_one_side_lacks_counts(tmp_path):
    before = build(tmp_path / "before.duckdb", 900, 100, 0)
    found = compared(build(tmp_path / "now" / "w.duckdb", 500, 100, 400), before, [ALL[2]])
    assert "stability_index" in found["shares"]


def test_an_earlier_instant_and_an_older_layout_are_no_measure(tmp_path, before):
    earlier = build(tmp_path / "now" / "w.duckdb", 1, 0, 0, as_of="2026-01-02")
    assert set(compared(earlier, before).values()) == {"skipped"}
    with duckdb.connect(before) as connection:
        connection.execute("alter table marts.fct_orders drop column outcome")
    found = compared(build(tmp_path / "later" / "w.duckdb", 700, 200, 100), before)
    assert (found["shares"], found["unknown"], found["volume"]) == ("skipped", "skipped", "met")


def test_a_version_that_drifted_is_not_the_measure_of_the_next(tmp_path):
    settings = settings_in(tmp_path)
    assert measure(settings) is None
    for version, drifted in (("20260101T000000000000Z", []), ("20260102T000000000000Z", ["shares"])):
        new_build(settings, version).unlink()
        build(settings.staging / version / "warehouse.duckdb", 1, 0, 0)
        publish(settings, version, {"drifted": drifted})
    assert [one.id for one in versions(settings) if one.is_current] == ["20260102T000000000000Z"]
    assert measure(settings).id == "20260101T000000000000Z"


def test_every_mart_folder_compares_volume_reach_shares_and_what_is_unknown():
    kinds: dict[str, set[str]] = {}
    for one in read(MARTS):
        if one.is_comparison:
            kinds.setdefault(one.suite, set()).add(one.expectation)
    every = {"ExpectVolumeAsBefore", "ExpectReachAsBefore", "ExpectSharesAsBefore", "ExpectShareAsBefore"}
    # The trust folder does so by source table.
    assert kinds == dict.fromkeys({one.suite for one in read(MARTS)} - {"trust"}, every) | {
        "trust": {"ExpectRowsAsBefore"}
    }


def test_an_argument_that_a_comparison_does_not_take_is_an_error():
    with pytest.raises(TypeError, match="catgory"):
        _ = replace(ALL[2], arguments={"catgory": "outcome", "most": 0.1}).query
    assert "ln(" in shares("outcome", 0.25)
