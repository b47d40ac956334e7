"""One asset per source table, grouped by the system that hands it over."""

from collections.abc import Collection

import dagster as dg

from cx_warehouse.contract import SourceTable
from cx_warehouse.landing import LoadReport, load_table, tables_to_load
from cx_warehouse.settings import Settings
from orchestration import pull
from orchestration.progress import Progress

RETRIES = 3
FIRST_WAIT_SECONDS = 1
# What a file is refused for today and not in a moment, perhaps.
PASSING = {"unreadable_file", "changed_while_read"}


def assets(settings: Settings, progress: Progress, pulled: Collection[dg.AssetKey] = ()) -> list[dg.AssetsDefinition]:
    """The contract's tables, and the export tables of the chosen connectors; `pulled` first, where one is pulled."""
    # In the order in which Dagster runs them, so that the numbers count up.
    tables = sorted(tables_to_load(settings), key=lambda table: table.id)
    made = []
    for number, table in enumerate(tables, 1):
        before = [key for key in pulled if key == pull.key_of(table.system, table.name)]
        made.append(_asset(settings, table, f"{number}/{len(tables)}", progress, before))
    return made


def _asset(
    settings: Settings, table: SourceTable, number: str, progress: Progress, before: list[dg.AssetKey]
) -> dg.AssetsDefinition:
    @dg.asset(
        key=[table.system, table.name],
        deps=before,
        group_name=table.system,
        description=f"Landed files of {table.id} as text, every field, with where it came from.",
        kinds={"parquet"},
        required_resource_keys={"build"},
    )
    def load(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        def on_file(done: int, total: int, rows: int, seconds: float) -> None:
            if total > 1:
                progress.doing(f"{table.id}: {done} of {total} files, {rows:,} rows ({seconds:.1f} s)")

        report = _loaded(context, settings, table, on_file)
        progress.done(f"load {number} {table.id}: {_words(report)} ({report.seconds:.1f} s)")
        refused = [file.reason for file in report.refused]
        for sentence in [*refused, *report.notes]:
            progress.done(f"  {sentence}")
        return dg.MaterializeResult(
            metadata={
                "rows": report.loaded_count,
                "files": len(report.files),
                "rejected": report.rejected_count,
                "refused": refused,
            }
        )

    return load


def _loaded(context: dg.AssetExecutionContext, settings: Settings, table: SourceTable, on_file) -> LoadReport:
    """Load, and again after a while when a file could not be read or was still being written: a network comes back.

    A load that is repeated under its id skips what it has loaded.
    """
    build = context.resources.build
    wait = dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=FIRST_WAIT_SECONDS * 2**context.retry_number)
    try:
        report = load_table(settings, table, build.version, build.loaded_at, on_file)
    except OSError as error:
        if context.retry_number < RETRIES:
            raise wait from error
        raise
    if context.retry_number < RETRIES and any(file.reason_kind in PASSING for file in report.refused):
        raise wait
    return report


def _words(report: LoadReport) -> str:
    if not report.files:
        return "nothing landed"
    loaded_count = len(report.files) - report.skipped_count - len(report.refused)
    words = [f"{report.loaded_count:,} rows of {_count(loaded_count, 'file')}"] if loaded_count else []
    if report.skipped_count:
        words.append(f"{_count(report.skipped_count, 'file')} already loaded")
    if report.rejected_count:
        words.append(f"{_count(report.rejected_count, 'row')} rejected")
    if report.refused:
        words.append(f"{_count(len(report.refused), 'file')} refused")
    return ", ".join(words)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
