"""The steps that run.py measures, each a process of its own: python benchmarks/steps.py <step> <arguments>."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import duckdb

# Of the project only what a step needs is imported, and in that step: a baseline pays for nothing that it does not use.
PROJECT = Path(__file__).resolve().parents[1]
BY_HAND = Path(__file__).with_name("by_hand")

# Table → which of the published rows by_hand computes, the columns that tell them apart, and the others it computes.
COMPARED = {
    "fct_orders": (
        "true",
        "order_id",
        "customer_id, segment, region, service_level, status, outcome, order_number, gap_days, amount, margin_amount, "
        "shipping_cost_amount, is_due_passed, first_due_date, ordered_at, shipped_at, delivered_at, cancelled_at, "
        "landmark_at, next_order_at",
    ),
    "mart_promise_reliability": (
        "touchpoint = 'delivery' and promise_version = 'first'",
        "month, segment, region, service_level",
        "due_count, kept_count, open_count, unknown_count, excluded_count, kept_rate, kept_rate_low, kept_rate_high, "
        "gap_days_mean, gap_days_p5, gap_days_p50",
    ),
    "dim_customers": (
        "true",
        "customer_version_id",
        "customer_id, segment, region, country, timezone, acquisition_channel, version_number, is_current, "
        "acquired_at, churned_at, valid_from, valid_to",
    ),
    "fct_contacts": (
        "true",
        "contact_id",
        "customer_id, order_id, touchpoint, channel, reason, segment, region, wait_outcome, response_outcome, "
        "resolution_outcome, is_failure_demand, wait_minutes, resolution_hours, response_gap_hours, "
        "resolution_gap_hours, handle_minutes, cost_amount, is_resolved_before_opened, is_orphan, opened_at, "
        "first_response_at, resolved_at, abandoned_at, response_due_at, resolution_due_at",
    ),
    "mart_contact_economics": (
        "true",
        "month, contact_reason",
        "order_count, contact_count, failure_count, other_count, unclassified_count, minutes_count, cost_count, "
        "contacts_per_1000_orders, contacts_per_1000_orders_low, contacts_per_1000_orders_high, failure_demand_rate, "
        "failure_demand_rate_low, failure_demand_rate_high, minutes_per_contact, minutes_per_contact_low, "
        "minutes_per_contact_high, cost_per_contact, cost_per_contact_low, cost_per_contact_high, known_cost_amount",
    ),
    "fct_answers": (
        "true",
        "answer_id",
        "response_id, customer_id, order_id, contact_id, paired_answer_id, touchpoint, segment, question_kind, item, "
        "unit, scale, score, scale_min, scale_max, score_100, is_in_scale, is_orphan, responded_at",
    ),
    "mart_survey_scores": (
        "true",
        "month, touchpoint, segment, question_kind, scale",
        "answer_count, out_of_scale_count, response_count, invitation_count, score, score_low, score_high, "
        "response_rate, response_rate_low, response_rate_high",
    ),
    "fct_expectation_gaps": (
        "true",
        "expectation_gap_id",
        "order_id, contact_id, customer_id, promise_id, expected_answer_id, promise_source, dimension, segment, "
        "outcome, expected_days, promised_days, actual_days, gap_message, gap_delivery, gap_total, started_at, "
        "actual_at",
    ),
    "fct_interactions": (
        "true",
        "interaction_id",
        "customer_id, order_id, contact_id, interaction_kind, touchpoint, touchpoint_kind, channel, source_table, "
        "source_row_id, interacted_at",
    ),
    "mart_retention_cohorts": (
        "true",
        "acquisition_month, months_since",
        "eligible_count, retained_count, retained_rate, retained_rate_low, retained_rate_high, revenue_amount, "
        "margin_amount",
    ),
    "mart_survival_curves": (
        "true",
        "outcome, segment, day",
        "customer_count, reordered_count, reordered_before_count, at_risk_count, survival_rate, survival_rate_low, "
        "survival_rate_high, log_rank_chi_square",
    ),
    "fct_adjustments": (
        "true",
        "adjustment_id",
        "order_id, contact_id, customer_id, kind, reason, adjustment_amount, is_orphan, adjusted_at",
    ),
    "mart_cost_to_serve": (
        "true",
        "row_kind, customer_id, decile",
        "net_rank, customer_count, order_count, contact_count, margin_unknown_count, cost_unknown_count, "
        "revenue_amount, margin_amount, shipping_cost_amount, contact_cost_amount, adjustment_amount, net_amount, "
        "cumulative_net_amount, cumulative_net_rate",
    ),
    "mart_whale_curve": ("true", "percentile", "customer_count, cumulative_net_amount, cumulative_net_rate"),
}


def write(folder: str, orders: str, form: str, sample: str) -> None:
    """The sample as files of one format."""
    import landing

    landing.write(Path(folder), int(orders), form, Path(sample))


def read(folder: str, form: str, database: str) -> None:
    """What anybody would write first: every file into a table of its own, types guessed, no balance, no rejects."""
    # The sample has mistyped values, which a guess from the first rows does not foresee.
    options = ", ignore_errors = true" if form == "csv" else ""
    with duckdb.connect(database) as connection:
        for table in sorted(path for path in Path(folder).glob("*/*") if path.is_dir()):
            name = f"{table.parent.name}_{table.name}"
            connection.execute(f"create table {name} as from read_{form}('{table}/*.{form}'{options})")


def by_hand(folder: str, as_of: str, database: str, last: str = "") -> None:
    """The tables of by_hand/, in the order of its files, up to the one whose name begins with `last`."""
    seconds = {}
    with duckdb.connect(database) as connection:
        connection.execute("set timezone = 'UTC'")
        for script in sorted(BY_HAND.glob("*.sql")):
            began = time.process_time()
            text = script.read_text().replace("{landing}", folder).replace("{as_of}", as_of)
            connection.execute(text.replace("{reference}", str(PROJECT / "seeds" / "reference")))
            seconds[script.stem] = round(time.process_time() - began, 2)
            if last and script.stem.startswith(last):
                break
    print(json.dumps(seconds))


def compile_models(warehouse: str) -> None:
    """dbt compiles the project for the next step; nothing where a copy for these files is kept."""
    compiled, settings = _compiled(warehouse)
    compiled.plan_of(settings)


def layers(warehouse: str) -> None:
    """The tables of by_hand by the project's own models and all that these rest on, without dbt around them."""
    compiled, settings = _compiled(warehouse)
    compiled.plan_of(settings)
    began = time.process_time()
    with compiled.build(settings, select=COMPARED) as connection:
        ((database,),) = connection.execute("select path from duckdb_databases() where path is not null").fetchall()
    # Without what starting Python and reading the project takes, which does not grow with the rows.
    print(round(time.process_time() - began, 2))
    shutil.rmtree(Path(database).parent)


