"""The metric macros against their published values and against scipy and statsmodels.

dbt renders all macros in one go; what it rendered is then run over tables of inputs in DuckDB.
"""

import itertools
import re
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from rendering import render
from scipy.stats import beta, norm, t, ttest_ind, ttest_rel
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

PROJECT = Path(__file__).resolve().parents[2]
MACROS = PROJECT / "macros" / "metrics"

# Macro calls by the name of the column they fill. Arguments that are expressions show that macros bracket them.
CALLS = {
    "wilson_low": "wilson_low('k1', 'n1')",
    "wilson_high": "wilson_high('k1', 'n1')",
    "wilson_low_of_sum": "wilson_low('k1 + k2', 'n1 + n2')",
    "wilson_high_of_sum": "wilson_high('k1 + k2', 'n1 + n2')",
    "newcombe_low": "newcombe_low('k1', 'n1', 'k2', 'n2')",
    "newcombe_high": "newcombe_high('k1', 'n1', 'k2', 'n2')",
    "newcombe_low_of_difference": "newcombe_low('n1 - k1', 'n1', 'n2 - k2', 'n2')",
    "katz_low": "katz_low('k1', 'n1', 'k2', 'n2')",
    "katz_high": "katz_high('k1', 'n1', 'k2', 'n2')",
    "katz_low_of_difference": "katz_low('n1 - k1', 'n1', 'n2 - k2', 'n2')",
    "nps": "nps('promoters', 'detractors', 'promoters + passives + detractors')",
    "nps_of_sum": "nps('promoters + passives', 'detractors - detractors', 'promoters + passives + detractors')",
    "nps_low": "nps_low('promoters', 'passives', 'detractors')",
    "nps_high": "nps_high('promoters', 'passives', 'detractors')",
    "nps_low_of_sum": "nps_low('promoters + 1', 'passives - 0', 'detractors + 1 - 1')",
    "csat": "csat('k1', 'n1')",
    "ces": "ces('k1', 'n1')",
    "response_rate": "response_rate('k1', 'n1')",
    "kept_rate": "kept_rate('k1', 'k2')",
    "kept_rate_of_sum": "kept_rate('k1 + n1', 'k2 + n2')",
    "miss_rate": "miss_rate('k1', 'k2')",
    "is_promoter": "is_promoter('score')",
    "is_detractor": "is_detractor('score')",
    "is_top_box": "is_top_box('score', 'scale_min', 'scale_max')",
    "is_easy": "is_easy('score', 'scale_min', 'scale_max')",
    "is_usable_scale": "is_usable_scale('question_kind', 'scale_min', 'scale_max')",
    "usable_scales": "usable_scales('question_kind')",
    "point": "point('0.5e0', 'n1')",
    "bound": "bound('0.5e0', 'n1')",
    "estimate_status": "estimate_status('n1', 'is_running')",
    "estimate_reason": "estimate_reason('n1')",
    "dimension": "dimension('question_kind')",
    "conformal_rank": "conformal_rank('n1', 'level')",
    "conformal_rank_summed": "conformal_rank('n1 + n2', 'level')",
    "z_95": "z_95()",
    "paired_t_low": "paired_t_low('mean', 'error', 't')",
    "paired_t_high": "paired_t_high('mean', 'error', 't')",
    "needed_count": "needed_count('n1', 'effect', 'error')",
    "change_error": "change_error('deviation', 'n1', 'deviation_before', 'n2')",
    "change_freedom": "change_freedom('deviation', 'n1', 'deviation_before', 'n2')",
    "clustered_error": "clustered_error('mean', 'n', 'clusters', 'sum_sum', 'sum_count', 'count_count')",
}


@pytest.fixture(scope="session")
def rendered(tmp_path_factory) -> dict[str, str]:
    """SQL of every call in CALLS, as dbt renders it: one invocation for all of them."""
    return render(CALLS, tmp_path_factory.mktemp("metric_macros"))


