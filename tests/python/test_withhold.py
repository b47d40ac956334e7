"""A failed fitness check takes its metric out of every table of the build, and out of nothing else."""

import shutil

import duckdb
import pytest
import yaml

from cx_warehouse.errors import CxError
from cx_warehouse.project import MODELS
from cx_warehouse.withhold import FitnessFailure, newly_withheld, withhold

LIMIT = "1GB"


def column(name, **meta):
    return name, {"name": name, "config": {"meta": meta}}


def mart(name, *columns):
    return f"model.x.{name}", {"resource_type": "model", "schema": "marts", "name": name, "columns": dict(columns)}


MANIFEST = {
    "nodes": dict(
        [
            mart(
                "mart_promise_reliability",
                column("due_count"),
                column("kept_rate", metric="kept_rate"),
                column("kept_rate_low", metric="kept_rate"),
                column("gap_days_mean", metric="gap_days"),
            ),
            mart(
                "mart_scorecard",
                column("value", metric_column="metric_id"),
                column("value_low", metric_column="metric_id"),
            ),
        ]
    )
}


@pytest.fixture
def build(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.mart_promise_reliability as select 40 as due_count, 0.9::double as kept_rate, "
            "0.8::double as kept_rate_low, -1.5::double as gap_days_mean, 'final' as status, null::text as reason"
        )
        connection.execute(
            "create table marts.mart_scorecard as select * from (values "
            "('kept_rate', 0.9::double, 0.8::double, 'final', null::text), "
            "('csat', 0.7, 0.6, 'provisional', 'running')) as s (metric_id, value, value_low, status, reason)"
        )
        connection.execute(
            "create table marts.mart_metric_trust as select metric_id, 'ok' as fitness, null::text as reason, "
            "null::text as failing_checks from (values ('kept_rate'), ('gap_days'), ('csat')) as t (metric_id)"
        )
    return path


def rows(build, table):
    with duckdb.connect(build, read_only=True) as connection:
        return connection.execute(f"from marts.{table} order by 1").fetchall()


STALE = FitnessFailure("stale", ("kept_rate",), "shipments end 90 days early (it's at most 45)")


def test_the_metric_goes_and_the_reason_stands_in_its_place(build):
    assert withhold(build, MANIFEST, [STALE], LIMIT) == {"kept_rate": STALE.saw}

    assert rows(build, "mart_scorecard") == [
        ("csat", 0.7, 0.6, "provisional", "running"),
        ("kept_rate", None, None, "withheld", STALE.saw),
    ]
    assert rows(build, "mart_metric_trust") == [
        ("csat", "ok", None, None),
        ("gap_days", "ok", None, None),
        ("kept_rate", "withheld", STALE.saw, "stale"),
    ]


def test_a_row_with_another_metric_stays_and_names_what_went(build):
    withhold(build, MANIFEST, [STALE], LIMIT)
    ((due_count, kept_rate, low, gap, status, reason),) = rows(build, "mart_promise_reliability")
    assert (due_count, kept_rate, low, gap, status) == (40, None, None, -1.5, "final")
    assert reason == f"kept_rate is withheld: {STALE.saw}"


def test_a_row_of_which_nothing_is_left_is_withheld(build):
    withhold(build, MANIFEST, [STALE, FitnessFailure("half_unknown", ("gap_days",), "62 % unknown")], LIMIT)
    ((due_count, kept_rate, low, gap, status, reason),) = rows(build, "mart_promise_reliability")
    assert (due_count, kept_rate, low, gap, status) == (40, None, None, None, "withheld")
    assert reason == f"{STALE.saw}; 62 % unknown"


def test_two_checks_on_one_metric_both_speak(build):
    withhold(build, MANIFEST, [STALE, FitnessFailure("half_unknown", ("kept_rate",), "62 % unknown")], LIMIT)
    assert rows(build, "mart_metric_trust")[2] == (
        "kept_rate",
        "withheld",
        f"{STALE.saw}; 62 % unknown",
        "stale, half_unknown",
    )


