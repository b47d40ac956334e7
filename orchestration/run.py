"""Run a job in this process, as `cx run` does: the same job that `dagster dev` offers."""

import logging
import os
import sqlite3

from cx_warehouse.landing.discover import unread_files
from cx_warehouse.settings import Settings
from orchestration.progress import Progress

# Read when dagster is imported.
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")

import dagster as dg
from sqlalchemy import event
from sqlalchemy.engine import Engine

from orchestration.definitions import definitions

# Dagster's own log goes to its run history; the screen belongs to `progress`. Without a handler a library that logs
# first would give the screen to all of them.
logging.getLogger().addHandler(logging.NullHandler())
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@event.listens_for(Engine, "connect")
def _do_not_wait_for_the_disk(connection, _record) -> None:
    """Dagster commits some 2,000 small transactions a run to its history, and waiting for the disk after each of them
    took longer than the models. A power cut may cost the history of a run, never what is published."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = off")


def run(settings: Settings, job: str, progress: Progress) -> None:
    """Run `job` (cx: load, transform, check, publish; load: the first of these).

    Raises:
        Refused: a check refused the build.
        CxError: bad input, or another run is under way.
    """
    # Not an error, since a folder may hold other things too, but a folder misspelt must not pass unseen.
    for name, reason in unread_files(settings):
        progress.done(f"  {name}: not read. {reason}")
    with instance(settings) as history:
        chosen = definitions(settings, progress).resolve_job_def(job)
        try:
            chosen.execute_in_process(instance=history, run_config=QUIET, raise_on_error=True)
        except dg.DagsterExecutionInterruptedError:
            raise KeyboardInterrupt from None


def instance(settings: Settings) -> dg.DagsterInstance:
    """Dagster's history of runs, in the warehouse."""
    home = settings.dagster_home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    if not config.exists():
        config.write_text("telemetry:\n  enabled: false\n")
    return dg.DagsterInstance.from_config(str(home))
