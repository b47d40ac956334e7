"""The semantic layer: its configuration is valid, and the value of every metric is its mart's on the demo."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from cx_warehouse.project import PROJECT

BIN = Path(sys.executable).parent
# Asks in one process, since importing MetricFlow takes longer than a query: [[metrics, group by, file], …] on stdin.
ASK = """
import json, sys
from click.testing import CliRunner
from dbt_metricflow.cli.main import cli
for metrics, by, file in json.load(sys.stdin):
    grouped = ["--group-by", ",".join(by)] if by else []
    asked = ["query", "--metrics", ",".join(metrics), "--decimals", "12", "--csv", file, *grouped]
    done = CliRunner().invoke(cli, asked)
    if done.exit_code:
        sys.exit(f"{metrics} by {by}: {done.output[-2000:]} {done.exception}")
"""
OF_MONTHS = """
    select month, metric_id as metric, value from mart_scorecard where metric_id <> 'roi'
    union all select month, metric_id, rate from mart_gap_prevalence
    union all
    select month, unnest(['negative_gap_order_count', 'judged_order_count']), unnest([hit_count, observation_count])
    from mart_gap_prevalence where metric_id = 'negative_gap_order_rate'
    union all
    select month, unnest(['negative_gap_contact_count', 'judged_contact_count']), unnest([hit_count, observation_count])
    from mart_gap_prevalence where metric_id = 'negative_gap_contact_rate'
    union all
    select
        month, unnest(['silent_order_count', 'followed_negative_order_count']), unnest([hit_count, observation_count])
    from mart_gap_prevalence where metric_id = 'silent_rate'
    union all
    select month, unnest(['great_journey_count', 'observed_journey_count']), unnest([hit_count, observation_count])
    from mart_gap_prevalence where metric_id = 'great_cx_rate'
    union all
    select month, unnest(['negative_gap_customer_count', 'gap_customer_count']), unnest([hit_count, observation_count])
    from mart_gap_prevalence where metric_id = 'negative_gap_customer_rate'
    union all
    select
        month,
        unnest(['contacts_per_1000_orders', 'failure_demand_rate', 'minutes_per_contact', 'cost_per_contact',
                'order_count', 'contact_count', 'failure_contact_count', 'classified_contact_count']),
        unnest([contacts_per_1000_orders, failure_demand_rate, minutes_per_contact, cost_per_contact,
                order_count, contact_count, failure_count, failure_count + other_count])
    from mart_contact_economics where contact_reason = 'all'
    union all
    select
        month,
        unnest(['judged_promise_count', 'kept_promise_count', 'missed_promise_count', 'both_versions_promise_count',
                'reprom_inflation', 'delivered_promised_days', 'delivered_taken_days']),
        unnest([due_count, kept_count, missed_count, reprom_pair_count,
                reprom_inflation, delivered_promised_days_mean, delivered_taken_days_mean])
    from mart_promise_reliability
    where promise_version = 'first' and touchpoint = 'all' and segment = 'all' and region = 'all'
        and service_level = 'all'
    union all
    select month, question_kind || '_answer_count', answer_count
    from mart_survey_scores where touchpoint = 'all' and segment = 'all' and scale = 'all'
    union all
    select
        month, unnest(['response_rate', 'response_count', 'invitation_count']),
        unnest([response_rate, response_count, invitation_count])
    from mart_survey_scores where touchpoint = 'all' and segment = 'all' and scale = 'all' and question_kind = 'nps'
    union all
    select
        month,
        unnest(['controllable_miss_share', 'missed_order_count', 'controllable_missed_order_count',
                'known_control_missed_order_count']),
        unnest([controllable_share, all_missed_count, controllable_count, judged_control_count])
    from mart_miss_causes where cause = 'all'
    union all select month, 'cost_of_quality', amount from mart_cost_of_quality where cost_class = 'all'
    union all
    select month, case unit when 'score' then 'stated_expectation' else 'stated_expectation_days' end, expected_mean
    from mart_expectation_spread
    where segment = 'all' and touchpoint = 'all' and item = 'all' and unit in ('score', 'days')
    union all
    select month, 'stated_expectation_count', sum(answer_count)
    from mart_expectation_spread where segment = 'all' and touchpoint = 'all' and item = 'all' group by month