@pytest.fixture(scope="session")
def evaluate(rendered):
    """A function: names of CALLS and columns of inputs -> a frame with one column per name, rows in the order given."""

    def run(names, **inputs) -> pd.DataFrame:
        frame = pd.DataFrame(inputs).reset_index(names="row_number")
        columns = ", ".join(f"{rendered[name]} as {name}" for name in names)
        with duckdb.connect() as connection:
            connection.register("inputs", frame)
            return connection.execute(f"select {columns} from inputs order by row_number").df()

    return run


def printed(value: float, digits: int) -> str:
    """A number as publications print it, −0 being 0."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


@pytest.mark.parametrize(
    "successes, trials, low, high",
    [
        (8, 10, "0.4902", "0.9433"),
        (0, 10, "0.0000", "0.2775"),
        (10, 10, "0.7225", "1.0000"),
        (1, 1, "0.2065", "1.0000"),
    ],
)
def test_wilson_gives_the_published_intervals(evaluate, successes, trials, low, high):
    found = evaluate(["wilson_low", "wilson_high"], k1=[successes], n1=[trials]).iloc[0]
    assert [printed(found.wilson_low, 4), printed(found.wilson_high, 4)] == [low, high]


@pytest.mark.parametrize(
    "promoters, passives, detractors, score, low, high, digits",
    [
        (50, 30, 20, "30.0", "14.05", "44.20", 2),
        (1, 0, 0, "100.0", "-48.5", "98.5", 1),
        (3, 2, 5, "-20.0", "-61.1", "30.3", 1),
    ],
)
def test_nps_gives_the_published_values(evaluate, promoters, passives, detractors, score, low, high, digits):
    found = evaluate(
        ["nps", "nps_low", "nps_high"], promoters=[promoters], passives=[passives], detractors=[detractors]
    ).iloc[0]
    assert printed(found.nps, 1) == score
    assert [printed(found.nps_low, digits), printed(found.nps_high, digits)] == [low, high]


@pytest.mark.parametrize(
    "counts, difference, low, high, digits",
    [((56, 70, 48, 80), "0.20", "0.0524", "0.3339", 4), ((0, 10, 0, 20), "0.00", "-0.161", "0.278", 3)],
)
def test_newcombe_gives_the_published_intervals(evaluate, counts, difference, low, high, digits):
    k1, n1, k2, n2 = ([count] for count in counts)
    found = evaluate(["newcombe_low", "newcombe_high"], k1=k1, n1=n1, k2=k2, n2=n2).iloc[0]
    assert printed(counts[0] / counts[1] - counts[2] / counts[3], 2) == difference
    assert [printed(found.newcombe_low, digits), printed(found.newcombe_high, digits)] == [low, high]


def test_katz_gives_the_published_interval(evaluate):
    found = evaluate(["katz_low", "katz_high"], k1=[30], n1=[100], k2=[20], n2=[100]).iloc[0]
    assert [printed(found.katz_low, 3), printed(found.katz_high, 3)] == ["0.916", "2.456"]


def test_z_is_that_of_scipy(evaluate):
    assert evaluate(["z_95"], k1=[1]).iloc[0, 0] == norm.ppf(0.975)


def wilson_grid() -> tuple[list[int], list[int]]:
    trials = [1, 2, 3, 5, 9, 10, 29, 30, 47, 100, 999, 1_000_000]
    pairs = (
        {(round(trial * tenth / 30), trial) for trial in trials for tenth in range(31)}
        | {(trial - 1, trial) for trial in trials}
        | {(1, trial) for trial in trials}
    )
    return tuple(map(list, zip(*sorted(pairs), strict=True)))


def test_wilson_agrees_with_statsmodels(evaluate):
    successes, trials = wilson_grid()
    assert len(trials) > 200
    found = evaluate(["wilson_low", "wilson_high"], k1=successes, n1=trials)
    low, high = proportion_confint(np.array(successes), np.array(trials), alpha=0.05, method="wilson")
    np.testing.assert_allclose(found.wilson_low, low, rtol=0, atol=1e-8)
    np.testing.assert_allclose(found.wilson_high, high, rtol=0, atol=1e-8)
    nothing, all_of_them = np.array(successes) == 0, np.array(successes) == np.array(trials)
    assert (found.wilson_low[nothing] == 0).all() and (found.wilson_high[all_of_them] == 1).all()
    share = np.array(successes) / np.array(trials)
    assert ((found.wilson_low <= share) & (share <= found.wilson_high)).all()


def two_group_grid(fewest: int) -> dict[str, list[int]]:
    groups = [(k, n) for n in (1, 4, 10, 35, 400) for k in sorted({0, 1, n // 3, n // 2, n - 1, n}) if k >= fewest]
    rows = [(k1, n1, k2, n2) for (k1, n1), (k2, n2) in itertools.product(groups, groups)]
    assert len(rows) > 200
    return dict(zip(("k1", "n1", "k2", "n2"), map(list, zip(*rows, strict=True)), strict=True))


@pytest.mark.parametrize(
    "macro, compare, method, fewest", [("newcombe", "diff", "newcomb", 0), ("katz", "ratio", "log", 1)]
)
def test_comparisons_of_two_shares_agree_with_statsmodels(evaluate, macro, compare, method, fewest):
    counts = two_group_grid(fewest)
    found = evaluate([f"{macro}_low", f"{macro}_high"], **counts)
    for row, (k1, n1, k2, n2) in enumerate(zip(*counts.values(), strict=True)):
        low, high = confint_proportions_2indep(k1, n1, k2, n2, compare=compare, method=method)
        assert found.iloc[row].tolist() == pytest.approx([low, high], rel=1e-8, abs=1e-8), (k1, n1, k2, n2)


def test_nps_interval_agrees_with_weighted_answers(evaluate):
    """Another route to the same interval: mean and variance of the answers with three more of them added."""
    counts = [0, 1, 2, 7, 30, 411]
    rows = [row for row in itertools.product(counts, counts, counts) if sum(row)]
    assert len(rows) > 200
    promoters, passives, detractors = map(list, zip(*rows, strict=True))
    found = evaluate(["nps", "nps_low", "nps_high"], promoters=promoters, passives=passives, detractors=detractors)
    for row, (score, low, high) in zip(rows, found.itertuples(index=False), strict=True):
        values, weights = np.array([100, 0, -100]), np.array(row) + np.array([0.75, 1.5, 0.75])
        mean = np.average(values, weights=weights)
        error = np.sqrt(np.average((values - mean) ** 2, weights=weights) / weights.sum())
        assert score == pytest.approx(np.average(values, weights=row), abs=1e-8), row
        assert low == pytest.approx(max(-100, mean - norm.ppf(0.975) * error), abs=1e-8), row
        assert high == pytest.approx(min(100, mean + norm.ppf(0.975) * error), abs=1e-8), row


def test_nps_interval_is_clipped(evaluate):
    """Four answers of one kind reach beyond the scale: 57.1 + 53.3."""
    found = evaluate(["nps_low", "nps_high"], promoters=[4, 0], passives=[0, 0], detractors=[0, 4])
    assert found.nps_high[0] == 100 and found.nps_low[1] == -100
    assert 0 < found.nps_low[0] < 100 and -100 < found.nps_high[1] < 0


def test_arguments_may_be_expressions(evaluate):
    counts = {"k1": [30], "n1": [100], "k2": [20], "n2": [80]}
    found = evaluate([name for name in CALLS if "_of_" in name and "nps" not in name], **counts).iloc[0]
    low, high = proportion_confint(50, 180, method="wilson")
    assert (found.wilson_low_of_sum, found.wilson_high_of_sum) == pytest.approx((low, high), abs=1e-8)
    newcombe, _ = confint_proportions_2indep(70, 100, 60, 80, compare="diff", method="newcomb")
    katz, _ = confint_proportions_2indep(70, 100, 60, 80, compare="ratio", method="log")
    assert found.newcombe_low_of_difference == pytest.approx(newcombe, abs=1e-8)
    assert found.katz_low_of_difference == pytest.approx(katz, abs=1e-8)
    assert found.kept_rate_of_sum == pytest.approx(130 / 230, abs=1e-12)

    answers = {"promoters": [49, 50], "passives": [30, 30], "detractors": [20, 20]}
    scores = evaluate(["nps_of_sum", "nps_low_of_sum", "nps_low"], **answers)
    assert scores.nps_of_sum[1] == pytest.approx(80, abs=1e-12)
    assert scores.nps_low_of_sum[0] == scores.nps_low[1]


def test_what_cannot_be_counted_has_no_interval(evaluate):
    """Nothing asked, unknown counts, more successes than trials: null, never 0, never an error that stops a build."""
    counts = {
        "k1": pd.array([0, None, 3, 11, -1, None], dtype="Int64"),
        "n1": pd.array([0, 10, None, 10, 10, None], dtype="Int64"),
        "k2": [2] * 6,
        "n2": [10] * 6,
    }
    names = ["wilson_low", "wilson_high", "newcombe_low", "newcombe_high", "katz_low", "katz_high"]
    assert evaluate(names, **counts).isna().all().all()
    without_success = {"k1": [0, 2], "n1": [10, 10], "k2": [2, 0], "n2": [10, 10]}
    assert evaluate(["katz_low", "katz_high"], **without_success).isna().all().all()
    assert evaluate(["newcombe_low", "newcombe_high"], **without_success).notna().all().all()

    answers = {
        "promoters": pd.array([0, None, -1], dtype="Int64"),
        "passives": pd.array([0, 1, 5], dtype="Int64"),
        "detractors": pd.array([0, 1, 5], dtype="Int64"),
    }
    assert evaluate(["nps_low", "nps_high"], **answers).isna().all().all()
    assert evaluate(["nps"], **answers).nps[:2].isna().all()


@pytest.mark.parametrize("largest_cluster", [1, 4])
def test_paired_t_agrees_with_scipy_and_statsmodels(evaluate, largest_cluster):
    """One pair per customer: the textbook's paired t. Several: the sandwich that statsmodels computes by regression."""
    random = np.random.default_rng(7)
    for customers in (5, 12, 130):
        cluster = np.repeat(np.arange(customers), random.integers(1, largest_cluster + 1, customers))
        expected = random.normal(80, 12, len(cluster))
        experienced = expected + random.normal(-5, 9, len(cluster)) + random.normal(0, 6, customers)[cluster]
        gap = experienced - expected
        sums, counts = np.bincount(cluster, gap), np.bincount(cluster)
        inputs = {
            "mean": [gap.mean()],
            "n": [len(gap)],
            "clusters": [customers],
            "sum_sum": [(sums**2).sum()],
            "sum_count": [(sums * counts).sum()],
            "count_count": [(counts**2).sum()],
        }
        error = evaluate(["clustered_error"], **inputs).clustered_error[0]
        student = {"mean": [gap.mean()], "error": [error], "t": [t.ppf(0.975, customers - 1)]}
        found = evaluate(["paired_t_low", "paired_t_high"], **student).iloc[0].tolist()
        fit = OLS(gap, np.ones(len(gap))).fit(cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True)
        assert found == pytest.approx(fit.conf_int()[0].tolist(), abs=1e-8)
        if largest_cluster == 1:
            interval = ttest_rel(experienced, expected).confidence_interval(0.95)
            assert found == pytest.approx([interval.low, interval.high], abs=1e-8)


