"""What lies in raw and what the ledger says of it; every file is whole or not there.

Order of a load: for each file its rejected lines, then its data; then rejects and columns of all, last the ledger
(ops.files), each written under a temporary name, fsynced and renamed. The ledger is what makes a load count. What a
killed load leaves behind is mended by the next, whether or not the sources are still there: rejects and columns without
their ledger are removed, and a data file without ledger row gets its own, with its rejects and columns, under the load
that wrote it. Counts and columns the data file carries with it, its rejected lines lie beside it until then.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from cx_warehouse.contract import SourceTable
from cx_warehouse.errors import CxError
from cx_warehouse.landing.discover import tables_to_load
from cx_warehouse.landing.engine import literal, path_literal
from cx_warehouse.landing.report import FileResult
from cx_warehouse.project import MODELS
from cx_warehouse.settings import Settings
from cx_warehouse.yaml_files import read_yaml

# Under this key each data file carries its own ledger row, with its load and its rows of ops.columns.
METADATA_KEY = "cx_ledger"

_INSTANT = pa.timestamp("us")
LINEAGE = [
    ("_unknown_columns", pa.string()),
    ("_file", pa.string()),
    ("_line", pa.int64()),
    ("_load_id", pa.string()),
    ("_loaded_at", _INSTANT),
    ("_file_hash", pa.string()),
    ("_row_hash", pa.string()),
]
_OPS_TYPES = {"varchar": pa.string(), "bigint": pa.int64(), "double": pa.float64(), "timestamp": _INSTANT}


@cache
def ops_schemas() -> dict[str, pa.Schema]:
    """files, rejects and columns as models/sources/ops.yml declares them to the models that read them."""
    document = read_yaml(MODELS / "sources" / "ops.yml")
    return {
        table["name"]: pa.schema([(column["name"], _OPS_TYPES[column["data_type"]]) for column in table["columns"]])
        for table in document["sources"][0]["tables"]
    }


def ensure_raw(settings: Settings) -> None:
    """Makes the raw folder ready for readers: a file with no rows per table, so that a glob always finds every column.

    Call it under the run's lock: what a killed load left half-written is removed.

    Raises:
        CxError: a chosen connector does not exist.
    """
    settings.raw.mkdir(parents=True, exist_ok=True)
    for leftover in settings.raw.glob(".*.part"):
        leftover.unlink()
    schemas = {f"ops.{name}": schema for name, schema in ops_schemas().items()}
    schemas |= {table.id: raw_schema(table) for table in tables_to_load(settings)}
    for name, schema in schemas.items():
        path = settings.raw / f"{name}.absent.parquet"
        # One of an older contract may lack a column that every file of data lacks too.
        if not path.exists() or pq.read_schema(path).names != schema.names:
            with replaced(path) as part:
                pq.write_table(schema.empty_table(), part)


def raw_schema(table: SourceTable) -> pa.Schema:
    """The columns of a table's Parquet files in raw."""
    return pa.schema([(column.name, pa.string()) for column in table.columns] + LINEAGE)


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A temporary name to write; what stands there at the end takes the place of `path` at once, or never."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Makes the renames in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def data_file(settings: Settings, table: SourceTable, file_hash: str) -> Path:
    """Where the rows of a file with that content lie."""
    return settings.raw / f"{table.id}.{file_hash[:16]}.parquet"


def settle(settings: Settings, table: SourceTable, connection: duckdb.DuckDBPyConnection) -> list[dict]:
    """Mends the ledger of one table after a load that was killed.

    Call it under the run's lock.

    Args:
        settings: the warehouse folder.
        table: the table.
        connection: of `loader_connection`.

    Returns:
        The rows of ops.files, over all loads, of what is loaded.

    Raises:
        CxError: a data file was not written by the loader.
    """
    for name in ("rejects", "columns"):
        for path in settings.raw.glob(f"ops.{name}.*.{table.id}.parquet"):
            load_id = path.name.removeprefix(f"ops.{name}.").removesuffix(f".{table.id}.parquet")
            if not _ops_file(settings, table, "files", load_id).exists():
                path.unlink()
    # Words kept apart of a file whose rows were never written; a part of one has no such name in raw either.
    for path in (*settings.apart.glob(f"{table.id}.*"), *settings.apart.glob(f".{table.id}.*")):
        if not (settings.raw / path.name).exists():
            path.unlink()
    rows = _loaded_rows(settings, table, connection)
    unentered: dict[str, list[dict]] = {}
    for short in sorted(_data_hashes(settings, table) - {row["file_hash"][:16] for row in rows}):
        carried = _carried(settings.raw / f"{table.id}.{short}.parquet")
        unentered.setdefault(carried["load_id"], []).append(carried)
    for load_id, files in unentered.items():
        rows += _enter(settings, table, load_id, files)
    _remove_rejected_lines(settings, table)
    return rows


