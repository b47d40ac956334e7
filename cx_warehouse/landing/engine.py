"""The DuckDB instance that loads: in memory, with nothing but files to read, and what its errors mean."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from cx_warehouse.errors import CxError
from cx_warehouse.memory import memory_limit
from cx_warehouse.settings import Settings

_SMALL_BYTES = 1_000_000

# Errors that say something about this machine and nothing about the file.
_OWN_FAULTS = (duckdb.OutOfMemoryException, duckdb.InterruptException, duckdb.FatalException, duckdb.InternalException)


@contextmanager
def loader_connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for one table's load; what does not fit in memory spills into a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="cx-load-") as spill:
        connection = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "python_enable_replacements": "false",
                "preserve_insertion_order": "true",
                "memory_limit": memory_limit(settings.memory_limit),
                "threads": str(settings.threads),
                "temp_directory": spill,
            },
        )
        try:
            # Instants of Parquet files are written out in UTC whatever the machine's zone is.
            connection.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
            connection.execute(
                "create temp table rejected_lines "
                "(line bigint, found varchar, expected varchar, reason_kind varchar, reason varchar)"
            )
            yield connection
        finally:
            connection.close()


def fit_threads(connection: duckdb.DuckDBPyConnection, file_bytes: int, threads: int) -> None:
    """One thread for a small file: handing its few rows around costs a third more than it saves (measured)."""
    connection.execute(f"set threads = {threads if file_bytes > _SMALL_BYTES else 1}")


def raise_own_fault(error: duckdb.Error) -> None:
    """Lets through what is not the file's fault (memory, disk, an interrupt), so that no file is refused for it.

    Raises:
        CxError: memory or disk are full. DuckDB's words are left out where they may quote the file.
    """
    if isinstance(error, duckdb.OutOfMemoryException):
        raise CxError("The load ran out of memory. Raise CX_MEMORY_LIMIT, or land smaller files.") from None
    if "No space left" in str(error):
        raise CxError("The disk is full. Free some space and run again; nothing was published.") from None
    if isinstance(error, _OWN_FAULTS):
        raise error


def literal(text: str) -> str:
    """A text as SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def path_literal(path: Path) -> str:
    """A path as SQL literal of a reader, in which `[`, `*` and `?` stand for themselves."""
    return literal("".join(f"[{char}]" if char in "[*?" else char for char in str(path)))
