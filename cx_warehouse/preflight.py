"""What can be known to be wrong before any work is done."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from cx_warehouse.contract import connectors, contract_tables
from cx_warehouse.errors import CxError
from cx_warehouse.memory import memory_limit
from cx_warehouse.project import PROJECT
from cx_warehouse.settings import Settings
from cx_warehouse.yaml_files import read_yaml


def preflight(settings: Settings) -> None:
    """Check every setting that a run rests on.

    Raises:
        CxError: the first that is wrong: what was found, what is expected.
    """
    _check_landing(settings.landing)
    _check_connectors(settings.connectors)
    _check_systems(settings)
    _check_target(settings.target)
    _check_timezone(settings.business_timezone)
    _check_currency(settings.reporting_currency)
    memory_limit(settings.memory_limit)
    as_of(settings)


def check_place(warehouse: Path) -> None:
    """Refuse a folder in which no models can be built: dbt and DuckDB read these signs of a path as something else.

    Raises:
        CxError: its path holds one of them.
    """
    path = str(warehouse.resolve())
    if odd := next((sign for sign in path if sign in "'[*?{}\\"), None):
        raise CxError(
            f"The path of the warehouse, {path}, holds the sign {odd} which the engine reads as something else. Name "
            "another folder with --warehouse."
        )


def as_of(settings: Settings) -> str | None:
    """The instant at which time stops, in UTC with a Z; None when the data decide.

    Without an offset it is read in the business time zone; a date alone means its first instant.

    Raises:
        CxError: it is not ISO 8601.
    """
    if settings.as_of is None:
        return None
    _check_timezone(settings.business_timezone)
    try:
        instant = datetime.fromisoformat(settings.as_of.strip())
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=ZoneInfo(settings.business_timezone))
        # At either end of the calendar another offset may leave it.
        return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    except (ValueError, OverflowError):
        raise CxError(
            f"as-of is {settings.as_of!r}; expected an instant in ISO 8601 such as 2026-06-30T18:00:00Z or 2026-07-01."
        ) from None


def _check_landing(landing: Path) -> None:
    if landing.is_dir():
        return
    systems: dict[str, list[str]] = {}
    for table in contract_tables():
        systems.setdefault(table.system, []).append(table.name)
    layout = "; ".join(f"{system}/: {', '.join(names)}" for system, names in systems.items())
    found = "is a file" if landing.exists() else "does not exist"
    raise CxError(
        f"The landing folder {landing} {found}. Expected files as <landing>/<system>/<table>/…: {layout} (any may be "
        f"absent), or a tool's export with --connector. `cx sample {landing}` writes an example."
    )


def _check_connectors(chosen: list[str]) -> None:
    known = connectors()
    for name in chosen:
        if name not in known:
            raise CxError(f"There is no connector '{name}'. There are: {', '.join(known) or 'none'}.")


def _check_systems(settings: Settings) -> None:
    known = sorted({table.system for table in contract_tables()} | set(settings.connectors))
    for name in settings.systems:
        if name not in known:
            raise CxError(f"There is no system '{name}'. There are: {', '.join(known)}.")


def _check_target(target: str) -> None:
    outputs = read_yaml(PROJECT / "profiles.yml")["cx_warehouse"]["outputs"]
    if target not in outputs:
        raise CxError(f"There is no target '{target}' in profiles.yml. There are: {', '.join(sorted(outputs))}.")
    if (engine := outputs[target]["type"]) != "duckdb":
        raise CxError(
            f"Target '{target}' is of type {engine}: a published version is a DuckDB file, so `cx run` builds targets "
            f"of type duckdb. Build this one with `cx load` and `dbt build --target {target}` (docs/engines.md)."
        )


def _check_timezone(name: str) -> None:
    if name not in available_timezones():
        raise CxError(f"There is no time zone '{name}'; expected an IANA name such as Europe/Berlin or UTC.")


def _check_currency(code: str | None) -> None:
    if code is not None and not re.fullmatch(r"[A-Z]{3}", code):
        raise CxError(f"The reporting currency is '{code}'; expected three capital letters (ISO 4217) such as EUR.")
