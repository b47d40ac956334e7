"""Raw and its ledger without a person's rows, as if the files had landed without them."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cx_warehouse.contract import SourceTable
from cx_warehouse.erasure.files import Change, replace_in, without_addresses
from cx_warehouse.erasure.person import Held, Person
from cx_warehouse.landing import apart
from cx_warehouse.landing.ledger import METADATA_KEY, data_file, ops_schemas, replaced, sync_folder
from cx_warehouse.settings import Settings


@dataclass
class _Counts:
    """What one content has lost, and what it has now."""

    change: Change | None
    loaded: int = 0
    lines: int = 0
    now: dict[str, int] = field(default_factory=dict)
    profile: dict[str, tuple[int, int, int]] = field(default_factory=dict)


def rewrite(
    settings: Settings, table: SourceTable, held: list[Held], changes: dict[str, Change], person: Person
) -> int:
    """Take the person out of the raw rows, rejects and ledger of one table.

    Args:
        settings: the warehouse folder.
        table: the table.
        held: the person's rows in its files of raw.
        changes: what became of the landed files, by the hash that they had.
        person: who; rejects that quote an identifier go.

    Returns:
        Rows taken out of raw.
    """
    counts = {file_hash: _Counts(change, lines=len(change.lines)) for file_hash, change in changes.items()}
    for one in held:
        counts.setdefault(one.file_hash, _Counts(None))
        counts[one.file_hash].loaded = len(one.lines)
    for path in settings.raw.glob(f"{table.id}.*.parquet"):
        for file_hash in _mentioning(path, table, person) - counts.keys():
            counts[file_hash] = _Counts(None)
    lines = {one.file_hash: [line for line, _ in one.lines] for one in held}
    rows = sum(
        _rewrite_data(settings, table, file_hash, count, lines.get(file_hash, []), person)
        for file_hash, count in counts.items()
    )
    rejected = _rewrite_rejects(settings, table, counts, person)
    _rewrite_files(settings, table, counts, rejected)
    _rewrite_columns(settings, table, counts)
    gone = {
        hash_: sorted({*lines.get(hash_, ()), *(count.change.lines if count.change else ())})
        for hash_, count in counts.items()
    }
    hashes = {
        hash_: count.change.file_hash for hash_, count in counts.items() if count.change and count.change.file_hash
    }
    apart.rewrite(settings, table, gone, hashes, lambda data: replace_in(data, without_addresses(table.id, person)))
    sync_folder(settings.raw)
    return rows


def _mentioning(path: Path, table: SourceTable, person: Person) -> set[str]:
    """Hash of the content in a file of raw whose texts hold an address of the person."""
    changed = without_addresses(table.id, person)
    data = pq.ParquetFile(path).read()
    return set() if not data.num_rows or replace_in(data, changed).equals(data) else {data["_file_hash"][0].as_py()}


def _rewrite_data(
    settings: Settings, table: SourceTable, file_hash: str, count: _Counts, gone: list[int], person: Person
) -> int:
    path = data_file(settings, table, file_hash)
    if not path.exists():
        return 0
    data = pq.ParquetFile(path).read()
    lines = data.column("_line").to_numpy()
    keep = ~np.isin(lines, np.array(gone, np.int64))
    data = replace_in(data.filter(pa.array(keep)), without_addresses(table.id, person))
    new_hash = file_hash
    if count.change:
        new_hash = count.change.file_hash or file_hash
        shifted = lines[keep] - np.searchsorted(np.array(count.change.lines, np.int64), lines[keep])
        data = _with(data, "_line", pa.array(shifted, pa.int64()))
        data = _with(data, "_file_hash", pa.array([new_hash] * data.num_rows, pa.string()))
    distinct = pc.count_distinct(data.column("_row_hash")).as_py()
    count.now = {"duplicate_count": data.num_rows - distinct}
    for column in table.columns:
        filled = data.num_rows - data.column(column.name).null_count
        negative = 0 if column.is_pii else sum(_is_negative(value) for value in data.column(column.name).to_pylist())
        count.profile[column.name] = filled, data.num_rows - filled, negative
    metadata = dict(data.schema.metadata or {})
    carried = json.loads((pq.read_schema(path).metadata or {})[METADATA_KEY.encode()])
    carried |= count.now | {"file_hash": new_hash, "loaded_count": data.num_rows}
    if count.change:
        carried["file_bytes"] = count.change.file_bytes
    metadata[METADATA_KEY.encode()] = json.dumps(carried).encode()
    with replaced(data_file(settings, table, new_hash)) as part:
        pq.write_table(data.replace_schema_metadata(metadata), part, compression="zstd")
    if new_hash != file_hash:
        path.unlink()
    return len(lines) - data.num_rows


def _rewrite_rejects(
    settings: Settings, table: SourceTable, counts: dict[str, _Counts], person: Person
) -> dict[tuple[str, str], int]:
    """Returns how many rejected lines went, by load and file."""
    words = person.words()
    content = {(row["load_id"], row["file"]): row["file_hash"] for row in _ledger(settings, table, "loaded")}
    removed: dict[tuple[str, str], int] = {}
    for path in settings.raw.glob(f"ops.rejects.*.{table.id}.parquet"):
        kept = []
        rows = pq.ParquetFile(path).read().to_pylist()
        for row in rows:
            of = row["load_id"], row["file"]
            count = counts.get(content.get(of))
            lines = count.change.lines if count and count.change else []
            is_gone = row["line"] is not None and row["line"] in set(lines)
            if is_gone or words.search(" ".join(filter(None, (row["found"], row["reason"])))):
                removed[of] = removed.get(of, 0) + (row["line"] is not None)
                continue
            if row["line"] is not None and len(lines):
                shifted = int(row["line"] - np.searchsorted(lines, row["line"]))
                row["reason"] = row["reason"].replace(f"line {row['line']} ", f"line {shifted} ")
                row["line"] = shifted
            kept.append(row)
        if kept != rows:
            _write(path, kept, "rejects")
    return removed


def _rewrite_files(
    settings: Settings, table: SourceTable, counts: dict[str, _Counts], rejected: dict[tuple[str, str], int]
) -> None:
    for path in settings.raw.glob(f"ops.files.*.{table.id}.parquet"):
        rows = pq.ParquetFile(path).read().to_pylist()
        for row in rows:
            if count := counts.get(row["file_hash"]):
                _adjust(row, count, rejected.get((row["load_id"], row["file"]), 0))
        _write(path, rows, "files")


def _adjust(row: dict, count: _Counts, rejected_count: int) -> None:
    if count.change and count.change.file_hash:
        row["file_hash"], row["file_bytes"] = count.change.file_hash, count.change.file_bytes
    if row["file_status"] != "loaded" or row["loaded_count"] is None:
        return
    lines = count.lines if count.change else count.loaded + rejected_count
    row["loaded_count"] -= count.loaded
    row["rejected_count"] -= rejected_count
    row["physical_line_count"] -= lines
    # What is left of the lines lay inside fields.
    row["embedded_newline_count"] -= lines - count.loaded - rejected_count
    row["duplicate_count"] = count.now.get("duplicate_count", row["duplicate_count"])


def _rewrite_columns(settings: Settings, table: SourceTable, counts: dict[str, _Counts]) -> None:
    for path in settings.raw.glob(f"ops.columns.*.{table.id}.parquet"):
        rows = pq.ParquetFile(path).read().to_pylist()
        for row in rows:
            if not (count := counts.get(row["file_hash"])):
                continue
            if profile := count.profile.get(row["column_name"]):
                row["filled_count"], row["empty_count"], row["negative_count"] = profile
            if count.change and count.change.file_hash:
                row["file_hash"] = count.change.file_hash
        _write(path, rows, "columns")


def _ledger(settings: Settings, table: SourceTable, status: str) -> list[dict]:
    return [
        row
        for path in settings.raw.glob(f"ops.files.*.{table.id}.parquet")
        for row in pq.ParquetFile(path).read().to_pylist()
        if row["file_status"] == status
    ]


def _write(path: Path, rows: list[dict], name: str) -> None:
    with replaced(path) as part:
        pq.write_table(pa.Table.from_pylist(rows, schema=ops_schemas()[name]), part, compression="zstd")


def _with(data: pa.Table, name: str, values: pa.Array) -> pa.Table:
    at = data.column_names.index(name)
    return data.set_column(at, data.schema.field(at), pa.chunked_array([values]))


def _is_negative(value: str | None) -> bool:
    # As the loader counts it: text that begins with a minus and reads as a number below 0.
    if value is None or not value.strip().startswith("-"):
        return False
    try:
        return float(value) < 0
    except ValueError:
        return False
