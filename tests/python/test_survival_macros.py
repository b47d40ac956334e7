"""The macros of survival against published values, scipy and lifelines, on curves with ties and censoring."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import median_survival_times
from rendering import render
from scipy.stats import chi2, norm

CALLS = {
    "normal_tail": "normal_tail('x')",
    "chi_square_tail": "chi_square_tail('x')",
    "curve": "kaplan_meier('people', ['arm', 'place'], 'weeks', 'is_event')",
    "log_rank": "log_rank('people', ['place'], \"(arm = '6-MP')\", 'weeks', 'is_event')",
    "log_rank_of_all": "log_rank('people', [], \"(arm = '6-MP')\", 'weeks', 'is_event')",
    "half_left": "curve_quantile('weeks', 'survival_rate', '0.5e0')",
    "half_left_low": "curve_quantile('weeks', 'survival_rate_low', '0.5e0')",
    "half_left_high": "curve_quantile('weeks', 'survival_rate_high', '0.5e0')",
}

# Weeks in remission, + is censored: Freireich et al. (1963), Blood 21, 699–716.
FREIREICH = {
    "6-MP": "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+",
    "placebo": "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23",
}


@pytest.fixture(scope="session")
def sql(tmp_path_factory) -> dict[str, str]:
    """SQL of every call in CALLS, as dbt renders it."""
    return render(CALLS, tmp_path_factory.mktemp("survival_macros"))


def ask(query: str, **relations: pd.DataFrame) -> pd.DataFrame:
    with duckdb.connect() as connection:
        for name, relation in relations.items():
            connection.register(name, relation)
        return connection.execute(query).df()


def freireich(place: str = "here") -> pd.DataFrame:
    rows = [
        (arm, place, float(week.rstrip("+")), not week.endswith("+"))
        for arm, weeks in FREIREICH.items()
        for week in weeks.split()
    ]
    return pd.DataFrame(rows, columns=["arm", "place", "weeks", "is_event"])


def curve_of(sql, people, arm: str, place: str = "here") -> pd.DataFrame:
    return ask(
        f"select * from ({sql['curve']}) where arm = '{arm}' and place = '{place}' order by weeks", people=people
    )


def compare_with_lifelines(sql, people: pd.DataFrame) -> None:
    """Every group's curve, band and half-life, and every place's log-rank, to 1e-8."""
    for (arm, place), group in people.groupby(["arm", "place"]):
        curve = curve_of(sql, people, arm, place)
        fitted = KaplanMeierFitter().fit(group.weeks, group.is_event)
        table = fitted.event_table.loc[curve.weeks]
        assert curve.at_risk_count.tolist() == table.at_risk.tolist()
        assert curve.event_count.tolist() == table.observed.tolist()
        assert curve.censored_count.tolist() == table.censored.tolist()
        assert curve.next_weeks.tolist()[:-1] == curve.weeks.tolist()[1:] and pd.isna(curve.next_weeks.iloc[-1])
        survival = fitted.survival_function_.loc[curve.weeks].iloc[:, 0].to_numpy()
        np.testing.assert_allclose(curve.survival_rate, survival, rtol=0, atol=1e-8)
        has_band = (survival > 0) & (survival < 1)
        assert (curve.survival_rate_low.notna() == has_band).all()
        band = fitted.confidence_interval_survival_function_.loc[curve.weeks].to_numpy()[has_band]
        np.testing.assert_allclose(curve.survival_rate_low[has_band], band[:, 0], rtol=0, atol=1e-8)
        np.testing.assert_allclose(curve.survival_rate_high[has_band], band[:, 1], rtol=0, atol=1e-8)
        half = ask(f"select {sql['half_left']} as weeks from curve", curve=curve).weeks[0]
        # lifelines misses a half by rounding where it is one by count.
        reached = curve.weeks[survival <= 0.5 + 1e-9]
        assert (pd.isna(half) and reached.empty) or half == reached.iloc[0]
    for place, group in people.groupby("place"):
        found = ask(f"select * from ({sql['log_rank']}) where place = '{place}'", people=people).iloc[0]
        first, second = group[group.arm == "6-MP"], group[group.arm != "6-MP"]
        if first.empty or second.empty or not group.is_event.any():
            assert pd.isna(found.chi_square) and pd.isna(found.p_value)
            continue
        test = logrank_test(first.weeks, second.weeks, first.is_event, second.is_event)
        if pd.isna(found.chi_square):
            assert np.isnan(test.test_statistic) or test.test_statistic == pytest.approx(0, abs=1e-8)
        else:
            assert found.chi_square == pytest.approx(test.test_statistic, rel=1e-8, abs=1e-8)
            assert found.p_value == pytest.approx(test.p_value, rel=1e-8, abs=1e-8)


def test_kaplan_meier_gives_the_published_curve(sql):
    curve = curve_of(sql, freireich(), "6-MP").set_index("weeks")
    assert [round(curve.survival_rate[week], 4) for week in (6, 10, 23)] == [0.8571, 0.7529, 0.4482]
    assert [round(curve[name][10], 4) for name in ("survival_rate_low", "survival_rate_high")] == [0.5032, 0.8894]
    assert curve.at_risk_count[10] == 15


def test_log_rank_gives_the_published_values(sql):
    found = ask(sql["log_rank_of_all"], people=freireich()).iloc[0]
    assert round(found.chi_square, 3) == 16.793
    assert f"{found.p_value:.2e}" == "4.17e-05"
    assert found.event_count == 9 and round(found.expected_count, 2) == 19.25


def test_published_half_life_with_its_interval(sql):
    """23 weeks; the lower end where the lower band first reaches a half, the upper end never reached."""
    curve = curve_of(sql, freireich(), "6-MP")
    found = ask(
        f"select {sql['half_left']} as at, {sql['half_left_low']} as low, {sql['half_left_high']} as high from curve",
        curve=curve,
    ).iloc[0]
    six = freireich().query("arm == '6-MP'")
    fitted = KaplanMeierFitter().fit(six.weeks, six.is_event)
    low, high = median_survival_times(fitted.confidence_interval_).iloc[0]
    assert (found["at"], found["low"]) == (23, low) == (23, 13)
    assert pd.isna(found["high"]) and np.isinf(high)


def test_curves_agree_with_lifelines_on_published_data(sql):
    compare_with_lifelines(sql, freireich())


@pytest.mark.parametrize("seed", range(5))
def test_curves_agree_with_lifelines_on_random_data(sql, seed):
    """300 to 3,000 people in two arms and three places; half of the times are rounded, so that they tie."""
    random = np.random.default_rng(seed)
    size = int(random.integers(300, 3000))
    weeks = random.exponential(20, size)
    people = pd.DataFrame(
        {
            "arm": random.choice(["6-MP", "placebo"], size),
            "place": random.choice(["here", "there", "nowhere"], size),
            "weeks": np.where(random.random(size) < 0.5, np.round(weeks), weeks),
            "is_event": random.random(size) < random.uniform(0.2, 0.9),
        }
    )
    compare_with_lifelines(sql, people)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.sampled_from(["6-MP", "placebo"]), st.just("here"), st.integers(1, 12).map(float), st.booleans()),
        min_size=1,
        max_size=40,
    )
)
def test_curves_agree_with_lifelines_on_any_small_data(sql, rows):
    compare_with_lifelines(sql, pd.DataFrame(rows, columns=["arm", "place", "weeks", "is_event"]))


def test_curves_of_groups_do_not_touch(sql):
    """A second place with other people leaves the first one's numbers as they were."""
    alone = curve_of(sql, freireich(), "6-MP")
    other = freireich("there").assign(weeks=lambda frame: frame.weeks + 3)
    beside = curve_of(sql, pd.concat([freireich(), other]), "6-MP")
    pd.testing.assert_frame_equal(alone, beside)


