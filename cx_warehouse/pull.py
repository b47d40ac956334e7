"""Rows of databases and REST interfaces, pulled into the landing folder by dlt.

A pull lands files in the layout of the contract, so the loader stays the one way in. It asks for what has changed
since the pull before, by a column that only grows; how far it came, and what it has not landed yet, is kept in
`<warehouse>/pulls`. A file is named once, before it lands, and takes its place in one step: a pull that was killed
lands it again under the same name with the same bytes.
"""

import json
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from cx_warehouse.contract import contract_tables
from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings


class _Source(BaseModel):
    """What both kinds of source say; names of columns are those of the source, but for the left side of `columns`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cursor: str = Field(description="Column that grows with every change.")
    key: str = Field(description="Column that tells rows apart.")
    columns: dict[str, str] = Field({}, description="Column of the contract ← column of the source.")
    lag: float = Field(0, ge=0, description="How far before the last value is asked again, in seconds or in numbers.")


class Postgres(_Source):
    """A table or view of a PostgreSQL database."""

    kind: Literal["postgres"]
    dsn_from: str = Field(description="Environment variable with postgresql://user:password@host/database.")
    relation: str = Field(pattern=r"^\w+\.\w+$", description="schema.table")


class Rest(_Source):
    """A resource of an HTTP interface that answers JSON."""

    kind: Literal["rest"]
    url: str = Field(pattern="^https?://", description="Address of the interface.")
    path: str = Field(description="Of the resource, below the address.")
    token_from: str | None = Field(None, description="Environment variable with a bearer token.")
    rows: str | None = Field(None, description="JSON path of the list of rows; default: found.")
    since: str = Field(description="Parameter of the query that takes the cursor's last value.")
    first: str = Field("1970-01-01T00:00:00Z", description="What it takes the first time.")
    next: str | None = Field(None, description="JSON path of the address of the next page; default: found.")


SOURCES = TypeAdapter(dict[str, dict[str, Annotated[Postgres | Rest, Field(discriminator="kind")]]])


@dataclass(frozen=True)
class Pull:
    """One table of the contract and where its rows come from."""

    system: str
    table: str
    source: Postgres | Rest

    @property
    def id(self) -> str:
        """The table as `system.table`."""
        return f"{self.system}.{self.table}"


def pulls(settings: Settings) -> list[Pull]:
    """What the file of pulls names, sorted by table; nothing where there is no such file.

    Raises:
        CxError: the file cannot be read, names a table that is not in the contract, or says something unknown.
    """
    if not settings.pulls.is_file():
        return []
    try:
        named = SOURCES.validate_python(tomllib.loads(settings.pulls.read_text()))
    except tomllib.TOMLDecodeError as error:
        raise CxError(f"{settings.pulls} is no TOML: {error}.") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors())
        raise CxError(f"{settings.pulls}: {wrong}. docs/pull.md lists what can be said.") from None
    known = {table.id for table in contract_tables()}
    found = [Pull(system, table, source) for system, tables in named.items() for table, source in tables.items()]
    for pull in found:
        if pull.id not in known:
            raise CxError(
                f"{settings.pulls}: the contract has no table {pull.id}. There are: {', '.join(sorted(known))}."
            )
    return sorted(found, key=lambda pull: pull.id)


def pull_rows(settings: Settings, pull: Pull) -> int:
    """Land what has changed since the last pull of this table.

    What a pull before could not land is landed first.

    Returns:
        Rows that were asked for and landed now.

    Raises:
        CxError: dlt is not installed, a secret is not in the environment, or the source does not answer.
    """
    # Read when dlt is imported: nothing is told to anybody, errors are sentences, and the next pull tries again.
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL", "LOAD__RAISE_ON_MAX_RETRIES": "1"}
    os.environ.update(quiet)
    try:
        import dlt
        from dlt.pipeline.exceptions import PipelineStepFailed
    except ImportError as error:
        raise CxError("Pulls need dlt. Install it with: pip install 'cx-warehouse[pull]'") from error

    landed = []

    def land(file: str, _table: dict) -> None:
        landed.append(_land(Path(file), settings.landing / pull.system / pull.table, pull.source.columns))

    pipeline = dlt.pipeline(
        pipeline_name=f"{pull.system}__{pull.table}",
        pipelines_dir=str(settings.pulled.resolve()),
        destination=dlt.destination(land, batch_size=0, loader_file_format="parquet", name="landing"),
    )
    # What looks like an instant stays as it was written.
    schema = dlt.Schema(pipeline.pipeline_name)
    schema.remove_type_detection("iso_timestamp")
    # After the cursor has been compared as what it is. What a database types gets its type back from dlt.
    as_text = dlt.transformer(_as_text, name="landed", write_disposition="append")
    try:
        if pipeline.has_pending_data:
            pipeline.run()
        pipeline.run(_rows(pull) | as_text, schema=schema)
    except PipelineStepFailed as error:
        cause = error.exception
        while cause.__cause__ is not None:
            cause = cause.__cause__
        raise CxError(
            f"{pull.id} could not be pulled: {str(cause).strip().splitlines()[0]}. What was landed before stays; the "
            "next pull goes on from there."
        ) from error
    return sum(landed)


def _rows(pull: Pull) -> Any:
    """The rows as a resource of dlt, from the cursor's last value on."""
    import dlt

    source = pull.source
    if isinstance(source, Postgres):
        from dlt.sources.sql_database import sql_table

        schema, relation = source.relation.split(".")
        return sql_table(
            credentials=_secret(pull, source.dsn_from).replace("postgresql://", "postgresql+psycopg://", 1),
            schema=schema,
            table=relation,
            incremental=dlt.sources.incremental(source.cursor, lag=source.lag or None),
            primary_key=source.key,
            defer_table_reflect=True,
        )
    from dlt.sources.rest_api import rest_api_resources

    since = {"cursor_path": source.cursor, "start_param": source.since, "initial_value": source.first}
    endpoint: dict[str, Any] = {"path": source.path, "incremental": since | ({"lag": source.lag} if source.lag else {})}
    if source.rows:
        endpoint["data_selector"] = source.rows
    if source.next:
        endpoint["paginator"] = {"type": "json_link", "next_url_path": source.next}
    client: dict[str, Any] = {"base_url": source.url}
    if source.token_from:
        client["auth"] = {"type": "bearer", "token": _secret(pull, source.token_from)}
    asked = {
        "name": f"{pull.table}_asked",
        "endpoint": endpoint,
        "primary_key": source.key,
        "write_disposition": "append",
    }
    (resource,) = rest_api_resources({"client": client, "resources": [asked]})
    return resource


def _secret(pull: Pull, name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise CxError(f"The pull of {pull.id} needs the environment variable {name}, which is not set.")
    return value


def _as_text(rows: list[dict]) -> Iterator[list[dict]]:
    """Values as text, so that no type is guessed: an instant without an offset stays one."""
    yield [{name: _text(value) for name, value in row.items()} for row in rows]


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float | dict | list):
        return json.dumps(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _land(file: Path, folder: Path, columns: dict[str, str]) -> int:
    """Put one finished file of dlt into the landing folder under the contract's names; returns its rows."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(file)
    renamed = {theirs: ours for ours, theirs in columns.items()}
    kept = [name for name in table.column_names if not name.startswith("_dlt_")]
    table = table.select(kept).rename_columns([renamed.get(name, name) for name in kept])
    folder.mkdir(parents=True, exist_ok=True)
    # <table>.<id>.<tries>.parquet: the id is the file's for good, whatever the number of tries.
    name = f"pulled-{file.name.split('.')[1]}.parquet"
    beside = folder / f".{name}"
    parquet.write_table(table, beside)
    beside.replace(folder / name)
    return table.num_rows
