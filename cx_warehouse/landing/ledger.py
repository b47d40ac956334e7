"""What lies in raw and what the ledger says of it; every file is whole or not there.

Order of a load: data files first, then rejects and columns, last the ledger (ops.files), each written under a
temporary name, fsynced and renamed. The ledger is what makes a load count. What a killed load leaves behind is mended
by the next: a data file without ledger row is written again when its source is still there, else its row is restored
from the counts that the data file carries with it; rejects and columns without their ledger are removed.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
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

# Under this key each data file carries its own ledger row.
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
        self._remove_uncommitted()
        self._rows = self._committed_rows()

    @property
    def loaded_hashes(self) -> set[str]:
        """Hashes of the contents that are loaded and still lie in raw."""
        data = set(self._data_hashes())
        return {row["file_hash"] for row in self._rows if row["file_hash"][:16] in data}

    def orphans(self, written: set[str]) -> list[FileResult]:
        """Ledger rows of data files that a killed load left without one, as those files tell them.

        Args:
            written: hashes of the contents that this load has written itself.
        """
        known = {row["file_hash"][:16] for row in self._rows} | {file_hash[:16] for file_hash in written}
        found = []
        for short in sorted(set(self._data_hashes()) - known):
            path = self._settings.raw / f"{self._table.id}.{short}.parquet"
            carried = (pq.read_schema(path).metadata or {}).get(METADATA_KEY.encode())
            if carried is None:
                raise CxError(f"{path} was not written by the loader: it carries no counts. Move it out of the folder.")
            result = FileResult(**json.loads(carried))
            result.notes.append("Restored after a load that was interrupted.")
            found.append(result)
        return found

    def commit(self, results: list[FileResult], rejects: str, columns: list[tuple]) -> None:
        """Writes rejects, columns and, last, the ledger of this load; a load repeated under its id adds to its rows.

        Args:
            results: one per file considered.
            rejects: temporary table of rejects with the columns of ops.rejects after `table_name`.
            columns: rows of the profile: file, file_hash, column_name, filled, empty, negative.
        """
        head = {"load_id": self._load_id, "system": self._table.system, "table_name": self._table.name}
        kept = [row for row in self._rows if row["load_id"] == self._load_id]
        kept_files = {row["file"] for row in kept}
        new = [result for result in results if result.file not in kept_files]
        own = ops_schemas()["files"].names[2:]
        files = kept + [
            head | {"loaded_at": self._loaded_at} | {name: getattr(result, name) for name in own} for result in new
        ]
        profile = [head | dict(zip(ops_schemas()["columns"].names[3:], row, strict=True)) for row in columns]
        self._write_rejects(rejects, kept_files)
        self._append("columns", pa.Table.from_pylist(profile, schema=ops_schemas()["columns"]))
        sync_folder(self._settings.raw)
        if files:
            with replaced(self._path("files")) as part:
                pq.write_table(pa.Table.from_pylist(files, schema=ops_schemas()["files"]), part)
            sync_folder(self._settings.raw)

    def _path(self, name: str, load_id: str | None = None) -> Path:
        # One file per load and table, so that tables loaded side by side never write to the same file.
        return self._settings.raw / f"ops.{name}.{load_id or self._load_id}.{self._table.id}.parquet"

    def _data_hashes(self) -> Iterator[str]:
        for path in self._settings.raw.glob(f"{self._table.id}.*.parquet"):
            short = path.name.removeprefix(f"{self._table.id}.").removesuffix(".parquet")
            if short != "absent":
                yield short

    def _remove_uncommitted(self) -> None:
        for name in ("rejects", "columns"):
            for path in self._settings.raw.glob(f"ops.{name}.*.{self._table.id}.parquet"):
                load_id = path.name.removeprefix(f"ops.{name}.").removesuffix(f".{self._table.id}.parquet")
                if not self._path("files", load_id).exists():
                    path.unlink()

    def _committed_rows(self) -> list[dict]:
        paths = sorted(self._settings.raw.glob(f"ops.files.*.{self._table.id}.parquet"))
        if not paths:
            return []
        listed = ", ".join(path_literal(path) for path in paths)
        # Of all loads only the rows that loaded something: each content once, however often it was skipped since.
        cursor = self._connection.execute(
            f"select * from read_parquet([{listed}], union_by_name = true, hive_partitioning = false) "
            "where file_status = 'loaded'"
        )
        return cursor.to_arrow_table().to_pylist()

    def _write_rejects(self, rejects: str, kept_files: set[str]) -> None:
        path = self._path("rejects")
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
            self._connection.execute(
                f"""
                copy (
                    select
                        {literal(self._load_id)} as load_id,
                        timestamp {literal(self._loaded_at.isoformat(sep=" "))} as loaded_at,
                        {literal(self._table.system)} as system,
                        {literal(self._table.name)} as table_name,
                        file, line, column_name, found, expected, reason_kind, reason
                    from {rejects}
                    {earlier}
                ) to {literal(str(part))} (format parquet, compression zstd)
                """
            )

    def _append(self, name: str, rows: pa.Table) -> None:
        path = self._path(name)
        if path.exists():
            rows = pa.concat_tables([pq.ParquetFile(path).read(), rows])
        if rows.num_rows:
            with replaced(path) as part:
                pq.write_table(rows, part, compression="zstd")
