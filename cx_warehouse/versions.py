"""The published versions of a warehouse: which there are, which one readers see, and going back."""

import json
import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cx_warehouse.errors import CxError
from cx_warehouse.lock import acquire_lock
from cx_warehouse.settings import Settings


@dataclass(frozen=True)
class Version:
    """A published build. `summary` is what its run wrote down: as_of, loads, rows, checks, what is withheld."""

    id: str
    path: Path
    is_current: bool
    summary: dict = field(default_factory=dict)


def new_version() -> str:
    """An id that sorts by time: the UTC instant with microseconds, e.g. 20261121T221753123456Z."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")


def versions(settings: Settings) -> list[Version]:
    """All versions that can be read, newest first."""
    current = current_version(settings)
    return [
        Version(id=path.stem, path=path, is_current=path.stem == current, summary=_summary(path))
        for path in sorted(settings.versions.glob("*.duckdb"), reverse=True)
    ]


def readable(settings: Settings) -> list[Version]:
    """Those of them whose file opens, newest first: what a build can be compared with or kept from."""
    return [version for version in versions(settings) if _opens(version.path)]


def current_version(settings: Settings) -> str | None:
    """The id of the version that readers see, or None before the first publication."""
    return settings.current.readlink().stem if settings.current.is_symlink() else None


def rollback(settings: Settings, version: str | None = None) -> Version:
    """Make an older version the published one (or any other that is still there).

    Args:
        version: its id; None for the newest one that is older than the current.

    Raises:
        CxError: nothing is published, or there is no such version; the message lists those that there are.
    """
    with acquire_lock(settings):
        known = versions(settings)
        current = current_version(settings)
        if current is None:
            raise CxError(f"Nothing is published in {settings.warehouse}, so there is nothing to go back to.")
        wanted = version or next((one.id for one in known if one.id < current), None)
        if wanted not in {one.id for one in known}:
            listed = ", ".join(one.id + (" (current)" if one.is_current else "") for one in known)
            found = f"There is no version {version}" if version else f"There is no version older than {current}"
            raise CxError(f"{found} in {settings.versions}. There are: {listed}.")
        point_to(settings, wanted)
        return next(one for one in versions(settings) if one.is_current)


def point_to(settings: Settings, version: str) -> None:
    """Make readers see `version`, in one atomic step: the link is made beside the old one and renamed over it."""
    temporary = settings.warehouse / ".current.duckdb.new"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path(settings.versions.name) / f"{version}.duckdb")
    temporary.replace(settings.current)
    sync_folder(settings.warehouse)


def prune(settings: Settings) -> list[str]:
    """Remove all but the newest `keep_versions` versions; never the current one. Returns the ids removed."""
    removed = []
    for old in versions(settings)[settings.keep_versions :]:
        if not old.is_current:
            old.path.unlink()
            removed.append(old.id)
    remove_leftovers(settings)
    return removed


def remove_leftovers(settings: Settings) -> None:
    """Remove what a run that was killed left: unfinished builds, and papers of versions that never came to be or went.

    Only for the holder of the lock.
    """
    for build in settings.staging.glob("*"):
        shutil.rmtree(build)
    for path in settings.versions.glob("*"):
        version = path.name.split(".")[0]
        # Nobody writes to a published file, so a log of writes beside it is a stranger's and would only be in the way.
        if path.suffix != ".wal" and (settings.versions / f"{version}.duckdb").exists():
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def sync_folder(folder: Path) -> None:
    """Make renames within `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opens(path: Path) -> bool:
    # Whoever lists versions need not wait for it.
    import duckdb

    try:
        duckdb.connect(path, read_only=True).close()
    except duckdb.Error:
        return False
    return True


def _summary(path: Path) -> dict:
    paper = path.with_suffix(".json")
    return json.loads(paper.read_text()) if paper.exists() else {}