def test_without_failures_nothing_is_touched(build):
    before = build.read_bytes()
    assert withhold(build, MANIFEST, [], LIMIT) == {}
    assert build.read_bytes() == before


def test_an_unknown_metric_is_an_error_and_changes_nothing(build):
    tables = ("mart_scorecard", "mart_metric_trust", "mart_promise_reliability")
    before = [rows(build, table) for table in tables]
    said = "Check typo withholds 'kept', which is no metric. There are: csat, gap_days, kept_rate"
    with pytest.raises(CxError, match=said):
        withhold(build, MANIFEST, [STALE, FitnessFailure("typo", ("kept",), "x")], LIMIT)
    assert before == [rows(build, table) for table in tables]


def test_a_metric_with_a_status_of_its_own_leaves_the_other_alone(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.mart_survey_scores as select 'nps' as question_kind, 30.0::double as score, "
            "'final' as status, null::text as reason, 0.2::double as response_rate, 'final' as response_rate_status, "
            "null::text as response_rate_reason"
        )
        connection.execute(
            "create table marts.mart_metric_trust as select 'response_rate' as metric_id, 'ok' as fitness, "
            "null::text as reason, null::text as failing_checks"
        )
    manifest = {
        "nodes": dict(
            [
                mart(
                    "mart_survey_scores",
                    column("score", metric_column="question_kind"),
                    column("response_rate", metric="response_rate"),
                )
            ]
        )
    }
    withhold(path, manifest, [FitnessFailure("invitations_are_fresh", ("response_rate",), "last one in 2019")], LIMIT)
    assert rows(path, "mart_survey_scores") == [
        ("nps", 30.0, "final", None, None, "withheld", "last one in 2019"),
    ]


def test_what_was_concluded_from_a_metric_goes_with_it(tmp_path):
    """A verdict on a number that is withheld would still be read out on the Board."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.mart_initiative_effects as select metric_id, 0.1::double as effect, 'B' as grade, "
            "'effect' as verdict, true as is_evident, 'final' as status, null::text as reason "
            "from (values ('csat'), ('kept_rate')) as metrics (metric_id)"
        )
        connection.execute(
            "create table marts.mart_metric_trust as select 'kept_rate' as metric_id, 'ok' as fitness, "
            "null::text as reason, null::text as failing_checks"
        )
    of = {"metric_column": "metric_id"}
    columns = (
        column("effect", **of),
        column("grade", **of, when_withheld=None),
        column("verdict", **of, when_withheld="not enough evidence"),
        column("is_evident", **of, when_withheld=False),
    )
    withhold(path, {"nodes": dict([mart("mart_initiative_effects", *columns)])}, [STALE], LIMIT)
    assert rows(path, "mart_initiative_effects") == [
        ("csat", 0.1, "B", "effect", True, "final", None),
        ("kept_rate", None, None, "not enough evidence", False, "withheld", STALE.saw),
    ]


def test_every_verdict_goes_with_its_metric():
    """Of what a contract calls a verdict, withholding knows what it says without the metric."""
    for file in sorted((MODELS / "marts").glob("*/_*__models.yml")):
        for model in yaml.safe_load(file.read_text())["models"]:
            for each in model["columns"]:
                if each["name"].endswith("verdict"):
                    assert {"metric", "metric_column"} & each["config"]["meta"].keys(), (model["name"], each["name"])


def test_newly_withheld_is_what_the_version_before_showed(build, tmp_path):
    before = tmp_path / "before.duckdb"
    shutil.copyfile(build, before)
    assert newly_withheld(build, before) == {}
    with duckdb.connect(build) as connection:
        connection.execute("insert into marts.mart_metric_trust values ('new_metric', 'withheld', 'no rows', null)")
    withhold(build, MANIFEST, [FitnessFailure("late_feed", ("kept_rate",), "The feed is late.")], LIMIT)
    # A metric that the version before did not know was shown to nobody.
    assert newly_withheld(build, before) == {"kept_rate": "The feed is late."}
    assert newly_withheld(build, build) == newly_withheld(build, None) == {}