class TableLedger:
    """The ledger of one table for one load."""

    def __init__(
        self,
        settings: Settings,
        table: SourceTable,
        load_id: str,
        loaded_at: datetime,
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        self._settings = settings
        self._table = table
        self._load_id = load_id
        self._loaded_at = loaded_at
        self._connection = connection
        self._rows = settle(settings, table, connection)

    @property
    def loaded_hashes(self) -> set[str]:
        """Hashes of the contents that are loaded and still lie in raw."""
        data = _data_hashes(self._settings, self._table)
        return {row["file_hash"] for row in self._rows if row["file_hash"][:16] in data}

    def carried(self, result: FileResult, columns: list[tuple]) -> str:
        """What the data file of a loaded file carries under METADATA_KEY."""
        head = {"load_id": self._load_id, "loaded_at": self._loaded_at.isoformat()}
        return json.dumps(head | asdict(result) | {"notes": [], "columns": columns})

    def keep_rejected_lines(self, result: FileResult, rejects: str) -> None:
        """Puts the rejected lines of one file where a load finds them after this one was killed.

        Args:
            result: of the file; its data is not written yet.
            rejects: SQL of them, with the columns of ops.rejects after `table_name`.
        """
        if result.rejected_count:
            with replaced(_rejected_lines(self._settings, self._table, result.file_hash)) as part:
                self._copy(rejects, part)

    def commit(self, results: list[FileResult], rejects: str, columns: list[tuple]) -> None:
        """Writes rejects, columns and, last, the ledger of this load; a load repeated under its id adds to its rows.

        Args:
            results: one per file considered.
            rejects: temporary table of rejects with the columns of ops.rejects after `table_name`.
            columns: rows of the profile: file, file_hash, column_name, filled, empty, negative.
        """
        kept = [row for row in self._rows if row["load_id"] == self._load_id]
        kept_files = {row["file"] for row in kept}
        new = [_files_row(asdict(each), self._head()) for each in results if each.file not in kept_files]
        self._write_rejects(rejects, kept_files)
        _write_columns(self._settings, self._table, self._load_id, columns, kept_files)
        sync_folder(self._settings.raw)
        if kept or new:
            _write_ops(_ops_file(self._settings, self._table, "files", self._load_id), "files", kept + new)
            sync_folder(self._settings.raw)
        _remove_rejected_lines(self._settings, self._table)

    def _head(self) -> dict:
        return _head(self._table, self._load_id) | {"loaded_at": self._loaded_at}

    def _write_rejects(self, rejects: str, kept_files: set[str]) -> None:
        path = _ops_file(self._settings, self._table, "rejects", self._load_id)
        earlier = ""
        if path.exists():
            self._connection.register("kept_files", pa.table({"file": pa.array(sorted(kept_files), pa.string())}))
            earlier = (
                f"union all by name select * from read_parquet({path_literal(path)}, hive_partitioning = false) "
                "where file in (from kept_files)"
            )
        count = self._connection.execute(f"select count(*) from {rejects}").fetchone()[0]
        if not count and not earlier:
            return
        with replaced(path) as part:
            self._copy(f"from {rejects}", part, earlier)

    def _copy(self, rejects: str, part: Path, earlier: str = "") -> None:
        self._connection.execute(
            f"""
            copy (
                select
                    {literal(self._load_id)} as load_id,
                    timestamp {literal(self._loaded_at.isoformat(sep=" "))} as loaded_at,
                    {literal(self._table.system)} as system,
                    {literal(self._table.name)} as table_name,
                    file, line, column_name, found, expected, reason_kind, reason
                from ({rejects})
                {earlier}
            ) to {literal(str(part))} (format parquet, compression zstd)
            """
        )


def _head(table: SourceTable, load_id: str) -> dict:
    return {"load_id": load_id, "system": table.system, "table_name": table.name}


def _files_row(result: dict, head: dict) -> dict:
    return {name: result.get(name) for name in ops_schemas()["files"].names} | head


def _ops_file(settings: Settings, table: SourceTable, name: str, load_id: str) -> Path:
    # One file per load and table, so that tables loaded side by side never write to the same file.
    return settings.raw / f"ops.{name}.{load_id}.{table.id}.parquet"


def _rejected_lines(settings: Settings, table: SourceTable, short: str) -> Path:
    # No reader's glob takes it: what lies here is not entered yet.
    return settings.raw / f"{table.id}.{short[:16]}.rejected"


def _read_rejected(settings: Settings, table: SourceTable, carried: dict) -> list[dict]:
    path = _rejected_lines(settings, table, carried["file_hash"])
    if not path.exists():
        data = data_file(settings, table, carried["file_hash"])
        raise CxError(
            f"Nothing says any more which lines of {carried['file']} were rejected: the ledger and {path.name} are "
            f"gone. Land that file again and remove {data}."
        )
    return pq.ParquetFile(path).read().to_pylist()


def _remove_rejected_lines(settings: Settings, table: SourceTable) -> None:
    for path in settings.raw.glob(f"{table.id}.*.rejected"):
        path.unlink()


def _data_hashes(settings: Settings, table: SourceTable) -> set[str]:
    names = (path.name for path in settings.raw.glob(f"{table.id}.*.parquet"))
    return {name.removeprefix(f"{table.id}.").removesuffix(".parquet") for name in names} - {"absent"}


def _loaded_rows(settings: Settings, table: SourceTable, connection: duckdb.DuckDBPyConnection) -> list[dict]:
    paths = sorted(settings.raw.glob(f"ops.files.*.{table.id}.parquet"))
    if not paths:
        return []
    listed = ", ".join(path_literal(path) for path in paths)
    # Of all loads only the rows that loaded something: each content once, however often it was skipped since.
    cursor = connection.execute(
        f"select * from read_parquet([{listed}], union_by_name = true, hive_partitioning = false) "
        "where file_status = 'loaded'"
    )
    return cursor.to_arrow_table().to_pylist()


def _carried(path: Path) -> dict:
    carried = (pq.read_schema(path).metadata or {}).get(METADATA_KEY.encode())
    if carried is None:
        raise CxError(f"{path} was not written by the loader: it carries no counts. Move it out of the folder.")
    return json.loads(carried)


def _enter(settings: Settings, table: SourceTable, load_id: str, files: list[dict]) -> list[dict]:
    """Gives data files that a load has left without ledger their rows in its own. Returns those of ops.files."""
    path = _ops_file(settings, table, "files", load_id)
    now = {each["file"] for each in files}
    earlier = [
        row
        for row in (pq.ParquetFile(path).read().to_pylist() if path.exists() else [])
        if row["file_status"] == "loaded" or row["file"] not in now
    ]
    earlier_files = {row["file"] for row in earlier}
    head = _head(table, load_id)
    rows = [_files_row(each, head | {"loaded_at": datetime.fromisoformat(each["loaded_at"])}) for each in files]
    rejects = [row for each in files if each["rejected_count"] for row in _read_rejected(settings, table, each)]
    _append("rejects", _ops_file(settings, table, "rejects", load_id), rejects, earlier_files)
    columns = [tuple(row) for each in files for row in each["columns"]]
    _write_columns(settings, table, load_id, columns, earlier_files)
    sync_folder(settings.raw)
    _write_ops(path, "files", earlier + rows)
    sync_folder(settings.raw)
    return rows


def _write_columns(
    settings: Settings, table: SourceTable, load_id: str, columns: list[tuple], kept_files: set[str]
) -> None:
    names = ops_schemas()["columns"].names[3:]
    rows = [_head(table, load_id) | dict(zip(names, row, strict=True)) for row in columns]
    _append("columns", _ops_file(settings, table, "columns", load_id), rows, kept_files)


def _append(name: str, path: Path, rows: list[dict], kept_files: set[str]) -> None:
    """Adds rows to those of files that the ledger of the same load knows; others were left by an attempt at it."""
    if path.exists():
        rows = [row for row in pq.ParquetFile(path).read().to_pylist() if row["file"] in kept_files] + rows
    if rows:
        _write_ops(path, name, rows)


def _write_ops(path: Path, name: str, rows: list[dict]) -> None:
    with replaced(path) as part:
        pq.write_table(pa.Table.from_pylist(rows, schema=ops_schemas()[name]), part, compression="zstd")
