"""One paper per run, readable by machines: what was asked, how it ended, what is published since."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cx_warehouse.settings import Settings
from cx_warehouse.versions import current_version


@dataclass(frozen=True)
class Run:
    """`outcome` is done, refused, failed or interrupted; `message` the sentence a person was shown, if any."""

    job: str
    started_at: str
    ended_at: str
    seconds: float
    outcome: str
    message: str | None
    version: str | None
    as_of: str | None
    systems: list[str]


def record(
    settings: Settings,
    job: str,
    began: datetime,
    outcome: str,
    message: str | None = None,
    ended: datetime | None = None,
) -> Path:
    """Write the paper of a run that has ended.

    Args:
        settings: of the run.
        job: cx or load.
        began: when, with a zone.
        outcome: how it ended.
        message: why, where it did not end well.
        ended: when, with a zone; default: now.

    Returns:
        `<warehouse>/runs/<start>.json`.
    """
    ended = ended or datetime.now(UTC)
    run = Run(
        job=job,
        started_at=began.isoformat(timespec="milliseconds"),
        ended_at=ended.isoformat(timespec="milliseconds"),
        seconds=round((ended - began).total_seconds(), 3),
        outcome=outcome,
        message=message,
        version=current_version(settings),
        as_of=settings.as_of,
        systems=settings.systems,
    )
    folder = settings.runs
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{began.strftime('%Y%m%dT%H%M%S%fZ')}.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(run), indent=2))
    part.replace(path)
    return path


def runs(settings: Settings) -> list[Run]:
    """Every run of this warehouse, newest first."""
    return [Run(**json.loads(path.read_text())) for path in sorted(settings.runs.glob("*.json"), reverse=True)]