def test_a_change_has_the_interval_of_welch(evaluate):
    random = np.random.default_rng(11)
    for sizes in ((5, 5), (5, 400), (12, 30)):
        now, before = random.normal(2, 3, sizes[0]), random.normal(0, 1, sizes[1])
        sides = {
            "deviation": [now.std(ddof=1)],
            "n1": [sizes[0]],
            "deviation_before": [before.std(ddof=1)],
            "n2": [sizes[1]],
        }
        found = evaluate(["change_error", "change_freedom"], **sides).iloc[0]
        change, half_width = now.mean() - before.mean(), t.ppf(0.975, found.change_freedom) * found.change_error
        interval = ttest_ind(now, before, equal_var=False).confidence_interval(0.95)
        assert [change - half_width, change + half_width] == pytest.approx([interval.low, interval.high], abs=1e-8)
    # Where nothing varies the smaller sample is left; a single value tells nothing.
    steady = evaluate(["change_freedom"], deviation=[0.0, 0.0], n1=[5, 1], deviation_before=[0.0, 0.0], n2=[9, 9])
    assert steady.change_freedom[0] == pytest.approx(4) and np.isnan(steady.change_freedom[1])


def test_one_customer_has_no_interval(evaluate):
    one = {"mean": [3.0], "n": [2], "clusters": [1], "sum_sum": [36.0], "sum_count": [12.0], "count_count": [4]}
    assert evaluate(["clustered_error"], **one).isna().all().all()


