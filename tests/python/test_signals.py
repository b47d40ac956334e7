"""Control charts: limits against numpy, few false alarms where nothing changed, and the season that is planted."""

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
