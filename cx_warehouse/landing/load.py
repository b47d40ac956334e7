"""Loads the landed files of one table into raw."""

import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime

import duckdb

from cx_warehouse.contract import SourceTable
from cx_warehouse.landing import apart
from cx_warehouse.landing.csv_reader import read_csv
from cx_warehouse.landing.discover import LandedFile, files_of, is_text
from cx_warehouse.landing.engine import fit_threads, identifier, literal, loader_connection
from cx_warehouse.landing.forgotten import leave_out
from cx_warehouse.landing.json_reader import read_json
from cx_warehouse.landing.ledger import METADATA_KEY, TableLedger, data_file, ensure_raw, replaced
from cx_warehouse.landing.parquet_reader import read_parquet
from cx_warehouse.landing.pii import Protection, keep_id_key, protection
from cx_warehouse.landing.report import FILE_REASONS, FileResult, LoadReport, Refusal
from cx_warehouse.landing.rows import Reading
from cx_warehouse.landing.scan import content_hash
from cx_warehouse.settings import Settings

# Values of a column up to which they are written once and named by number. Beyond, looking each of them up took a third
# of the time of writing and made the file larger, as did a higher level of compression (measured).
MAX_DICTIONARY = 1_000

Progress = Callable[[int, int, int, float], None]

_READERS = {
    "csv": read_csv,
    "csv.gz": read_csv,
    "jsonl": read_json,
    "jsonl.gz": read_json,
    "parquet": read_parquet,
}
NO_KEY = (
    "No CX_PII_KEY is set, so personal data ({columns}) is left out. Content loaded without a key stays without it."
)


def load_table(
    settings: Settings,
    table: SourceTable,
    load_id: str,
    loaded_at: datetime,
    progress: Progress | None = None,
) -> LoadReport:
    """Loads every file of one table that is not loaded yet; a file that cannot be read without loss is refused whole.

    Args:
        settings: landing and warehouse folders, key of personal data, memory and threads.
        table: one of `tables_to_load`.
        load_id: the run; it names the ledger files.
        loaded_at: when the load began; an instant without zone is UTC.
        progress: called after each file with files done, files in all, rows so far, seconds so far.

    Returns:
        One result per file, in the order of their paths.

    Raises:
        CxError: the landing folder is missing, or memory or disk are full.
    """
    started = time.monotonic()
    loaded_at = _utc(loaded_at)
    files, ignored = files_of(settings, table)
    report = LoadReport(table=table.id, ignored=ignored)
    if not (settings.raw / f"{table.id}.absent.parquet").exists():
        ensure_raw(settings)
    protected = protection(settings)
    with loader_connection(settings) as connection:
        ledger = TableLedger(settings, table, load_id, loaded_at, connection)
        before = ledger.loaded_hashes
        written: set[str] = set()
        row_count = 0
        columns: list[tuple] = []
        _prepare_rejects(connection)
        for done, file in enumerate(files, start=1):
            result = considered(table, file)
            report.files.append(result)
            if result.file_status == "loaded" and (result.file_hash in before or result.file_hash in written):
                result.file_status = "skipped"
            elif result.file_status == "loaded" and (
                reading := read_into_landed(connection, file, table, protected, settings.threads, result)
            ):
                if _ids_with_addresses(connection):
                    keep_id_key(settings, protected)
                leave_out(connection, settings, table, result)
                profile = count_rows(connection, table, reading, result)
                apart.write(connection, settings, table, result.file_hash)
                ledger.keep_rejected_lines(result, _rejected(result))
                _write_data(connection, settings, table, result, load_id, loaded_at, ledger.carried(result, profile))
                columns += profile
                written.add(result.file_hash)
                row_count += result.loaded_count
            _note_rejects(connection, result)
            if progress:
                progress(done, len(files), row_count, time.monotonic() - started)
        ledger.commit(report.files, "rejects", columns)
    if protected.key is None and table.pii and report.loaded_count:
        report.notes.append(NO_KEY.format(columns=", ".join(table.pii)))
    report.seconds = time.monotonic() - started
    return report


def considered(table: SourceTable, file: LandedFile) -> FileResult:
    """A file before it is read: what it is called, how big it is, what its content hashes to."""
    result = FileResult(table.system, table.name, file.name, None, 0, file.format)
    try:
        status = file.path.stat()
        if not stat.S_ISREG(status.st_mode):
            # Whoever opens a pipe waits for somebody to write into it.
            refuse(result, Refusal("unreadable_file", "is no file but a pipe or a device. Land its content as a file."))
            return result
        result.file_bytes = status.st_size
        result.file_hash = content_hash(file.path)
    except OSError as error:
        refuse(result, Refusal("unreadable_file", f"cannot be read ({error.strerror}). Check that it may be read."))
    if not is_text(str(file.path)):
        refuse(result, Refusal("unreadable_name", "has a name or a folder whose name is not UTF-8. Rename it."))
    return result