def test_who_was_not_followed_is_in_no_curve(sql):
    people = freireich()
    strange = pd.DataFrame(
        [("6-MP", "here", -1.0, True), ("6-MP", "here", None, True), ("6-MP", "here", 5.0, None)],
        columns=people.columns,
    )
    with_strange = pd.concat([people.astype({"is_event": "boolean"}), strange.astype({"is_event": "boolean"})])
    pd.testing.assert_frame_equal(curve_of(sql, people, "6-MP"), curve_of(sql, with_strange, "6-MP"))
    left = ask(sql["log_rank_of_all"], people=people).chi_square[0]
    assert ask(sql["log_rank_of_all"], people=with_strange).chi_square[0] == left


def test_tails_agree_with_scipy(sql):
    z = np.concatenate([np.linspace(-8, 37, 2251), [0.67448975, -0.67448975, 5.656854249492380195]])
    found = ask(f"select {sql['normal_tail']} as tail_ from inputs", inputs=pd.DataFrame({"x": z})).tail_
    np.testing.assert_allclose(found, norm.sf(z), rtol=1e-10, atol=0)
    squares = np.concatenate([[0], np.geomspace(1e-6, 1200, 500)])
    found = ask(f"select {sql['chi_square_tail']} as tail_ from inputs", inputs=pd.DataFrame({"x": squares})).tail_
    np.testing.assert_allclose(found, chi2.sf(squares, 1), rtol=1e-10, atol=0)


def test_tails_of_nothing_are_nothing(sql):
    inputs = pd.DataFrame({"x": [None, -1.0]}, dtype="float64")
    inputs = inputs.astype("Float64")
    assert ask(f"select {sql['chi_square_tail']} as tail_ from inputs", inputs=inputs).tail_.isna().all()
    found = ask(f"select {sql['normal_tail']} as tail_ from inputs", inputs=inputs).tail_
    assert pd.isna(found[0]) and found[1] == pytest.approx(norm.sf(-1), rel=1e-10)


def test_naive_median_of_the_abandoners_is_wrong(sql):
    """Patience is exponential with mean 12 minutes, answers come after a mean of 2: who gave up before an answer did so
    early, so their median wait is far too short; the curve finds 12 · ln 2 = 8.3 minutes."""
    random = np.random.default_rng(7)
    patience, answer = random.exponential(12, 40_000), random.exponential(2, 40_000)
    people = pd.DataFrame(
        {"arm": "6-MP", "place": "here", "weeks": np.minimum(patience, answer), "is_event": patience < answer}
    )
    naive = people.weeks[people.is_event].median()
    curve = curve_of(sql, people, "6-MP")
    found = ask(f"select {sql['half_left']} as minutes from curve", curve=curve).minutes[0]
    assert found == pytest.approx(12 * np.log(2), rel=0.15)
    assert naive < found / 5
