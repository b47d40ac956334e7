"""When runs start by themselves, and who hears when one fails."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from cx_warehouse.alerts import Alert, send
from cx_warehouse.errors import CxError, Refused
from cx_warehouse.history import record
from cx_warehouse.landing.discover import files_of, tables_to_load
from cx_warehouse.settings import Settings

# Runs of the command line tell of their failures themselves.
FROM_THE_COMMAND_LINE = "cx/command_line"
Job = Any  # of dg.define_asset_job, whose type Dagster keeps to itself
EVERY_DAY = "15 5 * * *"


def schedule(settings: Settings, job: Job) -> dg.ScheduleDefinition:
    """Every day at 05:15 in the business time zone once somebody turns it on; CX_SCHEDULE turns it on.

    Raises:
        CxError: CX_SCHEDULE is no cron expression.
    """
    try:
        return dg.ScheduleDefinition(
            name="on_schedule",
            job=job,
            cron_schedule=settings.schedule or EVERY_DAY,
            execution_timezone=settings.business_timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING if settings.schedule else dg.DefaultScheduleStatus.STOPPED,
            description="Load, transform, check, publish.",
        )
    except dg.DagsterInvalidDefinitionError:
        raise CxError(
            f"Setting schedule (CX_SCHEDULE) is {settings.schedule!r}; expected a cron expression such as "
            f"'{EVERY_DAY}'."
        ) from None


def landing_sensor(settings: Settings, job: Job) -> dg.SensorDefinition:
    """A run when the landed files have changed since the last look but one, and no more since the last."""

    @dg.sensor(
        name="on_landing",
        job=job,
        minimum_interval_seconds=60,
        description="Files have landed, and none has grown for a minute.",
    )
    def on_landing(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        seen, ran = (context.cursor or "-:-").split(":")
        now = fingerprint(settings)
        if now == ran:
            return dg.SkipReason("Nothing has landed since the last run.")
        if now != seen:
            # Half a file is whole for whoever reads it now.
            return dg.SensorResult(skip_reason="Files are landing.", cursor=f"{now}:{ran}")
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=now)], cursor=f"{now}:{now}")

    return on_landing


def fingerprint(settings: Settings) -> str:
    """Changes when a file lands, goes or grows."""
    if not settings.landing.is_dir():
        return "none"
    state = hashlib.sha256()
    for table in tables_to_load(settings):
        for file in files_of(settings, table)[0]:
            try:
                status = file.path.stat()
            except OSError:
                # A link to nowhere, or it went just now: the load says so.
                state.update(f"{file.name}\0unreadable\n".encode())
                continue
            state.update(f"{file.name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return state.hexdigest()


def paper_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """A paper for every run that ends under Dagster without failing; one that fails gets its with the alert."""

    def sensor(status: dg.DagsterRunStatus, outcome: str) -> dg.SensorDefinition:
        @dg.run_status_sensor(
            name=f"paper_of_{outcome}", run_status=status, default_status=dg.DefaultSensorStatus.RUNNING
        )
        def paper(context: dg.RunStatusSensorContext) -> None:
            _keep_paper(settings, context, outcome)

        return paper

    return [sensor(dg.DagsterRunStatus.SUCCESS, "done"), sensor(dg.DagsterRunStatus.CANCELED, "interrupted")]


def _keep_paper(settings: Settings, context: Any, outcome: str, words: str | None = None) -> None:
    run = context.dagster_run
    if FROM_THE_COMMAND_LINE in run.tags:
        return
    kept = context.instance.get_run_record_by_id(run.run_id)
    began, ended = (datetime.fromtimestamp(instant, UTC) for instant in (kept.start_time, kept.end_time))
    record(settings, run.job_name, began, outcome, words, ended)


def failure_sensor(settings: Settings) -> dg.SensorDefinition:
    """An alert and a paper for every run that fails under Dagster."""

    @dg.run_failure_sensor(name="alert", default_status=dg.DefaultSensorStatus.RUNNING)
    def alert(context: dg.RunFailureSensorContext) -> None:
        if FROM_THE_COMMAND_LINE in context.dagster_run.tags:
            return
        told = failure(context)
        _keep_paper(settings, context, told.outcome, told.words)
        for trouble in send(settings, told):
            context.log.error(trouble)

    return alert


def failure(context: dg.RunFailureSensorContext) -> Alert:
    """What a failed run has to say: the words of the step that failed first."""
    failed = [event.event_specific_data for event in context.get_step_failure_events()]
    error = (failed or [context.failure_event.event_specific_data])[0].error
    cause = getattr(error, "cause", None) or error
    words = getattr(cause, "message", None) or context.failure_event.message or "no reason given"
    is_refused = getattr(cause, "cls_name", None) == Refused.__name__
    return Alert("refused" if is_refused else "failed", context.dagster_run.job_name, words.strip())


def freshness(settings: Settings) -> dg.FreshnessPolicy:
    """How old what is published may be before Dagster's pages say so."""
    late = timedelta(hours=settings.fresh_hours)
    return dg.FreshnessPolicy.time_window(fail_window=2 * late, warn_window=late)
