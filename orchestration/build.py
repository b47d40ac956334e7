"""The build that a run makes: its id, its file, and the lock that keeps others away meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from cx_warehouse.publish import acquire_lock, new_build, new_version, staged
from cx_warehouse.settings import Settings


@dataclass(frozen=True)
class Build:
    """`version` is the id of the run, of its load and of what it publishes."""

    settings: Settings
    version: str
    loaded_at: datetime

    @property
    def database(self) -> Path:
        """The DuckDB file under way; created by the transformation."""
        return staged(self.settings, self.version)

    @property
    def folder(self) -> Path:
        """Where the papers of the build lie."""
        return self.database.parent

    def create(self, before: Path | None = None) -> Path:
        """Make the file, empty or with what `before` holds; whatever an earlier run left unfinished goes."""
        return new_build(self.settings, self.version, before)


def resource(settings: Settings) -> dg.ResourceDefinition:
    """The build as a Dagster resource: one per run, since runs are made in one process."""

    @contextmanager
    def build(_context: dg.InitResourceContext) -> Iterator[Build]:
        with acquire_lock(settings):
            version = new_version()
            # The version id is the instant of the load, to the microsecond.
            loaded_at = datetime.strptime(version, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
            yield Build(settings, version, loaded_at)

    return dg.ResourceDefinition(build, description="The build under way, behind the warehouse's lock.")
