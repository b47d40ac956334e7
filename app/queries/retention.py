"""What the page Retention asks: published rows, picked."""

from cx_warehouse.snapshots import Snapshot


def curves(snapshot: Snapshot, segment: str, days: int, every: int) -> tuple[dict, ...]:
    """Curves of not yet having ordered again, one outcome after the other; of the published days every so-manieth.

    Args:
        snapshot: the pinned version.
        segment: as published; `all` is the roll-up.
        days: the last day.
        every: days between two points.
    """
    return snapshot.rows(
        """
        select * from marts.mart_survival_curves
        where segment = ? and outcome in ('kept', 'missed') and day <= ? and day % ? = 0
        order by outcome, day
        """,
        [segment, days, every],
    )


def comparisons(snapshot: Snapshot) -> tuple[dict, ...]:
    """Came back after a miss against after a kept promise: index kind by index kind, the shortest horizon first."""
    return snapshot.rows("select * from marts.mart_gap_retention order by index_kind desc, horizon_days, outcome desc")


def cohorts(snapshot: Snapshot, months: int) -> tuple[dict, ...]:
    """Cohorts by month of the first order, oldest first and the roll-up `all` last.

    Args:
        snapshot: the pinned version.
        months: months since the first order, at most.
    """
    return snapshot.rows(
        """
        select * from marts.mart_retention_cohorts where months_since <= ?
        order by acquisition_month = 'all', acquisition_month, months_since
        """,
        [months],
    )