def test_rates(evaluate):
    found = evaluate(
        ["csat", "ces", "response_rate", "kept_rate", "miss_rate"],
        k1=pd.array([3, 0, 0, None], dtype="Int64"),
        n1=pd.array([4, 4, 0, 4], dtype="Int64"),
        k2=pd.array([1, 4, 0, 1], dtype="Int64"),
    )
    for name in ("csat", "ces", "response_rate", "kept_rate"):
        assert found[name][:2].tolist() == [0.75, 0.0]
        assert found[name][2:].isna().all()
    assert found.miss_rate[:2].tolist() == [0.25, 1.0] and found.miss_rate[2:].isna().all()


def test_groups_of_the_net_promoter_score(evaluate):
    score = [None, -1, 0, 6, 6.5, 7, 8, 8.9, 9, 10, 11]
    found = evaluate(["is_promoter", "is_detractor"], score=score)
    assert found.isna().iloc[0].all()
    promoters = [value for value, yes in zip(score[1:], found.is_promoter[1:], strict=True) if yes]
    detractors = [value for value, yes in zip(score[1:], found.is_detractor[1:], strict=True) if yes]
    assert (promoters, detractors) == ([9, 10], [0, 6])


@pytest.mark.parametrize(
    "macro, scale_max, favourable", [("is_top_box", 5, [4, 5]), ("is_top_box", 7, [6, 7]), ("is_easy", 7, [5, 6, 7])]
)
def test_boxes_of_satisfaction_and_effort(evaluate, macro, scale_max, favourable):
    score = list(range(0, scale_max + 2))
    found = evaluate([macro], score=score, scale_min=[1] * len(score), scale_max=[scale_max] * len(score))[macro]
    assert [value for value, yes in zip(score, found, strict=True) if yes] == favourable


