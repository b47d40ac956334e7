"""What is published, read-only: the one way in for the app and for `cx query`."""

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cx_warehouse.errors import CxError
from cx_warehouse.memory import memory_limit
from cx_warehouse.settings import Settings

# Schemas in which a table is found by its bare name, first match first.
SCHEMAS = ("marts", "reference", "staging", "intermediate")

# A build calls its file warehouse.duckdb, and views remember the database by that name.
DATABASE = "warehouse"

_READS = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}

# These table functions change the instance, or write a file, from within a select; no setting of 1.5 stops them.
_SWITCHES = re.compile(r"\b(enable|disable)_(logging|profiling)\b|\bset_log\w*|\btruncate_duckdb_logs\b", re.IGNORECASE)


@dataclass(frozen=True)
class Result:
    """Rows of one query: `columns` are names in order, `rows` tuples in that order."""

    columns: list[str]
    rows: list[tuple]


def published_file(settings: Settings) -> Path:
    """The file of the version that is published now.

    Args:
        settings: the warehouse folder is taken from it.

    Returns:
        The real path of the versioned file, not of the link: the link may be repointed at any moment.

    Raises:
        CxError: nothing is published, or what is published is gone.
    """
    link = settings.current
    try:
        return link.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError):
        if link.is_symlink():
            raise CxError(
                f"{link} points at {link.readlink()}, which is missing. Run `cx rollback` to go back to a version that "
                "is there, or `cx run` to publish a new one."
            ) from None
        raise CxError(f"Nothing is published in {settings.warehouse}. Run `cx run` first.") from None


def connect(path: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection to one published file that can do nothing but read it.

    The file is attached to an instance of its own: DuckDB gives a second connection to one path the old
    contents for as long as another connection to that path is open in the process.

    Args:
        path: a published file.
        settings: caps of memory and threads.

    Returns:
        A connection whose tables are found unqualified; a cursor of it needs `search_path` for that.

    Raises:
        CxError: the file is not a database that can be read.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": memory_limit(settings.memory_limit),
            "threads": str(settings.threads),
        },
    )
    try:
        literal = str(path).replace("'", "''")
        connection.execute(f"attach '{literal}' as {DATABASE} (read_only)")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        connection.execute(f"set search_path = '{search_path(connection)}'")
    except duckdb.Error as error:
        connection.close()
        raise CxError(
            f"{path} cannot be read: {sentence(error)} Run `cx rollback` to go back to the version before, or `cx run` "
            "to publish a new one."
        ) from error
    return connection


def search_path(connection: duckdb.DuckDBPyConnection) -> str:
    """The published schemas that a file holds, as DuckDB's setting of that name; a schema that is missing is refused.

    Args:
        connection: a connection of `connect`.

    Returns:
        The value of `set search_path`, which cursors do not inherit.
    """
    held = connection.execute("select schema_name from duckdb_schemas() where database_name = ?", [DATABASE]).fetchall()
    return ",".join(f"{DATABASE}.{schema}" for schema in (*SCHEMAS, "main") if (schema,) in held)


def open_published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A read-only, locked-down connection to what is published now.

    Args:
        settings: warehouse folder, memory and threads.

    Returns:
        A connection; close it when done. It keeps reading the same version whatever is published meanwhile.

    Raises:
        CxError: nothing is published, or the published file cannot be read.
    """
    path = published_file(settings)
    try:
        return connect(path, settings)
    except CxError:
        # A version may be pruned between the look at the link and the opening: then there is a newer one.
        newer = published_file(settings)
        if newer == path:
            raise
        return connect(newer, settings)


def query(settings: Settings, sql: str) -> Result:
    """Runs one reading statement on what is published.

    Args:
        settings: warehouse folder, memory and threads.
        sql: one statement that reads: select, from, with, values, describe, show, summarize or explain.

    Returns:
        Column names and all rows.

    Raises:
        CxError: not one reading statement, an error in it, or nothing published.
    """
    _refuse_unless_reading(sql)
    with open_published(settings) as connection:
        try:
            cursor = connection.execute(sql)
            return Result([column[0] for column in cursor.description], cursor.fetchall())
        except duckdb.Error as error:
            raise CxError(
                f'The query failed: {sentence(error)} `cx query "show all tables"` lists what there is.'
            ) from error


def _refuse_unless_reading(sql: str) -> None:
    try:
        kinds = [statement.type for statement in duckdb.extract_statements(sql)]
    except duckdb.Error as error:
        raise CxError(f"The query cannot be read as SQL: {sentence(error)}") from error
    if len(kinds) != 1:
        raise CxError(f"Expected one statement, found {len(kinds)}. Give one select at a time.")
    if kinds[0] not in _READS:
        raise CxError(f"What is published is only read: a {kinds[0].name} statement is refused. Give a select.")
    if switch := _SWITCHES.search(sql):
        raise CxError(f"What is published is only read: {switch[0]} is refused.")


def sentence(error: Exception) -> str:
    """The words of a DuckDB error without the picture of the statement under it.

    Args:
        error: what DuckDB raised.

    Returns:
        One line that ends in a full stop or question mark.
    """
    words = " ".join(str(error).split("\n\nLINE ")[0].split())
    return words if words.endswith((".", "?", "!")) else f"{words}."
