"""The contract, read from the YAML in which dbt reads it too: models/sources and each connector's own sources."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cx_warehouse.errors import CxError
from cx_warehouse.project import MODELS, PROJECT, own_models
from cx_warehouse.yaml_files import read_yaml


@dataclass(frozen=True)
class Column:
    """One column of a source table. `data_type` is what the text must be readable as (see models/sources);
    `references` a table of the contract, or a seed, whose key it holds; `is_words`: people wrote it in their own; of an
    export, `also` other headers of it, `pointer` where a record of JSON holds it (RFC 6901), `only_where` the condition
    (SQL) under which it holds what it references."""

    name: str
    data_type: str
    description: str
    is_key: bool = False
    is_required: bool = False
    is_pii: bool = False
    is_email: bool = False
    is_words: bool = False
    references: str | None = None
    allowed: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    pointer: str | None = None
    only_where: str | None = None


@dataclass(frozen=True)
class SourceTable:
    """One table that can be landed: `system` is crm, survey, fulfilment or a tool; `files` globs of an export;
    columns that it does not name are kept as they came, unless it `leaves_out_unknown`; `is_people`: its keys are
    ids of people."""

    system: str
    name: str
    columns: tuple[Column, ...]
    files: str | None = None
    leaves_out_unknown: bool = False
    is_people: bool = False

    @property
    def id(self) -> str:
        return f"{self.system}.{self.name}"

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Columns that a file must have."""
        return tuple(column.name for column in self.columns if column.is_required)

    @cached_property
    def pii(self) -> tuple[str, ...]:
        """Columns of which only a keyed hash may leave the loader."""
        return tuple(column.name for column in self.columns if column.is_pii and not column.is_words)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Columns of free words, of which `CX_COMMENTS` says what becomes."""
        return tuple(column.name for column in self.columns if column.is_words)


def contract_tables() -> list[SourceTable]:
    """The thirteen tables of the contract, in the order of models/sources."""
    paths = sorted(path for path in (MODELS / "sources").glob("*.yml") if path.stem != "ops")
    return [table for path in paths for table in _read(path)]


def connector_tables(tool: str) -> list[SourceTable]:
    """The export tables of one tool.

    Raises:
        CxError: no connector has that name.
    """
    return _read(connector_folder(tool) / f"_{tool}__sources.yml")


def connector_folder(tool: str) -> Path:
    """Where the models of a connector lie: with ours, or in the caller's own project.

    Raises:
        CxError: no connector has that name.
    """
    folders = [path.parent for path in _sources() if path.parent.name == tool]
    if not folders:
        raise CxError(f"There is no connector '{tool}'. There are: {', '.join(connectors()) or 'none'}.")
    return folders[0]


def feeds(tool: str) -> dict[str, tuple[str, ...]]:
    """Which tables of the contract a connector fills, each from which of its export tables (any one of them will do).

    Raises:
        CxError: no connector has that name.
    """
    exports = tuple(table.name for table in connector_tables(tool))
    declared = read_yaml(PROJECT / "dbt_project.yml")["vars"]["cx_connector_tables"].get(tool)
    if declared is None:
        stems = [path.stem.split("__") for path in sorted(connector_folder(tool).glob(f"{tool}__*__*.sql"))]
        declared = [".".join(parts[1:]) for parts in stems]
    # A list where every export table tells of every table that the connector fills.
    return {table: tuple(declared[table]) if isinstance(declared, dict) else exports for table in declared}


def connectors() -> list[str]:
    """Names of the connectors that ship or that the user has added."""
    return sorted({path.parent.name for path in _sources()})


def own_connectors() -> list[str]:
    """Names of the connectors of the caller's own project."""
    folder = own_models()
    return sorted(path.parent.name for path in _sources() if folder and path.is_relative_to(folder))


def _sources() -> list[Path]:
    folders = [MODELS, own_models()]
    return [path for folder in folders if folder for path in sorted(folder.glob("connectors/*/_*__sources.yml"))]


def _read(path: Path) -> list[SourceTable]:
    document = read_yaml(path)
    return [
        SourceTable(
            system=source["name"],
            name=table["name"],
            columns=tuple(_column(column) for column in table["columns"]),
            files=table.get("config", {}).get("meta", {}).get("files"),
            is_people=table.get("config", {}).get("meta", {}).get("people", False),
            leaves_out_unknown=table.get("config", {}).get("meta", {}).get("unknown") == "left_out",
        )
        for source in document["sources"]
        for table in source["tables"]
    ]


def _column(column: dict) -> Column:
    meta = column.get("config", {}).get("meta", {})
    return Column(
        name=column["name"],
        data_type=column["data_type"],
        description=column["description"],
        is_key=meta.get("key", False),
        is_required=meta.get("required", False),
        is_pii=bool(meta.get("pii", False)),
        is_email=meta.get("pii") == "email",
        is_words=meta.get("words", False),
        references=meta.get("references"),
        allowed=tuple(meta.get("allowed", ())),
        also=tuple(meta.get("also", ())),
        pointer=meta.get("pointer"),
        only_where=meta.get("only_where"),
    )
