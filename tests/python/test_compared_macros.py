"""Cox regression, stratified differences and false discovery rates in SQL against lifelines and statsmodels."""

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lifelines import CoxPHFitter
from rendering import render
from scipy.optimize import brentq
from statsmodels.stats.multitest import multipletests

CALLS = {
    "sets": "risk_sets('people', ['side', 'stratum'], 'days', 'is_exposed', 'is_event')",
    "ratio": "hazard_ratio('events', ['side'])",
    "variance": "hazard_ratio_variance('people', 'events', 'estimates', [[none, none], [9, none], [none, 25], [9, 25]], ['side'], 'stratum', 'customer', 'days', 'is_exposed', 'is_event', 'last_days')",  # noqa: E501
    "differences": "stratified_differences('people', ['side'], 'stratum', 'customer', 'is_exposed', ['is_event', 'is_early'])",  # noqa: E501
    "trend": "trend_test('n', 'successes', 'scores', 'squares', 'score_successes')",
    "q": "q_value('p_value', 'p_rank', 'comparisons', ['family'])",
}
# As in CALLS, for SQL that needs a bound.
SPANS = [(0, 1e9), (9, 1e9), (0, 25), (9, 25)]


@pytest.fixture(scope="session")
def sql(tmp_path_factory) -> dict[str, str]:
    """SQL of every call in CALLS, as dbt renders it."""
    return render(CALLS, tmp_path_factory.mktemp("compared_macros"))


