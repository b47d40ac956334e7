"""What the page Promises asks: published rows, picked."""

from collections.abc import Mapping

from app.queries import MONTHS
from cx_warehouse.snapshots import Snapshot

_COLUMNS = """
    month, month_start_date, promise_version, touchpoint, segment, region, service_level, method, status, reason,
    due_count, kept_count, exceeded_count, met_count, missed_count, open_count, overdue_open_count, unknown_count,
    no_promise_count, excluded_count, delivered_count, otif_known_count, kept_rate, kept_rate_low, kept_rate_high,
    missed_rate, missed_rate_low, missed_rate_high, otif_rate, otif_rate_low, otif_rate_high, promised_days_mean,
    gap_days_mean, gap_days_mean_low, gap_days_mean_high, gap_days_change, gap_days_change_low, gap_days_change_high,
    promised_days_change, promised_days_change_low, promised_days_change_high, taken_days_change,
    taken_days_change_low, taken_days_change_high, reprom_pair_count, reprom_inflation, reprom_inflation_low,
    reprom_inflation_high
"""
_PICKED = "segment = ? and region = ? and service_level = ?"


def _values(pick: Mapping[str, str]) -> list[str]:
    return [pick.get(name, "all") for name in ("segment", "region", "service_level")]


def by_month(snapshot: Snapshot, pick: Mapping[str, str], version: str = "first") -> tuple[dict, ...]:
    """Promises over all touchpoints by month of the due date, oldest first.

    Args:
        snapshot: the pinned version.
        pick: period, segment, region and service_level; what is not named is `all`.
        version: `first` or `last` promise.
    """
    return snapshot.rows(
        f"""
        select {_COLUMNS} from marts.mart_promise_reliability
        where {MONTHS} and {_PICKED} and touchpoint = 'all' and promise_version = ?
        order by month_start_date
        """,
        [pick["period"], *_values(pick), version],
    )


def of_period(snapshot: Snapshot, pick: Mapping[str, str], version: str = "first") -> dict | None:
    """What became of the promises of a roll-up period; None when none is published for the choice.

    Args:
        snapshot: the pinned version.
        pick: period, segment, region and service_level; what is not named is `all`.
        version: `first` or `last` promise.
    """
    rows = snapshot.rows(
        f"""
        select {_COLUMNS} from marts.mart_promise_reliability
        where month = ? and {_PICKED} and touchpoint = 'all' and promise_version = ?
        """,
        [pick["period"], *_values(pick), version],
    )
    return rows[0] if rows else None


def by_touchpoint(snapshot: Snapshot, pick: Mapping[str, str]) -> tuple[dict, ...]:
    """First promises of a roll-up period by touchpoint, most due first.

    Args:
        snapshot: the pinned version.
        pick: period, segment, region and service_level; what is not named is `all`.
    """
    return snapshot.rows(
        f"""
        select {_COLUMNS} from marts.mart_promise_reliability
        where month = ? and {_PICKED} and touchpoint <> 'all' and promise_version = 'first'
        order by due_count desc, touchpoint
        """,
        [pick["period"], *_values(pick)],
    )


def causes(snapshot: Snapshot, period: str) -> tuple[dict, ...]:
    """Causes of missed promises in a roll-up period, the largest first and the roll-up `all` before them.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
    """
    return snapshot.rows(
        """
        select cause, cause_name, is_controllable, method, status, reason, missed_count, all_missed_count,
            controllable_count, judged_control_count, unattributed_count, share, share_low, share_high,
            controllable_share, controllable_share_low, controllable_share_high,
            unattributed_share, unattributed_share_low, unattributed_share_high
        from marts.mart_miss_causes where month = ?
        order by cause <> 'all', missed_count desc, cause
        """,
        [period],
    )


def plans(snapshot: Snapshot, lane: str) -> tuple[dict, ...]:
    """What can be promised on one lane at each level, the lowest level first.

    Args:
        snapshot: the pinned version.
        lane: as published; `all` is the roll-up.
    """
    return snapshot.rows(
        "select * from marts.mart_promise_planner where lane = ? order by basis, level",
        [lane],
    )


def lanes_planned(snapshot: Snapshot, level: float) -> tuple[dict, ...]:
    """What can be promised at one level on every lane, for download.

    Args:
        snapshot: the pinned version.
        level: share of orders to be in time, for example 0.95.
    """
    return snapshot.rows(
        "select * from marts.mart_promise_planner where level = ? order by basis, promise_days desc, lane", [level]
    )


def defects(snapshot: Snapshot) -> tuple[dict, ...]:
    """What is wrong with what customers are told: open ones first, then the severe, then the most seen."""
    return snapshot.rows(
        """
        select * from marts.mart_message_defects
        order by not is_open, list_position(['high', 'medium', 'low'], severity), exposed_order_count desc,
            message_defect_id
        """
    )
