"""From the fields of any reader to the rows of raw: contract order, personal data hashed, row hash."""

from dataclasses import dataclass, field

import duckdb

from cx_warehouse.contract import Column, SourceTable
from cx_warehouse.landing.engine import identifier, literal, raise_own_fault
from cx_warehouse.landing.header import Mapping, safe_name
from cx_warehouse.landing.pii import Protection, keyed_hash, masked, scrubbed, without_addresses
from cx_warehouse.landing.report import Refusal

# Between the fields that a row hash covers: no text field holds it, so no two rows run together.
_UNIT_SEPARATOR = "chr(31)"


@dataclass
class Reading:
    """One file, read: its rows stand in the temporary table `landed`, its rejected lines in `rejected_lines`.

    `landed` has every contract column in order, `_unknown_columns`, `_row_hash`, `_line`, `_newlines` (newlines inside
    the fields of that record) and `_blanks` (offsets of the blank lines among them), and `_apart_<column>` for each
    column of free words that is kept apart. `rejected_lines` has `line`, `found`, `expected`, `reason_kind`, `reason`.
    """

    mapping: Mapping
    physical_line_count: int
    header_line_count: int
    loaded_count: int
    embedded_newline_count: int
    rejected_count: int
    notes: list[str] = field(default_factory=list)


def land_rows(
    connection: duckdb.DuckDBPyConnection,
    table: SourceTable,
    relation: str,
    mapping: Mapping,
    protection: Protection,
    refusal: Refusal,
) -> None:
    """Runs a reader's relation into the temporary table `landed`.

    Args:
        connection: of `loader_connection`.
        table: the table that the file is of.
        relation: SQL that yields f0, f1, … (text), `_line`, `_newlines` and `_blanks`, in the order of the file.
        mapping: which field is which column.
        protection: of personal data.
        refusal: what to raise when DuckDB cannot read the file; DuckDB's own words may quote the file and are dropped.

    Raises:
        Refusal: the file cannot be read.
    """
    columns = {column.name: _value(column, table, mapping, protection) for column in table.columns}
    apart = {
        f"_apart_{name}": _text(mapping.known[name])
        for name in table.words
        if protection.comments == "keep_apart" and name in mapping.known
    }
    left = [] if table.leaves_out_unknown else mapping.unknown
    unknown = [(f"_u{number}", safe_name(name), masked(_text(index))) for number, (name, index) in enumerate(left)]
    hashed = sorted(
        [(name, identifier(name)) for name in mapping.known] + [(name, alias) for alias, name, _ in unknown]
    )
    items = ", ".join(f"{literal(name + '=')} || {expression}" for name, expression in hashed)
    pairs = ", ".join(f"{literal(name)}, {alias}" for alias, name, _ in unknown)
    # A merge with nothing drops the keys that are null.
    unknown_json = (
        f"nullif(cast(json_merge_patch('{{}}', json_object({pairs})) as varchar), '{{}}')" if unknown else "null"
    )
    named = [f"{sql} as {identifier(name)}" for name, sql in (columns | apart).items()]
    named += [f"{sql} as {alias}" for alias, _, sql in unknown]
    statement = f"""
        create or replace temp table landed as
        with fields as ({relation}),
        named as (select {", ".join(named)}, _line, _newlines, _blanks from fields)
        select
            {", ".join(identifier(name) for name in columns | apart)},
            cast({unknown_json} as varchar) as _unknown_columns,
            md5(concat_ws({_UNIT_SEPARATOR}, {items})) as _row_hash,
            cast(_line as bigint) as _line,
            cast(_newlines as bigint) as _newlines,
            cast(_blanks as bigint[]) as _blanks
        from named
    """
    hashes_personal_data = protection.key is not None and any(name in mapping.known for name in table.pii)
    try:
        connection.execute(statement, protection.key if hashes_personal_data else None)
    except duckdb.Error as error:
        raise_own_fault(error)
        raise refusal from None


def reset_rejected_lines(connection: duckdb.DuckDBPyConnection) -> None:
    """Empties the table for the lines that a reader rejects."""
    connection.execute("delete from rejected_lines")


def _text(index: int) -> str:
    return f"nullif(f{index}, '')"


def _value(column: Column, table: SourceTable, mapping: Mapping, protection: Protection) -> str:
    index = mapping.known.get(column.name)
    if column.is_words:
        is_kept = index is not None and protection.comments == "scrub"
        return f"nullif({scrubbed(f'f{index}')}, '')" if is_kept else "cast(null as varchar)"
    if index is None or (column.is_pii and protection.key is None):
        return "cast(null as varchar)"
    if column.is_pii:
        # Tools write one address in different cases; the same person must get the same hash from each.
        return keyed_hash(f"lower(f{index})" if column.is_email else f"f{index}")
    # An id must stay what it is, or rows would no longer find each other; what an export's column is, is not known.
    is_kept = column.name.endswith("_id") or table.files is not None
    return _text(index) if is_kept else f"nullif({without_addresses(f'f{index}')}, '')"
