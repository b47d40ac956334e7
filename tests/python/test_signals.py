"""Control charts: limits against numpy, few false alarms where nothing changed, and the season that is planted."""

from pathlib import Path

import duckdb
import numpy as np
import pytest
from compiled import world

from cx_warehouse.sample import Effects, write_sample

# The chance of a miss depends on the season (docs/sample_data.md): those months and the ones they are compared with
# differ in truth, so only what has no season can show a false alarm.
WITHOUT_SEASON = "(metric_id in ('csat', 'ces', 'nps') or touchpoint like '%_support')"


@pytest.fixture(scope="module", params=[11, 12])
def quiet(request, tmp_path_factory):
    """A sample of 20,000 orders in which a miss has no effect on anything."""
    folder = tmp_path_factory.mktemp("quiet")
    write_sample(folder / "landing", orders=20_000, seed=request.param, effects=Effects.none())
    return world(folder / "landing", folder, select={"mart_signals"})


def test_where_nothing_changed_few_months_break_a_rule(quiet):
    """The rules together should break in 1 to 2 of 100 months of a normal distribution; at most 5 of 100 pass here."""
    tested, alarms = quiet.execute(
        f"select count(z), count(rule_broken) from mart_signals where {WITHOUT_SEASON}"
    ).fetchone()
    assert tested > 60
    assert alarms <= 0.05 * tested + 1


def test_december_is_found_and_passes(quiet):
    """The chance of a miss is 0.06 higher in December than in most months, and no higher in the spring after."""
    found = quiet.execute(
        "select change_kind, is_open from mart_signals where month = '2025-12' "
        "and metric_id = 'miss_rate' and touchpoint = 'delivery' and cause = 'all' and rule_broken = 'beyond_3'"
    ).fetchall()
    assert found == [("worse", False)]


def test_limits_are_those_of_the_months_before(quiet):
    """p-chart with Laney's correction and the uncertainty of the baseline, from the counts alone."""
    rows = quiet.execute(
        "select month, missed_count, due_count from mart_promise_reliability cross join stg_as_of "
        "where promise_version = 'first' and touchpoint = 'delivery' and segment = 'all' and region = 'all' "
        "and service_level = 'all' and month_start_date < date_trunc('month', as_of) order by month"
    ).df()
    found = quiet.execute(
        "select month, centre, control_low, control_high, z from mart_signals "
        "where metric_id = 'miss_rate' and touchpoint = 'delivery' and cause = 'all' and z is not null order by month"
    ).df()
    assert len(found) >= 20
    for _, row in found.iterrows():
        at = rows.index[rows.month == row.month][0]
        before = rows.iloc[max(0, at - 12) : at]
        share = before.missed_count.sum() / before.due_count.sum()
        errors = (before.missed_count / before.due_count - share) / np.sqrt(share * (1 - share) / before.due_count)
        laney = max(1.0, errors.diff().abs().mean() / 1.128)
        variance = share * (1 - share) * (1 / rows.due_count[at] + 1 / before.due_count.sum())
        error = laney * np.sqrt(variance)
        assert row.centre == pytest.approx(share, abs=1e-8)
        assert row.control_low == pytest.approx(max(0, share - 3 * error), abs=1e-8)
        assert row.control_high == pytest.approx(share + 3 * error, abs=1e-8)
        assert row.z == pytest.approx((rows.missed_count[at] / rows.due_count[at] - share) / error, abs=1e-6)


def test_q_values_are_those_of_scipy(quiet):
    stats = pytest.importorskip("scipy.stats", reason="the second source is scipy")
    rows = quiet.execute("select z, q_value from mart_signals where month = '2025-12' and z is not null").df()
    expected = stats.false_discovery_control(2 * stats.norm.sf(rows.z.abs()))
    np.testing.assert_allclose(rows.q_value, expected, atol=1e-8)


@pytest.fixture(scope="module")
def rescaled(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """Nine months of 30 answers on 1–5, 24 of them satisfied; October on 1–7, 12 of 30; in November 30 satisfied on 1–5
    and 20 dissatisfied on 1–7; one answer on 1 December. An initiative aims at satisfaction from September on."""
    folder = tmp_path_factory.mktemp("rescaled")
    answers = [(month, 5 if n < 24 else 1, 5) for month in range(1, 10) for n in range(30)]
    answers += [(10, 7 if n < 12 else 1, 7) for n in range(30)]
    answers += [(11, 5, 5)] * 30 + [(11, 1, 7)] * 20 + [(12, 5, 5)]
    header = "answer_id,response_id,touchpoint,question_kind,score,scale_min,scale_max,responded_at"
    rows = [
        f"a{n},r{n},delivery,csat,{score},1,{most},2024-{month:02}-{'01' if month == 12 else '15'}T12:00:00Z"
        for n, (month, score, most) in enumerate(answers)
    ]
    landed(folder / "landing" / "survey" / "answers", header, rows)
    header = "initiative_id,name,touchpoint,started_on,deadline_on,target_metric,target_value,updated_at"
    row = "i,Packaging,delivery,2024-09-01,2025-08-31,csat,0.95,2024-08-01T00:00:00Z"
    landed(folder / "landing" / "crm" / "initiatives", header, [row])
    return world(folder / "landing", folder, select={"mart_signals", "mart_scorecard", "mart_goals"})


def landed(folder: Path, header: str, rows: list[str]) -> None:
    folder.mkdir(parents=True)
    (folder / "all.csv").write_text("\n".join([header, *rows, ""]))


def test_a_new_scale_is_no_signal(rescaled):
    found = rescaled.execute(
        "select month, rule_broken, reason from mart_signals "
        "where metric_id = 'csat' and touchpoint = 'all' and month >= '2024-09' order by month"
    ).fetchall()
    assert found == [
        ("2024-09", None, None),
        ("2024-10", None, "fewer than 8 complete months before it"),
        ("2024-11", None, "answers on several scales cannot be mixed"),
    ]


def test_from_one_scale_to_another_nothing_changed(rescaled):
    found = rescaled.execute(
        "select month, value, change_on_month from mart_scorecard "
        "where metric_id = 'csat' and month between '2024-09' and '2024-10' order by month"
    ).fetchall()
    assert found == [("2024-09", 0.8, 0.0), ("2024-10", 0.4, None)]


def test_a_goal_reads_one_scale(rescaled):
    """Three months since 2 September: 30 of September, 30 of November and one, of whom 24 + 30 + 1 were satisfied."""
    assert rescaled.execute(
        "select observation_count, value, baseline_count, baseline_value from mart_goals where month = '2024-12'"
    ).fetchone() == (61, 55 / 61, 240, 0.8)
