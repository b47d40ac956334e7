"""The only SQL of the app. Each query picks rows that are published; none adds up, divides or averages."""

from cx_warehouse.snapshots import Snapshot

LAST_12_MONTHS = "last_12_months"
ALL = "all"

_SCORE_COLUMNS = """
    metric_id, metric_name, board_area, unit, direction, month, month_start_date, value, value_low, value_high,
    observation_count, target, is_on_target, change_on_month, change_on_year, status, reason, method
"""

# The twelve complete months before that of the as-of instant, or every month up to it: what the roll-up of the same
# name covers. Promises may fall due later than as_of; those months hold nothing to show yet.
_MONTHS = """
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
        where {_MONTHS} and metric_id = ?
        order by month_start_date
        """,
        [period, metric_id],
    )


_ALL_PROMISES = "touchpoint = 'all' and segment = 'all' and region = 'all' and service_level = 'all'"

_PROMISE_COLUMNS = """
    month, month_start_date, due_count, kept_count, exceeded_count, met_count, missed_count, open_count, unknown_count,
    excluded_count, kept_rate, kept_rate_low, kept_rate_high, status, reason
"""


def promises_by_month(snapshot: Snapshot, period: str) -> tuple[dict, ...]:
    """First promises by month of the due date, over all touchpoints, segments, regions and service levels.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
    """
    return snapshot.rows(
        f"""
        select {_PROMISE_COLUMNS} from marts.mart_promise_reliability
        where {_MONTHS} and {_ALL_PROMISES} and promise_version = 'first'
        order by month_start_date
        """,
        [period],
    )


def promises(snapshot: Snapshot, period: str) -> dict | None:
    """What became of the first promises of a roll-up period; None when no promise is published.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
    """
    rows = snapshot.rows(
        f"""
        select {_PROMISE_COLUMNS} from marts.mart_promise_reliability
        where month = ? and {_ALL_PROMISES} and promise_version = 'first'
        """,
        [period],
    )
    return rows[0] if rows else None


def trust(snapshot: Snapshot) -> dict[str, dict]:
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
