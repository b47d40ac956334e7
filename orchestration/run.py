"""Run a job in this process, as `cx run` does: the same job that `dagster dev` offers."""

import logging

import dagster as dg

from cx_warehouse.landing.discover import unread_files
from cx_warehouse.settings import Settings
from orchestration.definitions import definitions
from orchestration.history import instance
from orchestration.progress import Progress

# Dagster's own log goes to its run history; the screen belongs to `progress`. Without a handler a library that logs
# first would give the screen to all of them.
logging.getLogger().addHandler(logging.NullHandler())
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


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
