"""What the page "Can I trust this?" asks: published rows, picked."""

from cx_warehouse.snapshots import Snapshot

# Samples on the page; the download holds as many, since a rejected row is mended in its source.
MOST_REJECTS = 200
MOST_RESTATED = 500


def measures(snapshot: Snapshot) -> tuple[dict, ...]:
    """Every measure with its fitness, what is withheld first."""
    return snapshot.rows(
        """
        select metric_id, metric_name, fitness, reason, failing_checks, required_tables, absent_tables,
            observation_count, restated_count, observed_until, as_of
        from marts.mart_metric_trust
        order by list_position(['withheld', 'degraded', 'ok'], fitness), metric_name, metric_id
        """
    )


def provisional(snapshot: Snapshot) -> tuple[dict, ...]:
    """Months of measures of the board that are shown and may still change, and why."""
    return snapshot.rows(
        """
        select metric_id, metric_name, month_start_date, reason
        from marts.mart_scorecard where status = 'provisional' and month_start_date is not null
        order by metric_name, month_start_date
        """
    )


def freshness(snapshot: Snapshot) -> tuple[dict, ...]:
    """How far each source table reaches, what is furthest behind first, what is absent last."""
    return snapshot.rows(
        """
        select
            freshness.source_table, is_present, current_count, newest_event_at, loads.loaded_at,
            days_behind, most_days_behind
        from marts.mart_source_freshness as freshness
        left join (
            select distinct on (source_table) concat(system, '.', table_name) as source_table, loaded_at
            from marts.mart_load_audit
            order by source_table, loaded_at desc nulls last
        ) as loads on freshness.source_table = loads.source_table
        order by not is_present, days_behind desc nulls last, freshness.source_table
        """
    )


def reconciliation(snapshot: Snapshot) -> tuple[dict, ...]:
    """Totals of the sources beside the published ones."""
    return snapshot.rows("select * from marts.mart_reconciliation order by source_table, measure")


def loads(snapshot: Snapshot) -> tuple[dict, ...]:
    """What each load brought, table by table, the newest load first."""
    return snapshot.rows("select * from marts.mart_load_audit order by loaded_at desc, system, table_name")


def rejects(snapshot: Snapshot) -> tuple[dict, ...]:
    """Rows that were not taken, with file, line and reason, the newest load first."""
    return snapshot.rows(
        """
        select load_id, system, table_name, file, line, column_name, found, expected, reason_kind, reason
        from marts.rejects order by load_id desc, system, table_name, file, line, column_name
        limit ?
        """,
        [MOST_REJECTS],
    )


def restatements(snapshot: Snapshot) -> tuple[dict, ...]:
    """Published numbers that changed between versions, the newest first; whole months before roll-ups."""
    return snapshot.rows(
        """
        select restated.version, restated.previous_version, restated.metric_id, metrics.metric_name,
            restated.table_name, restated.column_name, restated.scope, restated.period, restated.cause,
            restated.cause_reason, restated.old_value, restated.new_value, metrics.unit
        from marts.mart_restatements as restated
        left join marts.dim_metrics as metrics on restated.metric_id = metrics.metric_id
        order by restated.version desc, restated.period in ('all', 'last_12_months'), metrics.metric_name,
            restated.period, restated.table_name, restated.column_name, restated.scope, restated.restatement_id
        limit ?
        """,
        [MOST_RESTATED],
    )