"""
OF_ZONES = """
    from mart_tolerance_zones where month = 'all' and touchpoint = 'all' and item = 'all' and unit = 'score'
"""
BUCKETED = """
    from asked
    left join (select *, lead(gap_from) over (order by bucket_rank) as gap_to from ref_gap_buckets) as buckets
        on (days >= gap_from or (gap_from is null and days is not null)) and (days < gap_to or gap_to is null)
    group by all
"""


@dataclass(frozen=True)
class Compared:
    """What MetricFlow answers and what the marts say, both as rows of key, metric and value.

    Attributes:
        by: what the query is grouped by.
        marts: SQL over the marts; a value that is null there (too few, withheld) is not compared.
        asked: SQL that puts the answer, `asked`, on the grain of the mart; without it the keys are what `by` returned.
        metrics: names that come up in `marts`, in as many queries as there are tuples.
    """

    by: tuple[str, ...]
    marts: str
    metrics: tuple[str, ...]
    asked: str = ""


COMPARED = {
    "totals": Compared(
        by=(),
        metrics=(
            "kept_rate", "miss_rate", "gap_days", "csat", "nps", "ces", "contact_rate", "cost_per_order",
            "retention_90d", "roi", "npv", "present_cost", "negative_gap_order_rate",
            "negative_gap_contact_rate", "silent_rate",
            "great_cx_rate", "negative_gap_customer_rate", "negative_gap_order_count", "judged_order_count",
            "negative_gap_contact_count", "judged_contact_count", "silent_order_count", "followed_negative_order_count",
            "great_journey_count", "observed_journey_count", "negative_gap_customer_count", "gap_customer_count",
            "contacts_per_1000_orders", "failure_demand_rate", "minutes_per_contact", "cost_per_contact", "order_count",
            "contact_count", "failure_contact_count", "classified_contact_count", "judged_promise_count",
            "kept_promise_count", "missed_promise_count", "both_versions_promise_count", "kept_anew_promise_count",
            "reprom_inflation", "delivered_promised_days", "delivered_taken_days", "nps_answer_count",
            "csat_answer_count",
            "ces_answer_count", "promoter_count", "detractor_count", "csat_top_box_count", "ces_easy_count",
            "response_rate", "response_count", "invitation_count", "controllable_miss_share", "missed_order_count",
            "controllable_missed_order_count", "known_control_missed_order_count", "cost_of_quality",
            "stated_expectation",
            "stated_expectation_days", "stated_expectation_count", "margin_amount", "shipping_cost_amount",
            "contact_cost_amount", "adjustment_amount", "margin_unknown_count", "followed_customer_count",
            "retained_customer_count", "known_contact_order_count", "contacted_order_count",
        ),
        marts=f"""
            select '' as key, metric, value from ({OF_MONTHS}) where month = 'all'
            union all
            select '', unnest(['roi', 'npv', 'present_cost']), unnest([roi, npv, cost_amount])
            from mart_roi_ledger where initiative_id = 'all' and scenario = 'base'
            union all
            select '', 'kept_anew_promise_count', round(reprom_inflation * reprom_pair_count)
            from mart_promise_reliability
            where promise_version = 'first' and touchpoint = 'all' and segment = 'all' and region = 'all'
                and service_level = 'all' and month = 'all'
            union all
            select
                '', unnest(['margin_amount', 'shipping_cost_amount', 'contact_cost_amount', 'adjustment_amount',
                            'margin_unknown_count']),
                unnest([margin_amount, shipping_cost_amount, contact_cost_amount, adjustment_amount,
                        margin_unknown_count])
            from mart_cost_to_serve where row_kind = 'all'
            union all
            select
                '', unnest(['followed_customer_count', 'retained_customer_count']),
                unnest([observation_count, round(value * observation_count)])
            from mart_scorecard where metric_id = 'retention_90d' and month = 'all'
            union all
            select
                '', unnest(['known_contact_order_count', 'contacted_order_count']),
                unnest([observation_count, round(value * observation_count)])
            from mart_scorecard where metric_id = 'contact_rate' and month = 'all'
            union all
            select
                '', case metric_id when 'csat' then 'csat_top_box_count' else 'ces_easy_count' end,
                round(value * observation_count)
            from mart_scorecard where metric_id in ('csat', 'ces') and month = 'all'
            union all
            select
                '', unnest(['promoter_count', 'detractor_count']), unnest([
                    (select count(*) from fct_answers
                     where question_kind = 'nps' and scale = '0–10' and score between 9 and 10),
                    (select count(*) from fct_answers
                     where question_kind = 'nps' and scale = '0–10' and score between 0 and 6)
                ])
        """,
    ),
    "months": Compared(
        by=("metric_time__month",),
        metrics=(
            "kept_rate", "miss_rate", "gap_days", "csat", "nps", "contact_rate", "cost_per_order", "retention_90d",
            "negative_gap_order_rate", "negative_gap_contact_rate", "silent_rate", "great_cx_rate",
            "negative_gap_customer_rate", "contacts_per_1000_orders", "failure_demand_rate", "minutes_per_contact",
            "cost_per_contact", "response_rate", "controllable_miss_share", "cost_of_quality", "reprom_inflation",
            "delivered_promised_days", "delivered_taken_days", "padding", "padding_speed",
        ),
        marts=f"""
            select month || '-01' as key, metric, value from ({OF_MONTHS}) where month not in ('all', 'last_12_months')
            union all
            select
                month || '-01', unnest(['padding', 'padding_speed']), unnest([promised_days_change, taken_days_change])
            from mart_promise_reliability
            where promise_version = 'first' and touchpoint = 'all' and segment = 'all' and region = 'all'
                and service_level = 'all' and month_start_date is not null
        """,
    ),
    "zones of opinions": Compared(
        by=("compared_answer__unit", "compared_answer__scale"),
        metrics=("service_gap", "below_zone_rate", "pair_count", "zone_count", "below_zone_count"),
        marts=f"""
            select
                concat_ws('|', unit, scale) as key,
                unnest(['service_gap', 'below_zone_rate', 'pair_count', 'zone_count', 'below_zone_count']) as metric,
                unnest([gap_mean, below_rate, pair_count, zone_count, round(below_rate * zone_count)]) as value
            {OF_ZONES}
        """,
    ),
    "zones of days": Compared(
        by=("compared_answer__unit", "compared_answer__scale"),
        metrics=("service_gap_days",),
        marts=f"""
            select concat_ws('|', unit, scale) as key, 'service_gap_days' as metric, gap_mean as value
            {OF_ZONES.replace("'score'", "'days'")}
        """,
    ),
    "gap split": Compared(
        by=("expectation_gap__kept_by",),
        metrics=("gap_split", "gap_split_deeds", "whole_gap_count"),
        marts="""
            select
                dimension as key, unnest(['gap_split', 'gap_split_deeds', 'whole_gap_count']) as metric,
                unnest([gap_message_mean, gap_delivery_mean, whole_count]) as value
            from mart_gap_split where month = 'all' and segment = 'all'
        """,
    ),
    "after a miss": Compared(
        by=("order__promise_outcome",),
        metrics=("gap_retention", "followed_order_count", "repeated_order_count"),
        marts="""
            select
                outcome as key, unnest(['gap_retention', 'followed_order_count', 'repeated_order_count']) as metric,
                unnest([retained_rate, order_count, retained_count]) as value
            from mart_gap_retention where index_kind = 'every_order' and horizon_days = 90
        """,
    ),
    "first orders by days of gap": Compared(
        by=("order__gap_whole_days",),
        metrics=("gap_dose_response", "followed_first_order_count", "repeated_first_order_count"),
        marts="""
            select
                gap_bucket as key,
                unnest(['gap_dose_response', 'followed_first_order_count', 'repeated_first_order_count']) as metric,
                unnest([retained_rate, customer_count, retained_count]) as value
            from mart_gap_dose_response where horizon_days = 90
        """,
        asked=f"""
            select
                coalesce(gap_bucket, 'nothing came') as key,
                unnest(['gap_dose_response', 'followed_first_order_count', 'repeated_first_order_count']) as metric,
                unnest([sum(gap_dose_response * followed_first_order_count) / sum(followed_first_order_count),
                        sum(followed_first_order_count), sum(repeated_first_order_count)]) as value
            {BUCKETED.replace("days", "order__gap_whole_days")}
        """,
    ),
    "cohorts": Compared(
        by=("cohort_month__acquisition_month__month", "cohort_month__months_since"),
        metrics=("cohort_retention", "cohort_customer_count", "cohort_retained_count"),
        marts="""
            select
                concat_ws('|', acquisition_month_start_date, months_since) as key,
                unnest(['cohort_retention', 'cohort_customer_count', 'cohort_retained_count']) as metric,
                unnest([retained_rate, eligible_count, retained_count]) as value
            from mart_retention_cohorts where acquisition_month <> 'all'
        """,
    ),
    "messages": Compared(
        by=("message",),
        metrics=("message_kept_rate", "message_judged_count", "message_kept_count"),
        marts="""
            select
                message_id as key,
                unnest(['message_kept_rate', 'message_judged_count', 'message_kept_count']) as metric,
                unnest([kept_rate, judged_count, kept_count]) as value
            from mart_message_defects where defect_kind = 'untrue'
        """,
    ),
    "initiatives": Compared(
        by=("initiative",),
        metrics=("initiative_npv", "initiative_present_cost", "initiative_roi"),
        marts="""
            select
                initiative_id as key,
                unnest(['initiative_npv', 'initiative_present_cost', 'initiative_roi']) as metric,
                unnest([npv, cost_amount, roi]) as value
            from mart_roi_ledger where initiative_id <> 'all' and scenario = 'base' and npv is not null
        """,
    ),
    "customers": Compared(
        by=("customer",),
        metrics=("customer_value", "cost_to_serve"),
        marts="""
            select customer_id as key, 'customer_value' as metric, margin_amount as value from mart_recovery_queue
            union all
            select customer_id, 'cost_to_serve', net_amount from mart_cost_to_serve where row_kind = 'customer'
        """,
    ),
    **{
        f"{metric} by days of gap": Compared(
            by=("response__scale", "response__gap_whole_days"),
            metrics=(metric, f"{metric}_count"),
            marts=f"""
                select concat_ws('|', scale, gap_bucket) as key, unnest(['{metric}', '{metric}_count']) as metric,
                    unnest([value, observation_count]) as value
                from mart_response_curve where metric_id = '{metric}' and gap_bucket <> 'all'
            """,
            asked=f"""
                select concat_ws('|', response__scale, coalesce(gap_bucket, 'nothing came')) as key,
                    unnest(['{metric}', '{metric}_count']) as metric,
                    unnest([sum({metric} * {metric}_count) / sum({metric}_count), sum({metric}_count)]) as value
                {BUCKETED.replace("days", "response__gap_whole_days")}
            """,
        )
        for metric in ("response_csat", "response_nps", "response_repeat", "response_contact")
    },
    # No report table shows these counts: the facts do.
    "of the responses": Compared(
        by=("response__scale",),
        metrics=(
            "response_csat_success_count", "response_nps_success_count", "response_nps_failure_count",
            "response_repeat_success_count", "response_contact_success_count",
        ),
        marts="""
            select scale as key, metric_id || '_success_count' as metric, round(value * observation_count) as value
            from mart_response_curve where gap_bucket = 'all' and metric_id <> 'response_nps'
            union all
            select
                answers.scale,
                unnest(['response_nps_success_count', 'response_nps_failure_count']),
                unnest([count(*) filter (where answers.score >= 9), count(*) filter (where answers.score <= 6)])
            from fct_answers as answers
            inner join fct_orders as orders on answers.order_id = orders.order_id
            where
                answers.question_kind = 'nps' and answers.scale = '0–10' and answers.is_in_scale
                and answers.contact_id is null and orders.outcome in ('exceeded', 'met', 'missed')
                and answers.responded_at >= orders.landmark_at
            group by answers.scale
        """,
    ),
    # On the demo every shipping cost and every adjustment is on record: their counts are 0 there.
    "of unknown cost": Compared(
        by=(),
        metrics=("shipping_cost_unknown_count", "contact_cost_unknown_count", "adjustment_unknown_count"),
        marts="""
            select '' as key, 'shipping_cost_unknown_count' as metric, count(*) as value
            from fct_orders where shipping_cost_amount is null
            union all select '', 'contact_cost_unknown_count', count(*) from fct_contacts where cost_amount is null
            union all
            select '', 'adjustment_unknown_count', count(*) from fct_adjustments where adjustment_amount is null
        """,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def project(demo_warehouse, tmp_path_factory) -> Path:
    """A project folder in which `mf` runs: ours by links, with the published demo and a target of its own."""
    folder = tmp_path_factory.mktemp("semantic")
    (folder / "warehouse").mkdir()
    shutil.copyfile((demo_warehouse / "current.duckdb").resolve(), folder / "warehouse" / "dev.duckdb")
    home = folder / "project"
    home.mkdir()
    for name in ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests"):
        (home / name).symlink_to(PROJECT / name)
    run(home, BIN / "dbt", "parse", "--quiet")
    return home


@pytest.fixture(scope="module")
def answers(project) -> dict[str, Path]:
    """The answers to all of COMPARED as CSV files."""
    files = {name: project / f"{number}.csv" for number, name in enumerate(COMPARED)}
    queries = [[one.metrics, one.by, str(files[name])] for name, one in COMPARED.items()]
    run(project, sys.executable, "-c", ASK, stdin=json.dumps(queries))
    return files


def run(home: Path, *command: str | Path, stdin: str = "") -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
    environment |= {"CX_WAREHOUSE": str(home.with_name("warehouse"))}
    done = subprocess.run(command, cwd=home, env=environment, input=stdin, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_the_configuration_is_valid(project):
    """Models, dimensions, entities, measures and metrics, against the warehouse too."""
    shown = run(project, BIN / "mf", "validate-configs")
    counted = re.findall(r"\(ERRORS: (\d+), FUTURE_ERRORS: (\d+), WARNINGS: (\d+)\)", shown)
    assert len(counted) > 3 and set(counted) == {("0", "0", "0")}, "\n".join(shown.splitlines()[-20:])


@pytest.mark.parametrize("name", COMPARED)
def test_every_metric_is_the_marts(name, project, answers):
    one = COMPARED[name]
    with duckdb.connect(str(project.with_name("warehouse") / "dev.duckdb"), read_only=True) as connection:
        connection.execute("set search_path = 'marts,reference'")
        connection.execute(f"create temp table asked as from read_csv('{answers[name]}', header = true, nullstr = '')")
        key = f"concat_ws('|', {', '.join(_as_text(connection, column) for column in one.by)})" if one.by else "''"
        columns = ", ".join(one.metrics)
        doubles = ", ".join(f"cast({metric} as double) as {metric}" for metric in one.metrics)
        rows = f"unpivot (select {key} as key, {doubles} from asked) on {columns} into name metric value value"
        asked = one.asked or f"select key, metric, value from ({rows})"
        ours = {(str(key), metric): value for key, metric, value in connection.execute(asked).fetchall()}
        marts = {
            (str(key), metric): float(value)
            for key, metric, value in connection.execute(one.marts).fetchall()
            if value is not None and metric in one.metrics
        }
    assert {metric for _, metric in marts} == set(one.metrics), "no value of these to compare"
    found = {place: ours.get(place, 0 if value == 0 else None) for place, value in marts.items()}
    assert found == pytest.approx(marts, rel=1e-9, abs=1e-9)


def _as_text(connection: duckdb.DuckDBPyConnection, column: str) -> str:
    kind = next(kind for name, kind, *_ in connection.execute("describe asked").fetchall() if name == column)
    return f"cast(cast({column} as date) as varchar)" if kind == "TIMESTAMP" else f"cast({column} as varchar)"


def test_no_metric_is_left_out(project, monkeypatch):
    """Each is compared with a mart; each of the registry is here, or is listed with the reason why it cannot be."""
    monkeypatch.syspath_prepend(PROJECT / "docs")
    from semantic_layer import NOT_OF_FACTS, registered

    manifest = json.loads((project / "target" / "semantic_manifest.json").read_text())
    ours = {metric["name"]: metric for metric in manifest["metrics"]}
    compared = {metric for one in COMPARED.values() for metric in one.metrics}
    assert set(ours) == compared
    with duckdb.connect(str(project.with_name("warehouse") / "dev.duckdb"), read_only=True) as connection:
        registry = dict(connection.execute("select metric_id, metric_name from reference.ref_metrics").fetchall())
    assert registered() | set(NOT_OF_FACTS) == set(registry) and not registered() & set(NOT_OF_FACTS)
    assert {name: ours[name]["label"] for name in registered()} == {name: registry[name] for name in registered()}


def test_the_saved_queries_answer(project):
    for name, metric in (("board", "kept_rate"), ("board_initiatives", "initiative_roi")):
        assert metric in run(project, BIN / "mf", "query", "--saved-query", name, "--limit", "3")