def _compiled(warehouse: str) -> tuple:
    sys.path.insert(0, str(PROJECT / "tests" / "python"))
    import compiled

    from cx_warehouse.settings import Settings

    return compiled, Settings(_env_file=None, warehouse=Path(warehouse))


def column_checks(warehouse: str) -> None:
    """dbt's tests of columns as `cx run` asks them."""
    from cx_warehouse.settings import Settings
    from orchestration import columns, dbt

    settings = Settings(_env_file=None, warehouse=Path(warehouse))
    manifest = dbt.parse(settings).manifest
    asked = columns.tests(manifest, manifest["nodes"]).keys()
    held = columns.passed(settings.current.resolve(), manifest, manifest["nodes"], settings.memory_limit)
    print(f"{len(held)} of {len(asked)}")


def compare(by_hand: str, published: str) -> None:
    """Rows of the tables of by_hand that are not among the published ones, or the other way round."""
    print(json.dumps(differing(Path(by_hand), Path(published))))


def differing(by_hand: Path, published: Path) -> dict[str, int]:
    """How many rows of by_hand and of what is published are not the same.

    Numbers of floating point may differ in the 10th digit: sums in another order end in other last digits, and rounding
    alone would tell 0.49999… from 0.5.

    Args:
        by_hand: database that the step of that name wrote.
        published: warehouse/current.duckdb of the same landing.

    Returns:
        Table → rows that only one of them has, has twice, or has with other values.
    """
    with duckdb.connect(str(published), read_only=True) as connection:
        connection.execute(f"attach '{by_hand}' as by_hand (read_only)")
        if limit := os.environ.get("CX_MEMORY_LIMIT"):
            connection.execute(f"set memory_limit = '{limit}'")
        return {table: _differing(connection, table, *asked) for table, asked in COMPARED.items()}


def _differing(connection: duckdb.DuckDBPyConnection, table: str, condition: str, keys: str, values: str) -> int:
    def same(name: str, kind: str) -> str:
        mine, theirs = f"mine.{name}", f"theirs.{name}"
        close = f" or abs({mine} - {theirs}) <= 1e-9 * greatest(1, abs({theirs}))" if kind == "DOUBLE" else ""
        return f"({mine} is not distinct from {theirs}{close})"

    relations = {"mine": f"by_hand.{table}", "theirs": f"marts.{table} where {condition}"}
    described = connection.execute(f"describe select {values} from marts.{table}").fetchall()
    equal = " and ".join(same(name, kind) for name, kind, *_ in described)
    joined = " and ".join(f"mine.{key} is not distinct from theirs.{key}" for key in keys.split(", "))
    there = [connection.execute(f"select count(*) from {rows}").fetchone()[0] for rows in relations.values()]
    # A part after the other: all at once would spill more than the tables themselves take.
    parts = max(there) // 5_000_000 + 1
    differing, met = 0, [0, 0]
    for part in range(parts):
        sides = ", ".join(
            f"{side} as (select true as is_there, {keys}, {values} from (from {rows}) "
            f"where hash(cast({keys.split(', ')[0]} as varchar)) % {parts} = {part})"
            for side, rows in relations.items()
        )
        differs, *meets = connection.execute(
            f"with {sides} select "
            f"count(*) filter (not coalesce(mine.is_there and theirs.is_there and {equal}, false)), "
            f"count(mine.is_there), count(theirs.is_there) from mine full join theirs on {joined}"
        ).fetchone()
        differing, met = differing + differs, [one + other for one, other in zip(met, meets, strict=True)]
    # A row that is there twice meets its partner twice.
    return differing + sum(abs(one - other) for one, other in zip(met, there, strict=True))


STEPS = (write, read, by_hand, compile_models, layers, column_checks, compare)

if __name__ == "__main__":
    {step.__name__: step for step in STEPS}[sys.argv[1]](*sys.argv[2:])
