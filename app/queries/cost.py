"""What the page Cost asks: published rows, picked."""

from app.queries import MONTHS
from cx_warehouse.snapshots import Snapshot


def of_a_miss(snapshot: Snapshot, segment: str) -> tuple[dict, ...]:
    """What a missed promise costs more than a kept one, component by component, the total last.

    Args:
        snapshot: the pinned version.
        segment: as published; `all` is the roll-up.
    """
    return snapshot.rows(
        "select * from marts.mart_cost_of_miss where outcome = 'missed' and segment = ? order by component_number",
        [segment],
    )


def contacts(snapshot: Snapshot, period: str) -> tuple[dict, ...]:
    """Contacts of a roll-up period by reason: the roll-up first, then the most frequent.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
    """
    return snapshot.rows(
        """
        select * from marts.mart_contact_economics where month = ?
        order by contact_reason <> 'all', contact_count desc, contact_reason
        """,
        [period],
    )


def contacts_by_month(snapshot: Snapshot, period: str) -> tuple[dict, ...]:
    """All contacts of each month that a roll-up period covers, oldest first.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
    """
    return snapshot.rows(
        f"""
        select * from marts.mart_contact_economics where {MONTHS} and contact_reason = 'all'
        order by month_start_date
        """,
        [period],
    )


def quality(snapshot: Snapshot, period: str) -> tuple[dict, ...]:
    """Cost of quality of a roll-up period by class, the sum of the classes last.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
    """
    return snapshot.rows("select * from marts.mart_cost_of_quality where month = ? order by class_number", [period])


def quality_by_month(snapshot: Snapshot, period: str) -> tuple[dict, ...]:
    """All classes together by month of those that a roll-up period covers, oldest first.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
    """
    return snapshot.rows(
        f"select * from marts.mart_cost_of_quality where {MONTHS} and cost_class = 'all' order by month_start_date",
        [period],
    )


def whale(snapshot: Snapshot) -> tuple[dict, ...]:
    """The whale curve, percentile by percentile."""
    return snapshot.rows("select * from marts.mart_whale_curve order by percentile")


def deciles(snapshot: Snapshot) -> tuple[dict, ...]:
    """What customers leave, a tenth of them a row, the highest first; then whose net is not known, and guests."""
    return snapshot.rows(
        """
        select * from marts.mart_cost_to_serve where row_kind <> 'customer'
        order by list_position(['decile', 'unknown', 'guests', 'nobody', 'all'], row_kind), decile
        """
    )
