"""What the page "Can I trust this?" asks: published rows, picked."""

from cx_warehouse.snapshots import Snapshot

# Samples on the page; the download holds as many, since a rejected row is mended in its source.
MOST_REJECTS = 200


def measures(snapshot: Snapshot) -> tuple[dict, ...]:
    """Every measure with its fitness, what is withheld first."""
    return snapshot.rows(
        """
        select metric_id, metric_name, fitness, reason, failing_checks, required_tables, absent_tables,
            observation_count, observed_until, as_of
        from marts.mart_metric_trust
        order by list_position(['withheld', 'degraded', 'ok'], fitness), metric_name, metric_id
        """
    )


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
