"""From the fields of any reader to the rows of raw: contract order, personal data hashed, row hash."""

from dataclasses import dataclass, field

import duckdb

from cx_warehouse.contract import Column, SourceTable
from cx_warehouse.landing.engine import identifier, literal, raise_own_fault
from cx_warehouse.landing.header import Mapping, safe_name
from cx_warehouse.landing.pii import Protection, is_address, keyed_hash, masked, pseudonym, scrubbed, without_addresses
from cx_warehouse.landing.report import Refusal

# Between the fields that a row hash covers: no text field holds it, so no two rows run together.
_UNIT_SEPARATOR = "chr(31)"


@dataclass
class Reading:
    """One file, read: its rows stand in the temporary table `landed`, its rejected lines in `rejected_lines`.

    `landed` has every contract column in order, `_unknown_columns`, `_row_hash`, `_line`, `_newlines` (newlines inside
    the fields of that record) and `_blanks` (offsets of the blank lines among them), `_address_<column>` for each id
    (whether it was an e-mail address) where the file has an @, and `_apart_<column>` for each column of free words that
    is kept apart.
    `rejected_lines` has `line`, `found`, `expected`, `reason_kind`, `reason`.
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
    has_at_signs: bool = True,
) -> None:
    """Runs a reader's relation into the temporary table `landed`.

    Args:
        connection: of `loader_connection`.
        table: the table that the file is of.
        relation: SQL that yields f0, f1, … (text), `_line`, `_newlines` and `_blanks`, in the order of the file.
        mapping: which field is which column.
        protection: of personal data.
        refusal: what to raise when DuckDB cannot read the file; DuckDB's own words may quote the file and are dropped.
        has_at_signs: false where no @ stands anywhere in the file, so that nobody need look for e-mail addresses.

    Raises:
        Refusal: the file cannot be read.
    """
    columns = {column.name: _value(column, table, mapping, protection, has_at_signs) for column in table.columns}
    apart = {
        f"_apart_{name}": _text(mapping.known[name])
        for name in table.words
        if protection.comments == "keep_apart" and name in mapping.known
    }
    addresses = {
        f"_address_{column.name}": _is_hashed_address(_text(mapping.known[column.name]), column, table)
        for column in table.columns
        if has_at_signs and column.name in mapping.known and _may_be_id(column, table)
    }
    left = [] if table.leaves_out_unknown else mapping.unknown
    shown = masked if has_at_signs else str
    unknown = [(f"_u{number}", safe_name(name), shown(_text(index))) for number, (name, index) in enumerate(left)]
    hashed = sorted(
        [(name, identifier(name)) for name in mapping.known] + [(name, alias) for alias, name, _ in unknown]
    )
    items = ", ".join(f"{literal(name + '=')} || {expression}" for name, expression in hashed)
    pairs = ", ".join(f"{literal(name)}, {alias}" for alias, name, _ in unknown)
    # A merge with nothing drops the keys that are null.
    unknown_json = (
        f"nullif(cast(json_merge_patch('{{}}', json_object({pairs})) as varchar), '{{}}')" if unknown else "null"
    )
    kept = columns | apart | addresses
    named = [f"{sql} as {identifier(name)}" for name, sql in kept.items()]
    named += [f"{sql} as {alias}" for alias, _, sql in unknown]
    statement = f"""
        create or replace temp table landed as
        with fields as ({relation}),
        named as (select {", ".join(named)}, _line, _newlines, _blanks from fields)
        select
            {", ".join(map(identifier, kept))},
            cast({unknown_json} as varchar) as _unknown_columns,
            md5(concat_ws({_UNIT_SEPARATOR}, {items})) as _row_hash,
            cast(_line as bigint) as _line,
            cast(_newlines as bigint) as _newlines,
            cast(_blanks as bigint[]) as _blanks
        from named
    """
    hashes_personal_data = protection.key is not None and any(name in mapping.known for name in table.pii)
    # DuckDB takes no parameter that the statement does not name.
    parameters = (protection.key if hashes_personal_data else {}) | (protection.id_parameters if addresses else {})
    try:
        connection.execute(statement, parameters or None)
    except duckdb.Error as error:
        raise_own_fault(error)
        raise refusal from None


def reset_rejected_lines(connection: duckdb.DuckDBPyConnection) -> None:
    """Empties the table for the lines that a reader rejects."""
    connection.execute("delete from rejected_lines")


def _text(index: int) -> str:
    return f"nullif(f{index}, '')"


def _value(column: Column, table: SourceTable, mapping: Mapping, protection: Protection, has_at_signs: bool) -> str:
    index = mapping.known.get(column.name)
    if column.is_words:
        is_kept = index is not None and protection.comments == "scrub"
        return f"nullif({scrubbed(f'f{index}')}, '')" if is_kept else "cast(null as varchar)"
    if index is None or (column.is_pii and protection.key is None):
        return "cast(null as varchar)"
    if column.is_pii:
        # Tools write one address in different cases; the same person must get the same hash from each.
        return keyed_hash(f"lower(f{index})" if column.is_email else f"f{index}")
    if not has_at_signs:
        return _text(index)
    if not _may_be_id(column, table):
        return f"nullif({without_addresses(f'f{index}')}, '')"
    # One id must become one text everywhere, or rows would no longer find each other.
    text = _text(index)
    return (
        f"case when {_is_hashed_address(text, column, table)} then {pseudonym(text)} "
        f"else {text if _is_id(column) else without_addresses(text)} end"
    )


def _may_be_id(column: Column, table: SourceTable) -> bool:
    # What an export's column is, is not known.
    return not (column.is_pii or column.is_words) and (_is_id(column) or table.files is not None)


def _is_id(column: Column) -> bool:
    return column.is_key or column.name.endswith("_id")


def _is_hashed_address(text: str, column: Column, table: SourceTable) -> str:
    return is_address(text, whole=table.files is not None and not _is_id(column))