def test_usable_scales(evaluate):
    kinds = ["nps", "csat", "ces", "feeling"]
    scales = [(0, 10), (1, 10), (0, 100), (1, 5), (1, 7), (0, 5)]
    rows = list(itertools.product(kinds, scales))
    found = evaluate(
        ["is_usable_scale", "usable_scales"],
        question_kind=[kind for kind, _ in rows],
        scale_min=[low for _, (low, _) in rows],
        scale_max=[high for _, (_, high) in rows],
    )
    usable = [row for row, yes in zip(rows, found.is_usable_scale, strict=True) if yes]
    assert usable == [("nps", (0, 10)), ("csat", (1, 5)), ("csat", (1, 7)), ("ces", (1, 7))]
    words = {kind: text for (kind, _), text in zip(rows, found.usable_scales, strict=True)}
    assert words == {"nps": "0–10", "csat": "1–5 and 1–7", "ces": "1–7", "feeling": None}


@pytest.mark.parametrize(
    "observations, level, rank",
    [(19, 0.9, 18), (9, 0.9, 9), (8, 0.9, None), (99, 0.99, 99), (98, 0.99, None), (1, 0.5, 1), (0, 0.5, None)],
)
def test_conformal_gives_the_published_ranks(evaluate, observations, level, rank):
    found = evaluate(["conformal_rank"], n1=[observations], level=[level]).conformal_rank[0]
    assert (None if pd.isna(found) else found) == rank


