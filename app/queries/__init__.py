"""The only SQL of the app: what every page asks; one module beside this for each area.

Each query picks rows that are published; none adds up, divides or averages.
"""

from cx_warehouse.snapshots import Snapshot

LAST_12_MONTHS = "last_12_months"
ALL = "all"

_SCORE_COLUMNS = """
    metric_id, metric_name, board_area, unit, direction, month, month_start_date, value, value_low, value_high,
    observation_count, target, is_on_target, change_on_month, change_on_year, status, reason, method
"""

# The twelve complete months before that of the as-of instant, or every month up to it: what the roll-up of the same
# name covers. Promises may fall due later than as_of; those months hold nothing to show yet.
MONTHS = """
    month_start_date is not null
    and month_start_date <= (select as_of from marts.mart_publication)
    and (? = 'all' or (
        month_start_date < (select date_trunc('month', as_of) from marts.mart_publication)
        and month_start_date >= (select date_trunc('month', as_of) - interval 12 month from marts.mart_publication)
    ))
"""


def publication(snapshot: Snapshot) -> dict:
    """The one row of mart_publication: version, instants, currency, counts of checks."""
    (row,) = snapshot.rows("select * from marts.mart_publication")
    return row


def scores(snapshot: Snapshot, period: str) -> dict[str, dict]:
    """One row a metric for a roll-up period.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.

    Returns:
        metric_id to its row of mart_scorecard, in the order of board area and name.
    """
    rows = snapshot.rows(
        f"""
        select {_SCORE_COLUMNS} from marts.mart_scorecard where month = ?
        order by list_position(['promises', 'satisfaction', 'loyalty', 'cost', 'advocacy', 'gap'], board_area),
            metric_name, metric_id
        """,
        [period],
    )
    return {row["metric_id"]: row for row in rows}


def trend(snapshot: Snapshot, period: str, metric_id: str) -> tuple[dict, ...]:
    """The months of one metric that a roll-up period covers, oldest first.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
        metric_id: as in dim_metrics.
    """
    return snapshot.rows(
        f"""
        select {_SCORE_COLUMNS} from marts.mart_scorecard
        where {MONTHS} and metric_id = ?
        order by month_start_date
        """,
        [period, metric_id],
    )


def metric_trust(snapshot: Snapshot) -> dict[str, dict]:
    """metric_id to its row of mart_metric_trust."""
    rows = snapshot.rows(
        "select metric_id, metric_name, fitness, reason, failing_checks, absent_tables, observed_until "
        "from marts.mart_metric_trust order by metric_id"
    )
    return {row["metric_id"]: row for row in rows}


def definitions(snapshot: Snapshot) -> dict[str, dict]:
    """metric_id to its row of dim_metrics."""
    rows = snapshot.rows(
        "select metric_id, metric_name, formula, unit, direction, owner, caveat, target, required_tables, board_area "
        "from marts.dim_metrics order by metric_id"
    )
    return {row["metric_id"]: row for row in rows}


_NAMED = {"touchpoint": "marts.dim_touchpoints", "cause": "marts.mart_miss_causes"}


def names(snapshot: Snapshot, dimension: str) -> dict[str, str]:
    """Values of a dimension to their published names.

    Args:
        snapshot: the pinned version.
        dimension: touchpoint or cause.
    """
    rows = snapshot.rows(
        # Each value once: names to look up, nothing is counted.
        f"select distinct {dimension} as slug, {dimension}_name as name from {_NAMED[dimension]} order by slug"
    )
    return {row["slug"]: row["name"] for row in rows if row["name"]}


# Roll-ups a visitor can pick, and the tables that publish them. Names in SQL come from here, never from a visitor.
_CHOICES = {
    "mart_promise_reliability": ("segment", "region", "service_level"),
    "mart_promise_planner": ("lane",),
    "mart_patience": ("region",),
    "mart_account_survival": ("segment",),
    "mart_survival_curves": ("segment",),
    "mart_gap_split": ("segment",),
    "mart_expectation_spread": ("segment",),
    "mart_cost_of_miss": ("segment",),
}


def choices(snapshot: Snapshot, table: str, dimension: str) -> tuple[str, ...]:
    """The values of a dimension for which a table publishes rows, without the roll-up `all`.

    Args:
        snapshot: the pinned version.
        table: a report table that publishes roll-ups.
        dimension: a column of it.

    Raises:
        KeyError: no page filters that table by that column.
    """
    if dimension not in _CHOICES[table]:
        raise KeyError(f"{table} is not filtered by {dimension}.")
    rows = snapshot.rows(
        # Each value once: a list to pick from, nothing is counted.
        f"select distinct {dimension} as choice from marts.{table} where {dimension} <> 'all' order by choice"
    )
    return tuple(row["choice"] for row in rows)
