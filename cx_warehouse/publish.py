"""From a checked build to what readers see, in one atomic step.

At whatever line this is killed, readers see the old version or the new one, whole. The order carries that: the papers
of a version come first, then its file, then the link; what has papers but no file is a leftover (see versions.py).
"""

import hashlib
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from cx_warehouse.errors import CxError
from cx_warehouse.lock import acquire_lock
from cx_warehouse.memory import opened
from cx_warehouse.settings import Settings
from cx_warehouse.versions import (
    Version,
    new_version,
    point_to,
    prune,
    remove_leftovers,
    rollback,
    sync_folder,
    versions,
)

__all__ = ["Version", "acquire_lock", "new_build", "new_version", "publish", "rollback", "staged", "versions"]

# Older layouts replay a log of writes that belongs to another file without a word; this one refuses it.
STORAGE_VERSION = "v1.5.0"


def staged(settings: Settings, version: str) -> Path:
    """The file in which `version` is built."""
    return settings.staging / version / "warehouse.duckdb"


def new_build(settings: Settings, version: str, before: Path | None = None) -> Path:
    """Create the file in which `version` is built, after removing what a killed run left.

    Only for the holder of the lock.

    Args:
        settings: of the warehouse.
        version: id of the build.
        before: a published file whose tables the build starts from; None for an empty file.
    """
    remove_leftovers(settings)
    path = staged(settings, version)
    path.parent.mkdir(parents=True)
    if before:
        shutil.copyfile(before, path)
        return path
    # The storage version is fixed when a file is created: a setting made after connecting comes too late.
    duckdb.connect(path, config={"storage_compatibility_version": STORAGE_VERSION}).close()
    return path


def publish(settings: Settings, version: str, summary: dict) -> Path:
    """Make the build `version` what readers see; versions beyond `keep_versions` are removed.

    Args:
        version: id of a build under `settings.staging` that every structural check has passed.
        summary: what the run knows about itself, written to `<version>.json` beside what is counted here; its
            check_count and failed_check_count (numbers of checks) go into the table marts.mart_publication too.

    Returns:
        The published file.

    Raises:
        CxError: the build is not there, or something else still writes to it.
    """
    with acquire_lock(settings):
        build = staged(settings, version)
        if not build.exists():
            raise CxError(f"There is no build {version} to publish: {build} does not exist.")
        facts = _record(settings, build, version, summary)
        _seal(settings, build)
        settings.versions.mkdir(parents=True, exist_ok=True)
        target = settings.versions / f"{version}.duckdb"
        _write_papers(settings, version, summary | facts | {"bytes": build.stat().st_size, "sha256": _sha256(build)})
        build.replace(target)
        sync_folder(settings.versions)
        point_to(settings, version)
        prune(settings)
        return target


def _record(settings: Settings, build: Path, version: str, summary: dict) -> dict:
    """Write marts.mart_publication and count what is in the build."""
    published_at = datetime.now(UTC).replace(tzinfo=None)
    with opened(build, settings.memory_limit) as connection:
        as_of, loaded_at, currency = connection.execute(
            "select as_of, loaded_at, reporting_currency "
            "from staging.stg_as_of cross join intermediate.int_reporting_currency"
        ).fetchone()
        connection.execute(
            """
            create or replace table marts.mart_publication as
            select
                cast($version as text) as version,
                cast($reporting_currency as text) as reporting_currency,
                cast($check_count as bigint) as check_count,
                cast($failed_check_count as bigint) as failed_check_count,
                cast($as_of as timestamp) as as_of,
                cast($loaded_at as timestamp) as loaded_at,
                cast($published_at as timestamp) as published_at
            """,
            {
                "version": version,
                "reporting_currency": currency,
                "check_count": summary.get("check_count"),
                "failed_check_count": summary.get("failed_check_count"),
                "as_of": as_of,
                "loaded_at": loaded_at,
                "published_at": published_at,
            },
        )
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' order by table_name"
        ).fetchall()
        rows = {name: connection.execute(f'select count(*) from marts."{name}"').fetchone()[0] for (name,) in tables}
    return {
        "version": version,
        "as_of": _instant(as_of),
        "loaded_at": _instant(loaded_at),
        "published_at": _instant(published_at),
        "reporting_currency": currency,
        "rows": rows,
    }


def _seal(settings: Settings, build: Path) -> None:
    """Bring the file to rest: everything in it and on disk, and nobody writes to it any more."""
    with opened(build, settings.memory_limit) as connection:
        connection.execute("force checkpoint")
    log = build.with_name(build.name + ".wal")
    if log.exists():
        raise CxError(f"{log} is still there after a checkpoint: something else writes to the build. End that.")
    descriptor = os.open(build, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    build.chmod(0o444)


def _write_papers(settings: Settings, version: str, summary: dict) -> None:
    """Put the run summary and, when there are any, the data docs where the version is going to be."""
    docs = staged(settings, version).with_name("docs")
    if docs.is_dir():
        docs.replace(settings.versions / f"{version}.docs")
    paper = settings.versions / f"{version}.json"
    with paper.open("w") as file:
        json.dump(summary, file, indent=2, default=str)
        file.flush()
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat() + "Z"