def followed(seed: int, size: int = 900, ties: bool = False) -> pd.DataFrame:
    """Customers with several spells each, in strata of different pace; the exposed come back at 0.6 of it."""
    random = np.random.default_rng(seed)
    customer = random.integers(0, size // 3, size)
    stratum = random.integers(0, 7, size)
    is_exposed = random.random(size) < 0.2 + 0.05 * stratum
    pace = random.gamma(3, 1 / 3, size // 3)[customer] * (1 + stratum) * np.where(is_exposed, 0.6, 1) / 100
    days, censored = random.exponential(1 / pace), random.uniform(1, 90, size)
    is_event, days = days <= censored, np.minimum(days, censored)
    if ties:
        days = np.ceil(days / 4) * 4
    return pd.DataFrame(
        {
            "side": "a",
            "stratum": [f"s{number}" for number in stratum],
            "customer": [f"c{number}" for number in customer],
            "days": days,
            "is_exposed": is_exposed,
            "is_event": is_event,
        }
    )


def _register(connection: duckdb.DuckDBPyConnection, sql: dict[str, str], people: pd.DataFrame) -> None:
    """The tables `people` and `events` that the calls read."""
    connection.register("followed", people)
    connection.execute(
        "create table people as select *, max(case when is_event then days end) over "
        "(partition by side, stratum order by days) as last_days from followed"
    )
    connection.execute(f"create table events as {sql['sets']}")


def ratios(sql: dict[str, str], people: pd.DataFrame) -> pd.DataFrame:
    """What hazard_ratio gives, with the variance clustered by customer, one row per side."""
    with duckdb.connect() as connection:
        _register(connection, sql, people)
        connection.execute(f"create table ratios as {sql['ratio']}")
        connection.execute("create table estimates as select *, 1 as span_number from ratios")
        found = connection.execute(f"select * from ratios left join ({sql['variance']}) as clustered using (side)")
        return found.df().set_index("side")


def ratios_by_span(sql: dict[str, str], people: pd.DataFrame) -> pd.DataFrame:
    """The same for the spans that `variance` in CALLS names, one row per span."""
    with duckdb.connect() as connection:
        _register(connection, sql, people)
        connection.execute("alter table events rename to all_events")
        for number, (begin, end) in enumerate(SPANS, 1):
            connection.execute(f"create view events as from all_events where days > {begin} and days <= {end}")
            made = "create table estimates as" if number == 1 else "insert into estimates"
            connection.execute(f"{made} select *, {number} as span_number from ({sql['ratio']})")
            connection.execute("drop view events")
        connection.execute("alter table all_events rename to events")
        return connection.execute(sql["variance"]).df().set_index("span_number")


def cox(people: pd.DataFrame, **options) -> CoxPHFitter:
    columns = people.assign(z=people.is_exposed.astype(float), e=people.is_event.astype(int))
    names = ["z", "e", "days", "stratum", *filter(None, [options.get("cluster_col")])]
    return CoxPHFitter().fit(
        columns[names], "days", "e", strata=["stratum"], fit_options={"precision": 1e-12}, **options
    )


@pytest.mark.parametrize("ties", [False, True], ids=["no_ties", "ties"])
@pytest.mark.parametrize("seed", range(3))
def test_hazard_ratio_agrees_with_lifelines(sql, seed, ties):
    """Stratified, Efron's ties: the ratio and its variance when every spell is independent."""
    people = followed(seed, ties=ties)
    found, expected = ratios(sql, people).loc["a"], cox(people)
    assert found.log_hazard_ratio == pytest.approx(expected.params_.iloc[0], abs=1e-8)
    assert found.information == pytest.approx(expected.standard_errors_.iloc[0] ** -2, rel=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_clustered_variance_of_the_hazard_ratio_agrees_with_lifelines(sql, seed):
    people = followed(seed)
    # Some left before anything happened to anybody.
    early = people.groupby("stratum").days.transform("min").eq(people.days)
    people = people.assign(is_event=people.is_event & ~early)
    found = ratios(sql, people).loc["a"]
    expected = cox(people, cluster_col="customer").standard_errors_.iloc[0] ** 2
    clusters = people.customer.nunique()
    assert found.cluster_count == clusters
    assert found.log_hazard_ratio_variance == pytest.approx(expected * clusters / (clusters - 1), rel=1e-8)


def test_the_variance_of_a_span_is_that_of_whoever_was_followed_in_it_and_until_its_end(sql):
    people = followed(5)
    found = ratios_by_span(sql, people)
    assert list(found.index.sort_values()) == [1, 2, 3, 4]
    for number, (begin, end) in enumerate(SPANS, 1):
        inside = people[people.days > begin]
        inside = inside.assign(is_event=inside.is_event & (inside.days <= end), days=inside.days.clip(upper=end))
        clusters = inside.customer.nunique()
        expected = cox(inside, cluster_col="customer").standard_errors_.iloc[0] ** 2 * clusters / (clusters - 1)
        assert found.cluster_count[number] == clusters
        assert found.log_hazard_ratio_variance[number] == pytest.approx(expected, rel=1e-8)
    assert found.cluster_count.nunique() > 1


def test_clustered_variance_with_ties_is_that_of_leaving_one_cluster_out(sql):
    """With ties packages differ in their residuals; the jackknife needs none, and is near for many small clusters."""
    people = followed(11, size=700, ties=True).assign(stratum="s")
    whole = ratios(sql, people).loc["a"]
    without = []
    for customer in people.customer.unique():
        without.append(people[people.customer != customer].assign(side=customer))
    found = ratios(sql, pd.concat(without)).log_hazard_ratio
    jackknife = (len(found) - 1) / len(found) * ((found - found.mean()) ** 2).sum()
    assert whole.log_hazard_ratio_variance == pytest.approx(jackknife, rel=0.06)


def test_groups_are_estimated_apart(sql):
    one, other = followed(1), followed(2).assign(side="b")
    together = ratios(sql, pd.concat([one, other]))
    assert together.loc["a"].equals(ratios(sql, one).loc["a"])
    assert together.loc["b"].equals(ratios(sql, other).loc["b"])


def test_the_solution_is_where_the_partial_likelihood_is_flat(sql):
    """A ratio far from 1, found by a root finder that knows no Newton steps."""
    people = pd.DataFrame(
        {"side": "a", "stratum": "s", "customer": [f"c{n}" for n in range(40)], "days": np.arange(1.0, 41.0)}
    ).assign(is_exposed=[n >= 15 or n == 3 for n in range(40)], is_event=True)
    exposed, others = people.is_exposed.to_numpy(), ~people.is_exposed.to_numpy()

    def score(beta: float) -> float:
        at_risk = [(exposed[n:].sum() * np.exp(beta), others[n:].sum()) for n in range(40)]
        return exposed.sum() - sum(e / (e + o) for e, o in at_risk)

    assert ratios(sql, people).loc["a"].log_hazard_ratio == pytest.approx(brentq(score, -9, 9, xtol=1e-13), abs=1e-8)


def test_no_ratio_where_nothing_tells_one(sql):
    """Nothing happened to the exposed; or the two were never at risk together."""
    people = followed(5, size=60)
    never = people.assign(is_event=people.is_event & ~people.is_exposed)
    assert pd.isna(ratios(sql, never).log_hazard_ratio).all()
    apart = people.assign(stratum=np.where(people.is_exposed, "x", "y"))
    assert len(ratios(sql, apart)) == 0


@pytest.mark.parametrize("seed", range(4))
def test_stratified_differences_agree_with_least_squares(sql, seed):
    """Mantel and Haenszel's weights are those of one intercept per stratum; the variance is clustered as there. Of some
    the second outcome is not known."""
    people = followed(seed, size=500)
    people["is_early"] = (people.is_event & (people.days < 9)).astype(object).where(people.is_event | (people.days > 9))
    with duckdb.connect() as connection:
        connection.register("followed", people)
        connection.execute("create table people as select * replace (is_early::boolean as is_early) from followed")
        found = connection.execute(sql["differences"]).df().set_index("outcome_number")
    for number, outcome in enumerate(["is_event", "is_early"], start=1):
        known = people[people[outcome].notna()]
        design = pd.get_dummies(known.stratum).astype(float).assign(z=known.is_exposed.astype(float))
        fitted = sm.OLS(known[outcome].astype(float), design).fit(
            cov_type="cluster", cov_kwds={"groups": known.customer.astype("category").cat.codes}
        )
        assert found.difference[number] == pytest.approx(fitted.params["z"], abs=1e-8)
        assert found.difference_variance[number] == pytest.approx(fitted.bse["z"] ** 2, rel=1e-7)
        assert found.matched_count[number] == len(known)
        assert found.cluster_count[number] == known.customer.nunique()
    assert found.matched_count[2] < found.matched_count[1]


def test_stratified_differences_by_hand(sql):
    """The worked example of mart_gap_retention_estimates; a stratum without anybody kept says nothing, and neither does
    an outcome that is known of nobody."""
    sizes = [("m", True, 20, 10), ("m", False, 20, 15), ("o", True, 10, 1), ("o", False, 30, 6), ("x", True, 5, 5)]
    rows = [
        {"stratum": stratum, "is_exposed": is_exposed, "is_event": number < events}
        for stratum, is_exposed, size, events in sizes
        for number in range(size)
    ]
    people = pd.DataFrame(rows).assign(side="a", customer=[f"c{n}" for n in range(len(rows))])
    with duckdb.connect() as connection:
        connection.register("counted", people)
        connection.execute("create table people as select *, cast(null as boolean) as is_early from counted")
        (found,) = connection.execute(sql["differences"]).df().itertuples()
    assert found.outcome_number == 1
    assert found.difference == pytest.approx((-0.25 * 10 - 0.1 * 7.5) / 17.5)
    assert (found.exposed_count, found.matched_exposed_count, found.stratum_count) == (35, 30, 2)


def test_q_values_agree_with_statsmodels(sql):
    random = np.random.default_rng(4)
    values = pd.DataFrame({"family": np.repeat(["a", "b"], [12, 7]), "p_value": random.random(19) ** 3})
    values.loc[3, "p_value"] = values.loc[4, "p_value"]
    values["p_rank"] = values.groupby("family").p_value.rank(method="first").astype(int)
    values["comparisons"] = values.groupby("family").p_value.transform("count")
    with duckdb.connect() as connection:
        connection.register("tested", values)
        found = connection.execute(f"select family, p_rank, {sql['q']} as q_value from tested").df()
    merged = values.merge(found, on=["family", "p_rank"])
    for _, family in merged.groupby("family"):
        assert family.q_value.to_numpy() == pytest.approx(multipletests(family.p_value, method="fdr_bh")[1], abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_trend_agrees_with_statsmodels(sql, seed):
    random = np.random.default_rng(seed)
    scores, totals = np.arange(1, 8), random.integers(2, 60, 7)
    successes = random.binomial(totals, 0.2 + 0.05 * scores)
    sums = pd.DataFrame(
        {
            "n": [totals.sum()],
            "successes": [successes.sum()],
            "scores": [(totals * scores).sum()],
            "squares": [(totals * scores**2).sum()],
            "score_successes": [(successes * scores).sum()],
        }
    )
    with duckdb.connect() as connection:
        connection.register("sums", sums)
        found = connection.execute(f"select {sql['trend']} from sums").fetchone()[0]
        nobody = connection.execute(
            f"select {sql['trend']} from (select 9 as n, 0 as successes, * exclude (n, successes) from sums)"
        ).fetchone()[0]
    table = sm.stats.Table(np.column_stack([totals - successes, successes]), shift_zeros=False)
    expected = table.test_ordinal_association(row_scores=scores, col_scores=np.array([0, 1]))
    assert found == pytest.approx(expected.zscore, rel=1e-8)
    assert nobody is None