def read_into_landed(
    connection: duckdb.DuckDBPyConnection,
    file: LandedFile,
    table: SourceTable,
    protected: Protection,
    threads: int,
    result: FileResult,
) -> Reading | None:
    """Reads one file into the temporary tables `landed` and `rejected_lines`, or marks its result as refused."""
    # The lines of a CSV file are read one after the other, and a second thread that waits costs half as much again.
    fit_threads(connection, result.file_bytes, 1 if _READERS[file.format] is read_csv else threads)
    try:
        before = file.path.stat()
        reading = _READERS[file.format](connection, file, table, protected)
        fit_threads(connection, result.file_bytes, threads)
        after = file.path.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise Refusal("changed_while_read", "changed while it was read. Land it under a new name once it is whole.")
    except OSError as error:
        refuse(result, Refusal("unreadable_file", f"cannot be read ({error.strerror}). Check that it may be read."))
    except Refusal as refusal:
        refuse(result, refusal)
    else:
        result.physical_line_count = reading.physical_line_count
        result.header_line_count = reading.header_line_count
        result.loaded_count = reading.loaded_count
        result.embedded_newline_count = reading.embedded_newline_count
        result.rejected_count = reading.rejected_count
        result.unknown_column_names = ",".join(reading.mapping.unknown_names) or None
        result.missing_column_names = ",".join(reading.mapping.missing) or None
        result.notes += reading.notes + _addresses_as_ids(connection)
        return reading
    return None


def _addresses_as_ids(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        f"{name} holds e-mail addresses. A keyed hash stands for each, the same in every table."
        for name in _ids_with_addresses(connection)
    ]


def _ids_with_addresses(connection: duckdb.DuckDBPyConnection) -> list[str]:
    described = connection.execute("select column_name from (describe landed)").fetchall()
    flags = [name for (name,) in described if name.startswith("_address_")]
    if not flags:
        return []
    found = connection.execute(f"select {', '.join(f'bool_or({identifier(name)})' for name in flags)} from landed")
    return [name.removeprefix("_address_") for name, is_so in zip(flags, found.fetchone(), strict=True) if is_so]


def refuse(result: FileResult, refusal: Refusal) -> None:
    """Marks a file as refused, with the sentence that says why."""
    result.file_status = "refused"
    result.reason_kind = refusal.kind
    result.reason = f"{result.file} {refusal.sentence}"
    result.missing_column_names = ",".join(refusal.missing) or None
    result.unknown_column_names = ",".join(refusal.unknown) or None


def count_rows(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, reading: Reading, result: FileResult
) -> list[tuple]:
    """Counts the repeated rows of `landed` into `result`, and returns its rows of ops.columns."""
    present = [column for column in table.columns if column.name in reading.mapping.known]
    counts = ["count(distinct _row_hash)"]
    for column in present:
        name = identifier(column.name)
        is_negative = f"starts_with(trim({name}), '-') and try_cast({name} as double) < 0"
        # A text that begins with a space or a minus sorts before '.', and to compare is cheaper than to trim them all.
        negative = f"count(case when {name} < '.' then case when {is_negative} then 1 end end)"
        # A keyed hash is no number, even where it reads as one.
        counts += [f"count({name})", "0" if column.is_pii else negative]
    distinct_count, *row = connection.execute(f"select {', '.join(counts)} from landed").fetchone()
    result.duplicate_count = result.loaded_count - distinct_count
    profile = {column.name: (row[2 * at], row[2 * at + 1]) for at, column in enumerate(present)}
    rows = []
    for column in table.columns:
        filled, negative = profile.get(column.name, (0, 0))
        rows.append((result.file, result.file_hash, column.name, filled, result.loaded_count - filled, negative))
    return rows


def _write_data(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    table: SourceTable,
    result: FileResult,
    load_id: str,
    loaded_at: datetime,
    carried: str,
) -> None:
    with replaced(data_file(settings, table, result.file_hash)) as part:
        connection.execute(
            f"""
            copy (
                select
                    {", ".join(identifier(column.name) for column in table.columns)},
                    _unknown_columns,
                    {literal(result.file)} as _file,
                    _line,
                    {literal(load_id)} as _load_id,
                    timestamp {literal(loaded_at.isoformat(sep=" "))} as _loaded_at,
                    {literal(result.file_hash)} as _file_hash,
                    _row_hash
                from landed
            ) to {literal(str(part))}
            (
                format parquet, compression zstd, compression_level 1, dictionary_size_limit {MAX_DICTIONARY},
                kv_metadata {{{METADATA_KEY}: {literal(carried)}}}
            )
            """
        )


def _prepare_rejects(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create temp table rejects (file varchar, line bigint, column_name varchar, found varchar, expected varchar, "
        "reason_kind varchar, reason varchar)"
    )


def _note_rejects(connection: duckdb.DuckDBPyConnection, result: FileResult) -> None:
    if result.file_status == "refused":
        expected = FILE_REASONS[result.reason_kind]
        connection.execute(
            "insert into rejects values ($1, null, null, null, $2, $3, $4)",
            [result.file, expected, result.reason_kind, result.reason],
        )
    elif result.file_status == "loaded" and result.rejected_count:
        connection.execute(f"insert into rejects {_rejected(result)}")


def _rejected(result: FileResult) -> str:
    file = literal(result.file)
    return (
        f"select {file} as file, line, cast(null as varchar) as column_name, found, expected, reason_kind, "
        f"{file} || ': ' || reason as reason from rejected_lines order by line"
    )


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
