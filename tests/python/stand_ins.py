"""Builds small enough to publish hundreds of times: the tables that publication itself reads, and no more."""

from pathlib import Path

import duckdb

from cx_warehouse.publish import new_build, new_version
from cx_warehouse.settings import Settings


def settings_in(folder: Path, **values) -> Settings:
    """Settings with the warehouse and the landing under `folder`, whatever the environment says."""
    return Settings(_env_file=None, warehouse=folder / "warehouse", landing=folder / "landing", **values)


def small_build(settings: Settings, mark: str) -> str:
    """Stage a build whose table marts.content holds `mark`; returns its version id."""
    version = new_version()
    with duckdb.connect(new_build(settings, version)) as connection:
        connection.execute("create schema staging; create schema intermediate; create schema marts")
        connection.execute(
            "create table staging.stg_as_of as select timestamp '2026-06-30 12:00:00' as as_of, "
            "timestamp '2026-07-01 08:00:00' as loaded_at"
        )
        connection.execute("create table intermediate.int_reporting_currency as select 'EUR' as reporting_currency")
        connection.execute("create table marts.content as select $1 as mark from range(3)", [mark])
    return version


def published_mark(settings: Settings) -> str | None:
    """What a reader sees: the mark of the published build, or None before the first publication."""
    if not settings.current.exists():
        return None
    with duckdb.connect(settings.current.resolve(), read_only=True) as connection:
        (mark,) = connection.execute("select distinct mark from marts.content").fetchone()
        return mark
