"""What the page ROI asks: published rows, picked."""

from cx_warehouse.snapshots import Snapshot


def priorities(snapshot: Snapshot) -> tuple[dict, ...]:
    """Touchpoints, the one to fix first at the top."""
    return snapshot.rows("select * from marts.mart_touchpoint_priority order by priority_rank nulls last, touchpoint")


def slopes(snapshot: Snapshot) -> tuple[dict, ...]:
    """What one point of each touchpoint's miss rate is worth a month, the most first."""
    return snapshot.rows("select * from marts.mart_driver_slopes order by money_per_point desc nulls last, touchpoint")


def effects(snapshot: Snapshot) -> tuple[dict, ...]:
    """What each initiative changed, its own target first; the joint estimate of all of them last."""
    return snapshot.rows(
        """
        select * from marts.mart_initiative_effects
        order by initiative_id = 'all', initiative_id, not is_target, metric_id
        """
    )


# As many as a spreadsheet opens without trouble.
MOST_MISSES = 100_000


def missed(snapshot: Snapshot, touchpoint: str) -> tuple[dict, ...]:
    """What a touchpoint's misses were counted from: its first promises missed in the last 12 complete months.

    Args:
        snapshot: the pinned version.
        touchpoint: one that is judged by its promises.
    """
    return snapshot.rows(
        """
        select fct_promises.* from marts.fct_promises cross join marts.mart_publication
        where touchpoint = ? and is_first and is_due_passed and outcome = 'missed'
            and coalesce(due_date, cast(due_at as date)) >= date_trunc('month', as_of) - interval 12 month
            and coalesce(due_date, cast(due_at as date)) < date_trunc('month', as_of)
        order by promise_id limit ?
        """,
        [touchpoint, MOST_MISSES],
    )


def disappointed(snapshot: Snapshot, touchpoint: str) -> tuple[dict, ...]:
    """The same of a touchpoint that promises nothing: pairs of answers of the last 12 complete months.

    Args:
        snapshot: the pinned version.
        touchpoint: one that is judged by what was expected and experienced.
    """
    return snapshot.rows(
        """
        select experienced.*, expected.answer_id as expected_answer_id, expected.score as expected_score,
            expected.scale_min as expected_scale_min, expected.scale_max as expected_scale_max
        from marts.fct_answers as experienced
        inner join marts.fct_answers as expected on experienced.paired_answer_id = expected.answer_id
        cross join marts.mart_publication
        where experienced.touchpoint = ? and experienced.question_kind = 'experienced'
            and experienced.responded_at >= date_trunc('month', as_of) - interval 12 month
            and experienced.responded_at < date_trunc('month', as_of)
        order by experienced.answer_id limit ?
        """,
        [touchpoint, MOST_MISSES],
    )


def goal_months(snapshot: Snapshot) -> tuple[dict, ...]:
    """Every month of each initiative's goal, the oldest first."""
    return snapshot.rows("select * from marts.mart_goals order by initiative_id, metric_id, month")


def goals(snapshot: Snapshot) -> tuple[dict, ...]:
    """The latest month of each initiative's goal, the nearest deadline first."""
    return snapshot.rows(
        "select * from marts.mart_goals where is_latest order by deadline_on, initiative_id, metric_id"
    )


def names(snapshot: Snapshot) -> dict[str, str]:
    """initiative_id to its name."""
    rows = snapshot.rows("select initiative_id, initiative_name from marts.dim_initiatives order by initiative_id")
    return {row["initiative_id"]: row["initiative_name"] for row in rows}


def ledger(snapshot: Snapshot) -> tuple[dict, ...]:
    """What each initiative brought and cost: the headline first, then by initiative, scenario by scenario."""
    return snapshot.rows(
        """
        select * from marts.mart_roi_ledger
        order by initiative_id <> 'all', initiative_id, list_position(['low', 'base', 'high'], scenario)
        """
    )


def waterfall(snapshot: Snapshot, initiative_id: str) -> tuple[dict, ...]:
    """Margin, savings and cost of an initiative that lead to its net present value, with assumptions at their base.

    Args:
        snapshot: the pinned version.
        initiative_id: as published; `all` is the headline.
    """
    return snapshot.rows(
        "select * from marts.mart_roi_waterfall where initiative_id = ? and scenario = 'base' order by step_number",
        [initiative_id],
    )


def cash(snapshot: Snapshot, initiative_id: str) -> tuple[dict, ...]:
    """Month by month what an initiative brought and cost, with assumptions at their base; later months are projected.

    Args:
        snapshot: the pinned version.
        initiative_id: as published; `all` is the headline.
    """
    return snapshot.rows(
        "select * from marts.mart_roi_cash where initiative_id = ? and case_id = 'base' order by month", [initiative_id]
    )


def tornado(snapshot: Snapshot, initiative_id: str) -> tuple[dict, ...]:
    """What each assumption moves the net present value by, the most first.

    Args:
        snapshot: the pinned version.
        initiative_id: as published; `all` is the headline.
    """
    return snapshot.rows(
        "select * from marts.mart_roi_tornado where initiative_id = ? order by swing_rank, assumption", [initiative_id]
    )


def signals(snapshot: Snapshot) -> tuple[dict, ...]:
    """What breaks a rule of its control chart in the last complete month, the surest first."""
    return snapshot.rows(
        """
        select * from marts.mart_signals where is_last_complete and rule_broken is not null
        order by q_value nulls last, metric_id, touchpoint, cause
        """
    )


def watched(snapshot: Snapshot) -> tuple[dict, ...]:
    """Every control chart's last complete month, whether it breaks a rule or not."""
    return snapshot.rows(
        "select * from marts.mart_signals where is_last_complete order by metric_id, touchpoint, cause"
    )


def series(snapshot: Snapshot, metric_id: str, touchpoint: str, cause: str) -> tuple[dict, ...]:
    """The months of one control chart, oldest first.

    Args:
        snapshot: the pinned version.
        metric_id: as in dim_metrics.
        touchpoint: as published; `all` is the roll-up.
        cause: as published; `all` is the roll-up.
    """
    return snapshot.rows(
        """
        select * from marts.mart_signals where metric_id = ? and touchpoint = ? and cause = ? and centre is not null
            and month_start_date is not null
        order by month_start_date
        """,
        [metric_id, touchpoint, cause],
    )


def drivers(snapshot: Snapshot) -> tuple[dict, ...]:
    """What may drive each outcome, the weightiest first."""
    return snapshot.rows("select * from marts.mart_drivers order by outcome, weight desc nulls last, driver")


def maturity(snapshot: Snapshot) -> tuple[dict, ...]:
    """The latest assessment: the roll-up first, then by dimension."""
    return snapshot.rows(
        "select * from marts.mart_maturity where is_latest order by dimension <> 'all', stage, dimension"
    )


def evidence(snapshot: Snapshot) -> tuple[dict, ...]:
    """What each stage of maturity demands and what is measured of it, the lowest stage first."""
    return snapshot.rows("select * from marts.mart_maturity_evidence order by stage, evidence_id")


def proposals(snapshot: Snapshot) -> tuple[dict, ...]:
    """What became of each proposal in the run that made this version, the latest first."""
    return snapshot.rows("select * from marts.mart_proposals order by proposed_at desc nulls last, file, line")
