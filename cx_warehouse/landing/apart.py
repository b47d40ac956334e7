"""What people wrote in their own words, kept apart: outside raw, outside what is published, for its owner alone."""

from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cx_warehouse.contract import SourceTable
from cx_warehouse.landing.engine import identifier, literal
from cx_warehouse.landing.ledger import replaced, sync_folder
from cx_warehouse.settings import Settings


def write(connection: duckdb.DuckDBPyConnection, settings: Settings, table: SourceTable, file_hash: str) -> None:
    """The words in `landed`, one row each: the key of its row, the words, and the line they came from."""
    names = [name for (name,) in connection.execute("select column_name from (describe landed)").fetchall()]
    kept = [name.removeprefix("_apart_") for name in names if name.startswith("_apart_")]
    if not kept:
        return
    settings.apart.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = [column.name for column in table.columns if column.is_key]
    columns = [*map(identifier, key), *(f"{identifier(f'_apart_{name}')} as {identifier(name)}" for name in kept)]
    spoken = " or ".join(f"{identifier(f'_apart_{name}')} is not null" for name in kept)
    with replaced(_file(settings, table, file_hash)) as part:
        connection.execute(
            f"copy (select {', '.join(columns)}, _line from landed where {spoken}) to {literal(str(part))} "
            "(format parquet, compression zstd)"
        )
        part.chmod(0o600)


def rewrite(
    settings: Settings,
    table: SourceTable,
    gone: Mapping[str, list[int]],
    hashes: Mapping[str, str],
    changed: Callable[[pa.Table], pa.Table],
) -> None:
    """Take lines out of what is kept apart, as they were taken out of raw.

    Args:
        settings: the warehouse folder.
        table: whose words.
        gone: lines of rows that went, by the hash of their file.
        hashes: what the content of a file hashes to now, where it has been written anew with these lines taken out.
        changed: what becomes of the rows that stay.
    """
    for path in settings.apart.glob(f"{table.id}.*.parquet") if settings.apart.is_dir() else ():
        short = path.name.removeprefix(f"{table.id}.").removesuffix(".parquet")
        file_hash = next((each for each in gone.keys() | hashes.keys() if each.startswith(short)), short)
        data = pq.ParquetFile(path).read()
        lines = data.column("_line").to_numpy()
        keep = ~np.isin(lines, np.array(gone.get(file_hash, []), np.int64))
        kept = changed(data.filter(pa.array(keep)))
        if kept.equals(data) and file_hash not in hashes:
            continue
        target = path
        if file_hash in hashes:
            shifted = lines[keep] - np.searchsorted(np.array(sorted(gone.get(file_hash, [])), np.int64), lines[keep])
            at = kept.column_names.index("_line")
            kept = kept.set_column(at, "_line", pa.array(shifted, pa.int64()))
            target = _file(settings, table, hashes[file_hash])
        with replaced(target) as part:
            part.touch(mode=0o600)
            pq.write_table(kept, part, compression="zstd")
        if target != path:
            path.unlink()
        sync_folder(settings.apart)


def _file(settings: Settings, table: SourceTable, file_hash: str) -> Path:
    return settings.apart / f"{table.id}.{file_hash[:16]}.parquet"
