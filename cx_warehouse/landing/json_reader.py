"""JSON lines: one object per line, whatever its keys; values as text, nested ones as JSON text."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa

from cx_warehouse.contract import SourceTable
from cx_warehouse.landing.discover import LandedFile
from cx_warehouse.landing.engine import literal, raise_own_fault
from cx_warehouse.landing.header import MAX_UNKNOWN, map_columns
from cx_warehouse.landing.pii import Protection
from cx_warehouse.landing.report import Refusal
from cx_warehouse.landing.rows import Reading, land_rows, reset_rejected_lines
from cx_warehouse.landing.scan import chunks, scan

_LINES = pa.schema([("number", pa.int64()), ("line", pa.large_string())])

# DuckDB rewrites numbers with a fraction (1.10 becomes 1.1), which would make one amount two texts. A line that may
# hold such a number is read with its numbers in quotes.
_REWRITTEN_NUMBER = r"[0-9]\.[0-9]*0[^0-9]|[0-9]{15}|[0-9][eE][+-]?[0-9]|0\.000|-0"
# Every string is matched whole, so what looks like a number inside one is never touched.
_STRING_THEN_NUMBER = r'("(?:[^"\\]|\\.)*"(?:\s*:\s*)?)(-?[0-9][0-9.eE+-]*)?'

# Not every engine keeps one in a text. A backslash before its own stands for itself.
_NUL = r"(^|[^\\])(\\\\)*\\u0000"

_FOUND = {
    "invalid_json": ("text that is not JSON", "one JSON object"),
    "not_an_object": ("JSON that is not an object", "one JSON object"),
    "duplicate_key": ("a key that occurs twice", "every key once"),
    "nul_character": ("a NUL character", "text without NUL characters"),
    "blank_line": ("a blank line", "a record"),
}


def read_json(
    connection: duckdb.DuckDBPyConnection, file: LandedFile, table: SourceTable, protection: Protection
) -> Reading:
    """Reads one file of JSON lines into `landed` and `rejected_lines`.

    Raises:
        Refusal: the file cannot be read, holds no object at all, or lacks a required column throughout.
    """
    scanned = scan(file)
    reset_rejected_lines(connection)
    keys, rejected = _survey(connection, file)
    if not keys:
        raise Refusal(
            "wrong_format",
            "holds no JSON object on a line of its own. Write one object per line, without brackets or commas around.",
        )
    # Spellings that differ in case or outer whitespace are one column; a line with two of them was rejected.
    spellings: dict[str, list[str]] = {}
    for name in sorted(keys):
        spellings.setdefault(" ".join(name.split()).lower(), []).append(name)
    names = [" ".join(group[0].split()) or "column" for group in spellings.values()]
    paths = [[_pointer(name) for name in group] for group in spellings.values()]
    for column in table.columns:
        if column.pointer and column.name not in spellings:
            names.append(column.name)
            paths.append([column.pointer])
    mapping = map_columns(names, table)
    refusal = Refusal("wrong_format", "cannot be read as JSON lines. Write one object per line.")
    connection.register("rejected_numbers", pa.table({"number": rejected}))
    with_lines(connection, file)
    land_rows(connection, table, _relation(paths, has_rejects=len(rejected) > 0), mapping, protection, refusal)
    connection.unregister("rejected_numbers")
    (loaded_count,) = connection.execute("select count(*) from landed").fetchone()
    if loaded_count + len(rejected) != scanned.line_count:
        raise Refusal(
            "unbalanced",
            f"does not add up: {scanned.line_count:,} physical lines, but loaded {loaded_count:,} + rejected "
            f"{len(rejected):,}. Write one object per line.",
        )
    return Reading(
        mapping=mapping,
        physical_line_count=scanned.line_count,
        header_line_count=0,
        loaded_count=loaded_count,
        embedded_newline_count=0,
        rejected_count=len(rejected),
    )


def with_lines(connection: duckdb.DuckDBPyConnection, file: LandedFile) -> None:
    """Registers the lines of a file as the stream `json_lines` (number, line), to be read once."""
    connection.register("json_lines", pa.RecordBatchReader.from_batches(_LINES, _batches(file)))


def _batches(file: LandedFile) -> Iterator[pa.RecordBatch]:
    rest, number = b"", 0
    for chunk in chunks(file):
        if not number and not rest:
            chunk = chunk.removeprefix(b"\xef\xbb\xbf")
        end = chunk.rfind(b"\n") + 1
        if not end:
            rest += chunk
            continue
        block, rest = rest + chunk[:end], chunk[end:]
        starts = np.concatenate(([0], np.flatnonzero(np.frombuffer(block, np.uint8) == 10) + 1)).astype(np.int64)
        yield _batch(block, starts, number)
        number += len(starts) - 1
    if rest:
        yield _batch(rest, np.array([0, len(rest)], np.int64), number)


def _batch(block: bytes, starts: np.ndarray, number: int) -> pa.RecordBatch:
    """Lines of a block without copying it: the array is the block with the offsets of its lines."""
    count = len(starts) - 1
    lines = pa.LargeStringArray.from_buffers(count, pa.py_buffer(starts), pa.py_buffer(block))
    numbers = pa.array(np.arange(number + 1, number + 1 + count, dtype=np.int64))
    return pa.record_batch([numbers, lines], schema=_LINES)


def _survey(connection: duckdb.DuckDBPyConnection, file: LandedFile) -> tuple[set[str], np.ndarray]:
    """All keys that occur, and the numbers of the lines that are no record; these go to `rejected_lines`."""
    with_lines(connection, file)
    normal = "list_transform(json_keys(line), lambda name: lower(trim(name)))"
    try:
        connection.execute(
            f"""
            create or replace temp table shapes as
            select
                reason_kind,
                if(reason_kind is null, json_keys(line), null) as keys,
                list(number) filter (reason_kind is not null) as numbers
            from (
                select
                    *,
                    case
                        when trim(line, chr(32) || chr(9) || chr(10) || chr(13)) = '' then 'blank_line'
                        when not json_valid(line) then 'invalid_json'
                        when json_type(line) <> 'OBJECT' then 'not_an_object'
                        when len(list_distinct({normal})) < len(json_keys(line)) then 'duplicate_key'
                        when contains(line, '\\u0000') and regexp_matches(line, {literal(_NUL)}) then 'nul_character'
                    end as reason_kind
                from json_lines
            )
            group by all
            """
        )
    except duckdb.Error as error:
        raise_own_fault(error)
        raise Refusal("wrong_format", "cannot be read as JSON lines. Write one object per line.") from None
    found = " ".join(f"when {literal(kind)} then {literal(words[0])}" for kind, words in _FOUND.items())
    expected = " ".join(f"when {literal(kind)} then {literal(words[1])}" for kind, words in _FOUND.items())
    connection.execute(
        f"""
        insert into rejected_lines
        select
            unnest(numbers) as line,
            case reason_kind {found} end as found,
            case reason_kind {expected} end as expected,
            reason_kind,
            'Line ' || line || ' has ' || found || '; expected ' || expected || '.' as reason
        from shapes where reason_kind is not null
        order by line
        """
    )
    # Far more keys than columns are data in the place of names; the mapping refuses them with their number.
    keys = connection.execute(
        f"select distinct unnest(keys) from shapes where reason_kind is null limit {100 * MAX_UNKNOWN}"
    ).fetchall()
    is_empty_record = connection.execute("select count(*) from shapes where reason_kind is null").fetchone()[0] > 0
    numbers = connection.execute("select line from rejected_lines").fetchnumpy()["line"]
    names = {name for (name,) in keys}
    if is_empty_record and not names:
        raise Refusal("no_known_column", "holds only empty objects. Write the columns as keys of each object.")
    return names, np.asarray(numbers, np.int64)


def _relation(paths: list[list[str]], has_rejects: bool) -> str:
    flat = [path for group in paths for path in group]
    listed = ", ".join(literal(path) for path in flat)
    fields, position = [], 0
    for index, group in enumerate(paths):
        parts = []
        for path in group:
            position += 1
            # In quotes the numbers inside nested values have become texts, so those are read from the line as it came.
            parts.append(
                f"case when left(_values[{position}], 1) in ('{{', '[') "
                f"then json_extract_string(line, {literal(path)}) else _values[{position}] end"
            )
        fields.append(f"coalesce({', '.join(parts)}) as f{index}")
    marked = f"regexp_replace(line, {literal(_STRING_THEN_NUMBER)}, '\\1' || chr(1) || '\\2' || chr(1), 'g')"
    quoted = f"replace(replace({marked}, chr(1) || chr(1), ''), chr(1), '\"')"
    source = "json_lines anti join rejected_numbers using (number)" if has_rejects else "json_lines"
    return f"""
        select {", ".join(fields)}, number as _line, 0 as _newlines, null as _blanks
        from (
            select
                number,
                line,
                json_extract_string(
                    if(regexp_matches(line, {literal(_REWRITTEN_NUMBER)}), {quoted}, line), [{listed}]
                ) as _values
            from {source}
        )"""


def _pointer(key: str) -> str:
    """A JSON pointer (RFC 6901) to one key of the object."""
    return "/" + key.replace("~", "~0").replace("/", "~1")
