"""The bounds are what the file says, a missed one is found, and looking at a build leaves it alone."""

from dataclasses import replace

import duckdb
import pytest
import yaml

from cx_warehouse.errors import CxError
from cx_warehouse.project import MODELS
from expectations import bounds as bounds_module
from expectations.bounds import Bound, read
from expectations.checkpoint import run

MARTS = {path.stem: {} for path in (MODELS / "marts").glob("*/*.sql")}


@pytest.fixture
def build(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.mart_scorecard as select * from "
            "(values ('kept_rate', 0.5), ('csat', 1.5), ('nps', null)) as rows (metric_id, value)"
        )
    return path


def bound(**changes) -> Bound:
    base = Bound(
        name="value_at_most_1",
        suite="core",
        table="mart_scorecard",
        expectation="ExpectColumnValuesToBeBetween",
        arguments={"column": "value", "min_value": 0, "max_value": 1},
        severity="structural",
        what="A value lies between 0 and 1.",
        why="It is a share.",
        what_to_do="Mend it.",
    )
    return replace(base, **changes)


def query_bound(sql, **changes) -> Bound:
    changes = {"severity": "fitness", "names": "metric_id"} | changes
    return bound(
        name="query", expectation="UnexpectedRowsExpectation", arguments={"unexpected_rows_query": sql}, **changes
    )


def test_a_missed_bound_says_what_was_expected_and_what_was_seen(build, tmp_path):
    (finding,) = run(build, [bound()], tmp_path / "docs", "1GB")
    assert finding.refuses
    assert finding.sentence() == (
        "value_at_most_1 (mart_scorecard): A value lies between 0 and 1. Found: 1 of 3 rows, such as 1.5. "
        "It is a share. Mend it."
    )


def test_a_kept_bound_is_silent(build, tmp_path):
    (finding,) = run(build, [bound(arguments={"column": "value", "max_value": 2})], tmp_path / "docs", "1GB")
    assert finding.is_passed and not finding.saw and not finding.saw_by_name


def test_a_query_names_the_metrics_that_are_unfit(build, tmp_path):
    (finding,) = run(
        build, [query_bound("select metric_id, value from {batch} where value > 1")], tmp_path / "docs", "1GB"
    )
    assert (finding.is_passed, finding.refuses, [*finding.saw_by_name]) == (False, False, ["csat"])
    assert finding.saw.endswith("Found: metric_id csat, value 1.5")


def test_each_metric_is_told_what_was_found_of_it_alone(build, tmp_path):
    (finding,) = run(build, [query_bound("select metric_id, value from {batch}")], tmp_path / "docs", "1GB")
    assert {*finding.saw_by_name} == {"kept_rate", "csat", "nps"}
    assert finding.saw_by_name["csat"] == "A value lies between 0 and 1. Found: value 1.5"


def test_what_cannot_be_checked_refuses(build, tmp_path):
    (finding,) = run(build, [query_bound("select metric_id from {batch} where absent > 1")], tmp_path / "docs", "1GB")
    assert finding.refuses
    assert "could not be checked" in finding.saw and 'Referenced column "absent" not found' in finding.saw


def test_several_suites_give_findings_in_the_order_of_the_bounds(build, tmp_path):
    asked = [query_bound("select metric_id from {batch} where false"), bound(suite="promises"), bound(name="again")]
    assert [finding.check for finding in run(build, asked, tmp_path / "docs", "1GB")] == [
        "query",
        "value_at_most_1",
        "again",
    ]


def test_it_only_reads_lets_go_of_the_file_and_writes_pages(build, tmp_path):
    before = build.read_bytes()
    run(build, [bound()], tmp_path / "docs", "1GB")
    assert build.read_bytes() == before
    assert "core" in (tmp_path / "docs" / "index.html").read_text()
    with duckdb.connect(build) as connection:  # for writing: fails while anybody has it open read-only
        connection.execute("drop table marts.mart_scorecard")


def test_an_expectation_that_does_not_exist_is_named(build, tmp_path):
    with pytest.raises(CxError, match="value_at_most_1: Great Expectations has no ExpectMiracles"):
        run(build, [bound(expectation="ExpectMiracles")], tmp_path / "docs", "1GB")


# --- the file --------------------------------------------------------------------------------------------------------


def test_suites_are_the_mart_folders_and_every_name_occurs_once():
    found = read(MARTS)
    folders = {path.stem: path.parent.name for path in (MODELS / "marts").glob("*/*.sql")}
    assert {(one.table, one.suite) for one in found} <= set(folders.items())
    assert len({one.name for one in found}) == len(found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"severity": "grave"}, "has severity 'grave'"),
        ({"severity": "fitness"}, "a fitness bound says which columns it looks at"),
        ({"columns": ["value"]}, "a structural one says neither"),
        ({"severity": "fitness", "columns": ["amuont"]}, "mart_scorecard has no column amuont"),
        ({"why": None}, "lacks why"),
        ({"because": "x"}, "has unknown fields: because"),
    ],
)
def test_a_bound_that_is_not_whole_is_refused(change, said, tmp_path):
    record = {
        "name": "b", "expectation": "E", "arguments": {}, "severity": "structural",
        "what": "w", "why": "y", "what_to_do": "d",
    } | change  # fmt: skip
    file = tmp_path / "bounds.yml"
    file.write_text(yaml.safe_dump({"core": {"mart_scorecard": [{k: v for k, v in record.items() if v is not None}]}}))
    with pytest.raises(CxError, match=said):
        read(MARTS | {"mart_scorecard": {"columns": {"value": {}}}}, file)


def test_a_bound_on_no_mart_is_refused(tmp_path):
    file = tmp_path / "bounds.yml"
    file.write_text(bounds_module.FILE.read_text().replace("mart_scorecard:", "mart_scorecards:"))
    with pytest.raises(CxError, match="mart_scorecards, which is no mart"):
        read(MARTS, file)


def test_every_bound_holds_on_the_demo(demo_warehouse, tmp_path):
    published = (demo_warehouse / "current.duckdb").resolve()
    missed = [
        finding.sentence() for finding in run(published, read(MARTS), tmp_path / "docs", "1GB") if not finding.is_passed
    ]
    assert missed == []