def test_a_conformal_rank_is_the_least_whose_expected_coverage_reaches_the_level(evaluate):
    """The share of a continuous distribution below the k-th of n values is Beta(k, n + 1 − k) (scipy)."""
    levels = [0.5, 0.8, 0.9, 0.95, 0.99]
    cases = list(itertools.product(range(1, 1_001), levels))
    n1, level = (np.array(column) for column in zip(*cases, strict=True))
    found = evaluate(["conformal_rank", "conformal_rank_summed"], n1=n1, n2=0 * n1, level=level)
    assert found.conformal_rank.equals(found.conformal_rank_summed)
    k = found.conformal_rank
    known = k.notna().to_numpy()
    n, p, k = n1[known], level[known], k[known].to_numpy(dtype=float)
    assert (beta.mean(k, n + 1 - k) >= p - 1e-8).all()
    assert (np.where(k > 1, beta.mean(np.maximum(k - 1, 1), n + 2 - np.maximum(k, 2)), 0) < p - 1e-8).all()
    assert (beta.mean(n1[~known], 1) < level[~known] - 1e-8).all()


def test_needed_count_is_that_of_a_power_analysis(evaluate):
    """Of two groups, the second three times the first: the error of a difference of means of deviation 1."""
    n1, effect = np.array([20, 200, 2000, 50]), np.array([0.3, -0.1, 0.05, 0.0])
    found = evaluate(["needed_count"], n1=n1, effect=effect, error=np.sqrt(1 / n1 + 1 / (3 * n1))).needed_count
    for value, size in zip(found[:3], effect[:3], strict=True):
        assert value == np.ceil(NormalIndPower().solve_power(abs(size), alpha=0.05, power=0.8, ratio=3)), size
    assert found.isna().tolist() == [False] * 3 + [True]


def test_few_rows_are_not_shown(evaluate):
    counts = pd.array([None, 0, 4, 5, 29, 30, 5_000], dtype="Int64")
    names = ["point", "bound", "estimate_status", "estimate_reason"]
    found = evaluate(names, n1=counts, is_running=[False] * 7)
    assert found.bound.notna().tolist() == [False] * 3 + [True] * 4
    assert found.point.notna().tolist() == [False] * 5 + [True] * 2
    assert found.estimate_status.tolist() == ["withheld"] * 3 + ["final"] * 4
    few, interval_only = "fewer than 5 observations", "fewer than 30 observations: only the interval is shown"
    assert found.estimate_reason.where(found.estimate_reason.notna(), None).tolist() == (
        [few] * 3 + [interval_only] * 2 + [None] * 2
    )
    running = evaluate(["estimate_status"], n1=counts, is_running=[True] * 7)
    assert running.estimate_status.tolist() == ["withheld"] * 3 + ["provisional"] * 4


def test_a_value_named_all_is_not_the_roll_up(evaluate):
    found = evaluate(["dimension"], question_kind=["vip", "all", None])
    assert found.dimension.tolist() == ["vip", "all (as named)", "unknown"]


def test_every_definition_can_be_replaced():
    """A project that installs this one overrides a definition by dispatch, whichever it is."""
    called = {call.split("(")[0] for call in CALLS.values()} | {"fewest_for_interval", "fewest_for_point"}
    text = "\n".join(path.read_text() for path in MACROS.glob("*.sql"))
    # The two that are left out read question_scales, which can be replaced.
    for name in sorted(called - {"is_usable_scale", "usable_scales"} | {"question_scales"}):
        assert re.search(rf"macro {name}\(", text), name
        assert re.search(rf"adapter\.dispatch\('{name}', 'cx_warehouse'\)", text), name
        assert re.search(rf"macro default__{name}\(", text), name
