"""CSV: DuckDB parses, every column as text; its own account of what it rejected is checked, not believed."""

import duckdb
import numpy as np
import pyarrow as pa

from cx_warehouse.contract import SourceTable
from cx_warehouse.landing.accounting import Balance, RejectedRecords, settle
from cx_warehouse.landing.discover import LandedFile
from cx_warehouse.landing.engine import literal, path_literal
from cx_warehouse.landing.header import DELIMITERS, Header, map_columns, read_header
from cx_warehouse.landing.pii import Protection
from cx_warehouse.landing.report import LINE_REASONS, Refusal
from cx_warehouse.landing.rows import Reading, land_rows, reset_rejected_lines
from cx_warehouse.landing.scan import Scan, lines_at, scan

MAX_LINE_BYTES = 2 * 1024 * 1024
_QUOTE = "chr(34)"


def read_csv(
    connection: duckdb.DuckDBPyConnection, file: LandedFile, table: SourceTable, protection: Protection
) -> Reading:
    """Reads one CSV file into `landed` and `rejected_lines`.

    Raises:
        Refusal: the file cannot be read without loss.
    """
    scanned = scan(file)
    header = read_header(scanned.head, table)
    mapping = map_columns(header.names, table)
    reset_rejected_lines(connection)
    connection.execute("drop table if exists reject_errors; drop table if exists reject_scans")
    source = _records(file, header)
    relation = _numbered(source, header) if scanned.has_quotes else _numbered_lines(source, header)
    land_rows(connection, table, relation, mapping, protection, _unreadable(scanned), scanned.has_at_signs)
    rejected = _rejected_records(connection, file, scanned.blank_lines)
    top = header.blank_line_count + header.line_count
    loaded_count, balance = _settle(connection, scanned, header, rejected)
    if len(rejected.lines):
        _write_rejected_records(connection, header)
    _write_blank_lines(connection, balance.blank_lines)
    _shift_lines(connection, balance.gaps, top)
    notes = []
    if header.delimiter != ",":
        notes.append(f"Its fields are separated by a {DELIMITERS[header.delimiter]}; read as such.")
    return Reading(
        mapping=mapping,
        physical_line_count=scanned.line_count,
        header_line_count=header.line_count,
        loaded_count=loaded_count,
        embedded_newline_count=balance.embedded_newline_count,
        rejected_count=balance.rejected_count,
        notes=notes,
    )


def _records(file: LandedFile, header: Header) -> str:
    columns = ", ".join(f"'{field}': 'VARCHAR'" for field in _fields(header))
    # `skip` counts records, blank ones too, so a header with a newline in a name is one.
    # parallel = false: in parallel an unclosed quote loses rows that go unreported.
    return f"""read_csv(
        {path_literal(file.path)}, columns = {{{columns}}}, auto_detect = false, header = false,
        skip = {header.blank_line_count + 1}, delim = {literal(header.delimiter)}, quote = '"', escape = '"',
        strict_mode = true, null_padding = false, store_rejects = true, parallel = false, hive_partitioning = false,
        compression = '{"gzip" if file.format.endswith(".gz") else "none"}', max_line_size = {MAX_LINE_BYTES}
    )"""


def _fields(header: Header) -> list[str]:
    return [f"f{index}" for index in range(len(header.names))]


def _numbered_lines(source: str, header: Header) -> str:
    """Without a quote in the file no field holds a newline, so a record is a line."""
    return f"""
        select
            {", ".join(_fields(header))}, 0 as _newlines, null as _blanks,
            {header.blank_line_count + header.line_count} + row_number() over () as _line
        from {source}"""


def _numbered(source: str, header: Header) -> str:
    fields = ", ".join(_fields(header))
    # A quote on either side keeps a newline at the edge of a field from looking like a blank line. It is put together
    # for records that hold a newline only.
    quoted = ", ".join(f"{_QUOTE} || {field} || {_QUOTE}" for field in _fields(header))
    text = f"concat_ws(',', {quoted})"
    newlines = f"length({text}) - length(replace({text}, chr(10), ''))"
    blanks = f"""
        case when _newlines > 1 and regexp_matches({text}, '\\n\\r?\\n') then list_filter(
            range(1, _newlines + 1),
            lambda line: rtrim(string_split({text}, chr(10))[line + 1], chr(13)) = ''
        ) end"""
    return f"""
        select
            {fields},
            _newlines,
            {blanks} as _blanks,
            {header.blank_line_count + header.line_count}
            + sum(1 + _newlines) over (rows between unbounded preceding and current row) - _newlines as _line
        from (
            select *, case when contains(concat_ws(',', {fields}), chr(10)) then {newlines} else 0 end as _newlines
            from {source}
        )"""


def _unreadable(scanned: Scan) -> Refusal:
    lf_count = scanned.line_count - scanned.crlf_count
    if scanned.crlf_count and lf_count > 1:
        return Refusal(
            "mixed_line_ends",
            f"mixes line ends: {scanned.crlf_count:,} lines end in CRLF and {lf_count:,} in LF. Save it with one of "
            "them throughout.",
        )
    return Refusal(
        "unreadable_csv",
        "cannot be parsed as CSV (RFC 4180). Look for a carriage return alone or a quote inside a field that is not "
        "quoted.",
    )


