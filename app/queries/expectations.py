"""What the page Expectations asks: published rows, picked."""

from app.queries import MONTHS
from cx_warehouse.snapshots import Snapshot


def prevalence(snapshot: Snapshot, period: str) -> dict[str, dict]:
    """metric_id to its row of mart_gap_prevalence for a roll-up period.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
    """
    rows = snapshot.rows("select * from marts.mart_gap_prevalence where month = ? order by metric_id", [period])
    return {row["metric_id"]: row for row in rows}


def prevalence_by_month(snapshot: Snapshot, period: str, metric_id: str) -> tuple[dict, ...]:
    """The months of one measure of mart_gap_prevalence that a roll-up period covers, oldest first.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
        metric_id: as in the mart.
    """
    return snapshot.rows(
        f"select * from marts.mart_gap_prevalence where {MONTHS} and metric_id = ? order by month_start_date",
        [period, metric_id],
    )


def zones(snapshot: Snapshot, period: str) -> tuple[dict, ...]:
    """Zones of tolerance by touchpoint and item, the widest shortfall first; roll-ups are left out.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
    """
    return snapshot.rows(
        """
        select * from marts.mart_tolerance_zones
        where month = ? and touchpoint <> 'all' and item <> 'all'
        order by gap_mean nulls last, touchpoint, item, unit, scale
        """,
        [period],
    )


def patience(snapshot: Snapshot, region: str) -> tuple[dict, ...]:
    """Curves of patience in a region, minute by minute, one channel after the other and the roll-up first.

    Args:
        snapshot: the pinned version.
        region: as published; `all` is the roll-up.
    """
    return snapshot.rows(
        "select * from marts.mart_patience where region = ? order by channel <> 'all', channel, minute", [region]
    )


def coverage(snapshot: Snapshot) -> tuple[dict, ...]:
    """Kinds of touchpoints with what is known of them, the busiest first."""
    return snapshot.rows("select * from marts.mart_journey_coverage order by interaction_count desc, touchpoint_kind")


def split(snapshot: Snapshot, period: str, segment: str) -> tuple[dict, ...]:
    """The gap split into what was said and what was done, the dimension with the most whole events first.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
        segment: as published; `all` is the roll-up.
    """
    return snapshot.rows(
        """
        select * from marts.mart_gap_split where month = ? and segment = ?
        order by coalesce(whole_count, 0) desc, event_count desc, dimension
        """,
        [period, segment],
    )


def stated(snapshot: Snapshot, period: str, segment: str) -> tuple[dict, ...]:
    """How far stated expectations lie apart, by touchpoint and item, the most answered first.

    Args:
        snapshot: the pinned version.
        period: LAST_12_MONTHS or ALL.
        segment: as published; `all` is the roll-up.
    """
    return snapshot.rows(
        """
        select * from marts.mart_expectation_spread
        where month = ? and segment = ? and (touchpoint <> 'all' and item <> 'all' or unit = 'all')
        order by coalesce(answer_count, 0) desc, touchpoint, item, unit, scale
        """,
        [period, segment],
    )


def responses(snapshot: Snapshot) -> tuple[dict, ...]:
    """What followed each gap: measure by measure, the latest first and the roll-up last."""
    return snapshot.rows("select * from marts.mart_response_curve order by metric_id, scale, bucket_rank")
