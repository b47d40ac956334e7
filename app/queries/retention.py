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


def estimates(snapshot: Snapshot) -> tuple[dict, ...]:
    """Other estimates of the difference after a miss: first orders before every order, the strongest grade first."""
    return snapshot.rows(
        "select * from marts.mart_gap_retention_estimates order by index_kind desc, horizon_days, grade, estimate_kind"
    )


def forgiveness(snapshot: Snapshot, index_kind: str) -> tuple[dict, ...]:
    """Pace of coming back after a missed promise against a kept one, span by span.

    Args:
        snapshot: the pinned version.
        index_kind: first_order or every_order.
    """
    return snapshot.rows(
        "select * from marts.mart_miss_forgiveness where index_kind = ? order by horizon_days", [index_kind]
    )


def recovery(snapshot: Snapshot, index_kind: str) -> tuple[dict, ...]:
    """Missed and compensated against missed and not, and each against kept, the shortest horizon first.

    Args:
        snapshot: the pinned version.
        index_kind: first_order or every_order.
    """
    return snapshot.rows(
        "select * from marts.mart_recovery where index_kind = ? order by horizon_days, comparison", [index_kind]
    )


def dose(snapshot: Snapshot, horizon_days: int) -> tuple[dict, ...]:
    """Came back by how far the first order came from its promise, the latest first.

    Args:
        snapshot: the pinned version.
        horizon_days: one of those published.
    """
    return snapshot.rows(
        "select * from marts.mart_gap_dose_response where horizon_days = ? order by bucket_rank", [horizon_days]
    )


def hazards(snapshot: Snapshot) -> tuple[dict, ...]:
    """Pace of coming back over the whole follow-up: first orders before every order, the strongest grade first."""
    return snapshot.rows("select * from marts.mart_miss_hazard order by index_kind desc, grade, comparison desc")


def accounts(snapshot: Snapshot, segment: str) -> tuple[dict, ...]:
    """Curves of accounts still there, from their start and from how the first order went, week by week.

    Args:
        snapshot: the pinned version.
        segment: as published; `all` is the roll-up.
    """
    return snapshot.rows(
        "select * from marts.mart_account_survival where segment = ? order by clock, outcome, day", [segment]
    )


def lost(snapshot: Snapshot) -> tuple[dict, ...]:
    """Customers silent since a miss for longer than is usual, who left the most a month first."""
    return snapshot.rows(
        """
        select * from marts.mart_lost_after_miss
        order by margin_per_month_amount desc nulls last, margin_amount desc nulls last, customer_id limit ?
        """,
        [MOST_QUEUED],
    )


# As many as one team can get in touch with; the download holds as many.
MOST_QUEUED = 500


def queue(snapshot: Snapshot) -> tuple[dict, ...]:
    """Customers missed lately, whom to get in touch with first."""
    return snapshot.rows(
        "select * from marts.mart_recovery_queue order by queue_rank, customer_id limit ?", [MOST_QUEUED]
    )
