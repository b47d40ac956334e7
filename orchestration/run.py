"""Run a job in this process, as `cx run` does: the same job that `dagster dev` offers."""

import logging
from datetime import UTC, datetime

import dagster as dg

from cx_warehouse.alerts import Alert, send
from cx_warehouse.errors import Refused
from cx_warehouse.history import record
from cx_warehouse.landing.discover import tables_to_load, unread_files
from cx_warehouse.settings import Settings
from orchestration import loading
from orchestration.history import instance
from orchestration.progress import Progress
from orchestration.pull import key_of
from orchestration.triggers import FROM_THE_COMMAND_LINE

# Dagster's own log goes to its run history; the screen belongs to `progress`. Without a handler a library that logs
# first would give the screen to all of them.
logging.getLogger().addHandler(logging.NullHandler())
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run(settings: Settings, job: str, progress: Progress, *, loads: bool = True) -> None:
    """Run `job` (cx: pull, load, transform, check, publish; load, pull: that alone); keep a paper of how it ended.

    Args:
        settings: `systems` says whose files are loaded; the others stay as they were loaded last.
        job: cx, load or pull.
        progress: told what goes on.
        loads: whether files are loaded at all.

    Raises:
        Refused: a check refused the build.
        CxError: bad input, or another run is under way.
    """
    began = datetime.now(UTC)
    try:
        _run(settings, job, progress, loads)
    except KeyboardInterrupt:
        record(settings, job, began, "interrupted")
        raise
    except Exception as error:
        outcome = "refused" if isinstance(error, Refused) else "failed"
        record(settings, job, began, outcome, str(error))
        for trouble in send(settings, Alert(outcome, job, str(error)), is_told=True):
            progress.done(f"  {trouble}")
        raise
    record(settings, job, began, "done")


def _run(settings: Settings, job: str, progress: Progress, loads: bool) -> None:
    # Not an error, since a folder may hold other things too, but a folder misspelt must not pass unseen.
    for name, reason in unread_files(settings) if loads else ():
        progress.done(f"  {name}: not read. {reason}")
    with instance(settings) as history:
        chosen = _definitions(settings, job, progress).resolve_job_def(job)
        if settings.systems or not loads:
            chosen = chosen.get_subset(asset_selection=_selected(settings, chosen, loads))
        tags = {FROM_THE_COMMAND_LINE: "yes"}
        try:
            chosen.execute_in_process(instance=history, run_config=QUIET, raise_on_error=True, tags=tags)
        except dg.DagsterExecutionInterruptedError:
            raise KeyboardInterrupt from None


def _definitions(settings: Settings, job: str, progress: Progress) -> dg.Definitions:
    if job in ("load", "pull"):
        return loading.definitions(settings, progress)
    from orchestration.definitions import definitions

    return definitions(settings, progress)


def _selected(settings: Settings, job: dg.JobDefinition, loads: bool) -> set[dg.AssetKey]:
    """Every asset of the job but the tables of systems that are left out."""
    tables = tables_to_load(settings)
    left_out = [table for table in tables if not loads or table.system not in settings.systems]
    keys = {dg.AssetKey([table.system, table.name]) for table in left_out}
    keys |= {key_of(table.system, table.name) for table in left_out}
    return set(job.asset_layer.executable_asset_keys) - keys
