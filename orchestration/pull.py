"""One asset per table that is pulled from a database or a REST interface into the landing folder."""

import dagster as dg

from cx_warehouse.pull import Pull, pull_rows, pulls
from cx_warehouse.settings import Settings
from orchestration.progress import Progress


def key_of(system: str, table: str) -> dg.AssetKey:
    """The key of what lands a table."""
    return dg.AssetKey(["pull", system, table])


def assets(settings: Settings, progress: Progress) -> list[dg.AssetsDefinition]:
    """What the file of pulls names."""
    return [_asset(settings, pull, progress) for pull in pulls(settings)]


def _asset(settings: Settings, pull: Pull, progress: Progress) -> dg.AssetsDefinition:
    @dg.asset(
        key=key_of(pull.system, pull.table),
        group_name=pull.system,
        description=f"Rows of {pull.id} that have changed since the last pull, as a file in the landing folder.",
        kinds={"dlt", pull.source.kind},
        required_resource_keys={"build"},
    )
    def land(_context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        progress.doing(f"pull {pull.id}")
        rows = pull_rows(settings, pull)
        progress.done(f"pull {pull.id}: {rows:,} rows")
        return dg.MaterializeResult(metadata={"rows": rows})

    return land