def _rejected_records(
    connection: duckdb.DuckDBPyConnection, file: LandedFile, blank_lines: np.ndarray
) -> RejectedRecords:
    """Rejected records with their physical line, also as the temporary table `rejected_records` when there are any."""
    if not connection.execute("select count(*) from reject_errors").fetchone()[0]:
        return RejectedRecords(np.empty(0, np.int64), np.empty(0, np.int64))
    # A record is listed once per field that is too many; its text never leaves this statement.
    # It is cut after 10,000 characters; newlines beyond are missing from the balance, and the file is refused.
    connection.execute(
        """
        create or replace temp table rejected_positions as
        select
            cast(line_byte_position - 1 as bigint) as position,
            case
                when bool_or(error_type = 'UNQUOTED VALUE') then 'stray_quote'
                when bool_or(error_type = 'LINE SIZE OVER MAXIMUM') then 'line_too_long'
                when bool_or(error_type = 'TOO MANY COLUMNS') then 'too_many_fields'
                when bool_or(error_type = 'MISSING COLUMNS') then 'too_few_fields'
                else 'unreadable_record'
            end as reason_kind,
            case
                when bool_or(error_type = 'TOO MANY COLUMNS') then max(_found)
                when bool_or(error_type = 'MISSING COLUMNS') then min(_found)
            end as field_count,
            max(length(_text) - length(replace(_text, chr(10), ''))) as newlines
        from (
            select
                *,
                coalesce(trim(csv_line, chr(10) || chr(13)), '') as _text,
                try_cast(regexp_extract(error_message, 'Found: (\\d+)', 1) as bigint) as _found
            from reject_errors
        )
        group by line_byte_position
        order by position
        """
    )
    found = connection.execute("select position, newlines, reason_kind from rejected_positions").fetchnumpy()
    positions = np.asarray(found["position"], np.int64)
    newlines = np.asarray(found["newlines"], np.int64)
    lines = lines_at(file, positions)
    # DuckDB lets a record begin at the blank lines before it.
    while (on_blank := np.isin(lines, blank_lines)).any():
        lines = lines + on_blank
    is_open = (np.asarray(found["reason_kind"]) == "stray_quote") & (newlines > 0)
    if is_open.any():
        # The rows that such a record swallows may all be good ones.
        raise Refusal(
            "unclosed_quote",
            f"has a quote in line {lines[is_open][0]:,} that is not closed on that line and swallows the "
            f"{newlines[is_open][0]:,} lines after it. Close it, or double a quote that is part of the text.",
        )
    located = pa.table({"position": positions, "line": lines})
    connection.register("located", located)
    connection.execute(
        "create or replace temp table rejected_records as from rejected_positions join located using (position)"
    )
    connection.unregister("located")
    return RejectedRecords(lines, newlines)


def _settle(
    connection: duckdb.DuckDBPyConnection, scanned: Scan, header: Header, rejected: RejectedRecords
) -> tuple[int, Balance]:
    top = header.blank_line_count + header.line_count
    loaded_count, newline_count, last_line, has_blanks = connection.execute(
        "select count(*), coalesce(sum(_newlines), 0), coalesce(max(_line + _newlines), $1), count(_blanks) > 0 "
        "from landed",
        [top],
    ).fetchone()
    embedded = np.empty(0, np.int64)
    if has_blanks:
        offsets = connection.execute(
            "select unnest(_blanks) + _line as line from landed where _blanks is not null order by line"
        ).fetchnumpy()
        embedded = np.asarray(offsets["line"], np.int64) - top
    blank_lines = scanned.blank_lines
    if len(header.names) == 1:
        # With one column a blank line is a record whose field is empty, and is loaded as such.
        blank_lines = blank_lines[blank_lines <= header.blank_line_count]
        embedded = embedded[:0]
    balance = settle(
        line_count=scanned.line_count,
        blank_lines=blank_lines,
        top_blank_count=header.blank_line_count,
        header_line_count=header.line_count,
        loaded_count=loaded_count,
        loaded_newline_count=int(newline_count),
        embedded_blank_lines=embedded,
        rejected=rejected,
        last_loaded_line=int(last_line) - top,
    )
    return loaded_count, balance


def _write_rejected_records(connection: duckdb.DuckDBPyConnection, header: Header) -> None:
    reasons = " ".join(f"when {literal(kind)} then {literal(expected)}" for kind, expected in LINE_REASONS.items())
    width = f"'{len(header.names)} fields'"
    connection.execute(
        f"""
        insert into rejected_lines
        select
            line,
            case
                when field_count is not null then field_count || if(field_count = 1, ' field', ' fields')
                when reason_kind = 'stray_quote' then 'a quote inside a field'
                when reason_kind = 'line_too_long' then 'more than 2 MiB'
                else 'a record that cannot be parsed'
            end as found,
            if(field_count is not null, {width}, case reason_kind {reasons} end) as expected,
            reason_kind,
            'Line ' || line || ' has ' || found || '; expected ' || expected || '.' as reason
        from rejected_records
        """
    )


def _write_blank_lines(connection: duckdb.DuckDBPyConnection, lines: np.ndarray) -> None:
    if not len(lines):
        return
    connection.register("blank_lines", pa.table({"line": lines}))
    connection.execute(
        "insert into rejected_lines select line, 'a blank line', 'a record', 'blank_line', "
        "'Line ' || line || ' is blank; expected a record.' from blank_lines"
    )
    connection.unregister("blank_lines")


def _shift_lines(connection: duckdb.DuckDBPyConnection, gaps: np.ndarray, top: int) -> None:
    """Makes `_line` of `landed` physical where rejected and blank lines stand between loaded records."""
    if len(gaps) == top:
        return
    starts = np.unique(gaps)
    # What lies above the header's end is in `_line` already.
    shifts = np.searchsorted(gaps, starts, side="right") - top
    connection.register("gaps", pa.table({"start": starts + top, "shift": shifts}))
    connection.execute(
        "create or replace temp table landed as select landed.* replace (_line + shift as _line) "
        "from landed asof join gaps on landed._line >= gaps.start order by landed._line"
    )
    connection.unregister("gaps")
