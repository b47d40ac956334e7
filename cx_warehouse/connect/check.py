"""A connector tried on files: what the loader refuses, which required columns stay empty, ten mapped rows."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from cx_warehouse.contract import SourceTable, connector_folder, connector_tables, contract_tables, feeds
from cx_warehouse.errors import CxError
from cx_warehouse.landing import Problem, ensure_raw, load_table
from cx_warehouse.landing.discover import unread_files
from cx_warehouse.landing.engine import identifier, literal
from cx_warehouse.landing.forecast import typed_problems
from cx_warehouse.landing.header import Mapping
from cx_warehouse.landing.pii import masked
from cx_warehouse.memory import opened
from cx_warehouse.settings import Settings
from cx_warehouse.tabular import render

_EXAMPLES = 3
_PREVIEWED = 10
# Files are loaded once, into a folder that is thrown away.
_LOAD = ("20000101T000000000000Z", datetime(2000, 1, 1))


@dataclass
class MappedTable:
    """What came out for one table of the contract.

    `problems` are of its columns; `preview` has the first rows, personal data masked, columns without a value left out.
    """

    table: SourceTable
    row_count: int
    problems: list[Problem]
    preview: str

    @property
    def missing(self) -> list[Problem]:
        """Required columns that a row lacks or has unreadable."""
        return [problem for problem in self.problems if problem.is_rejected]


@dataclass
class ConnectorCheck:
    """What a connector makes of some files."""

    tool: str
    refused: list[str] = field(default_factory=list)
    tables: list[MappedTable] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether every file was taken, and every row of every table has what is required of it."""
        return not self.refused and all(mapped.row_count and not mapped.missing for mapped in self.tables)

    def lines(self) -> Iterator[str]:
        """The report in words."""
        yield from self.refused
        for mapped in self.tables:
            yield f"{mapped.table.id}: {mapped.row_count:,} rows"
            for problem in mapped.problems:
                what = "required column" if problem.is_rejected else "column"
                of = "every row" if problem.row_count == mapped.row_count else f"{problem.row_count:,} rows"
                shown = "; ".join(f"line {line}: {found}" for line, found in problem.examples)
                found = "" if problem.kind == "missing" else f"; found {shown}"
                yield f"  {what} {problem.column} is {problem.kind} in {of}: expected {problem.expected}{found}"
            yield from mapped.preview.splitlines()
        if self.is_complete:
            yield f"{self.tool} is complete: every required column is filled."
        else:
            lacking = sum(len(mapped.missing) for mapped in self.tables)
            yield f"{self.tool} is not complete: {lacking} required columns, {len(self.refused)} files not taken."


def check(settings: Settings, tool: str, files: list[Path]) -> ConnectorCheck:
    """Load files with a connector, map them, and hold what comes out against the contract. Nothing is kept.

    Args:
        settings: key of personal data, memory, threads, business time zone.
        tool: the connector.
        files: what its tool exports, one or more.

    Raises:
        CxError: there is no such connector or file, or its models cannot be made.
    """
    connector_folder(tool)
    for path in files:
        if not path.is_file():
            raise CxError(f"There is no file {path}.")
    if not files:
        raise CxError("No file is given; expected what the tool exports.")
    with tempfile.TemporaryDirectory(prefix="cx-connect-") as folder:
        chosen = settings.model_copy(
            update={
                "landing": Path(folder) / "landing",
                "warehouse": Path(folder) / "warehouse",
                "connectors": [tool],
                "systems": [],
                "target": "duckdb",
                "as_of": None,
            }
        )
        return _checked(chosen, tool, files)


def _checked(settings: Settings, tool: str, files: list[Path]) -> ConnectorCheck:
    from orchestration.dbt import run_models

    own = settings.landing / tool
    own.mkdir(parents=True)
    for path in files:
        shutil.copyfile(path, own / path.name)
    ensure_raw(settings)
    report = ConnectorCheck(tool, [f"{name}: not read. {reason}" for name, reason in unread_files(settings)])
    for table in connector_tables(tool):
        report.refused += [result.reason for result in load_table(settings, table, *_LOAD).refused]
    database = settings.warehouse / "mapped.duckdb"
    run_models(settings, database, [f"+{path.stem}" for path in sorted(connector_folder(tool).glob("*.sql"))])
    filled = set(feeds(tool))
    with opened(database, settings.memory_limit) as connection:
        for table in (table for table in contract_tables() if table.id in filled):
            report.tables.append(_mapped(connection, table, f"staging.{tool}__{table.system}__{table.name}"))
    return report


def _mapped(connection: duckdb.DuckDBPyConnection, table: SourceTable, relation: str) -> MappedTable:
    connection.execute(f"create or replace temp table landed as from {relation}")
    mapping = Mapping({column.name: at for at, column in enumerate(table.columns)}, [], ())
    problems, _ = typed_problems(connection, table, mapping, _EXAMPLES)
    (row_count,) = connection.execute("select count(*) from landed").fetchone()
    shown = [
        (column.name, literal("***") if column.is_pii else masked(identifier(column.name)))
        for column in table.columns
        if connection.execute(f"select count({identifier(column.name)}) from landed").fetchone()[0]
    ]
    if not shown:
        return MappedTable(table, row_count, problems, "")
    values = ", ".join(f"if({identifier(name)} is null, null, {sql}) as {identifier(name)}" for name, sql in shown)
    rows = connection.execute(f"select {values} from landed order by _file, _line limit {_PREVIEWED}").fetchall()
    return MappedTable(table, row_count, problems, render([name for name, _ in shown], rows, "table"))
