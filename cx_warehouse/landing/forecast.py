"""Which rows the typing after the load would reject, and which values it would not read.

The models do the typing (macros/cross_db/read_text.sql, macros/config/typed_rows.sql); this says the same of a file
before it is loaded, and a test holds the patterns of the two together.
"""

import duckdb

from cx_warehouse.contract import Column, SourceTable
from cx_warehouse.landing.engine import identifier, literal
from cx_warehouse.landing.report import Problem

_INSTANT = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)? ?(Z|[+-]\d{2}(:?\d{2})?)?)?$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_DECIMAL = r"^[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d{1,2})?$"
_INTEGER = r"^[+-]?\d+([.]0+)?$"

EXPECTED = {
    "text": "a text",
    "timestamp": "an ISO 8601 instant such as 2026-03-01T14:00:00Z",
    "date": "an ISO 8601 date such as 2026-03-01",
    "date_or_timestamp": "an ISO 8601 date or instant",
    "decimal": "a decimal number such as 12.50",
    "integer": "a whole number",
}


def typed_problems(connection: duckdb.DuckDBPyConnection, table: SourceTable, examples: int) -> list[Problem]:
    """Values of `landed` that are missing or cannot be read, by column and kind.

    Args:
        connection: holds `landed`.
        table: the table that `landed` is of.
        examples: how many lines to show per problem.
    """
    conditions = [
        (column, kind, condition)
        for column in table.columns
        for kind, condition in (("missing", _is_missing(column, table)), ("unreadable", _is_unreadable(column, table)))
        if condition
    ]
    if not conditions:
        return []
    counted = ", ".join(f"count(*) filter ({condition})" for _, _, condition in conditions)
    counts = connection.execute(f"select {counted} from landed").fetchone()
    problems = []
    for (column, kind, condition), count in zip(conditions, counts, strict=True):
        if count:
            found = "'***'" if column.is_pii else f"coalesce(left({_text(column)}, 80), 'nothing')"
            shown = connection.execute(
                f"select _line, {found} from landed where {condition} order by _line limit {examples}"
            ).fetchall()
            problems.append(Problem(column.name, kind, column.is_required, count, expected(column), tuple(shown)))
    return problems


def typed_rejected_count(connection: duckdb.DuckDBPyConnection, table: SourceTable) -> int:
    """Rows of `landed` of which a required value is missing or cannot be read."""
    conditions = [
        condition
        for column in table.columns
        if column.is_required
        for condition in (_is_missing(column, table), _is_unreadable(column, table))
        if condition
    ]
    if not conditions:
        return 0
    any_of = " or ".join(f"({condition})" for condition in conditions)
    return connection.execute(f"select count(*) from landed where {any_of}").fetchone()[0]


def expected(column: Column) -> str:
    """What a value of a column must be, in words."""
    return f"one of {', '.join(column.allowed)}" if column.allowed else EXPECTED[column.data_type]


def _text(column: Column) -> str:
    return f"nullif(trim({identifier(column.name)}), '')"


def _is_missing(column: Column, table: SourceTable) -> str | None:
    return f"{_text(column)} is null and {_must_be_filled(column, table)}" if column.is_required else None


def _is_unreadable(column: Column, table: SourceTable) -> str | None:
    text = _text(column)
    readable = _readable(column, text)
    if readable is None:
        return None
    counts = _must_be_filled(column, table) if column.is_required else "true"
    return f"{text} is not null and not coalesce({readable}, false) and {counts}"


def _must_be_filled(column: Column, table: SourceTable) -> str:
    """A deletion needs only its key, since a tool often sends nothing else with it."""
    deleted = next((other for other in table.columns if other.name == "deleted_at"), None)
    if column.is_key or deleted is None:
        return "true"
    return f"not coalesce({_readable(deleted, _text(deleted))}, false)"


def _readable(column: Column, text: str) -> str | None:
    if column.data_type == "timestamp":
        return _readable_instant(text)
    if column.data_type == "date":
        return f"regexp_matches({text}, {literal(_INSTANT)}) and try_cast(left({text}, 10) as date) is not null"
    if column.data_type == "date_or_timestamp":
        bare_date = f"regexp_matches({text}, {literal(_DATE)}) and try_cast({text} as date) is not null"
        return f"({bare_date}) or (length({text}) > 10 and {_readable_instant(text)})"
    if column.data_type == "decimal":
        number = f"try_cast(try_cast({text} as decimal(38, 12)) as decimal(28, 6)) is not null"
        return f"regexp_matches({text}, {literal(_DECIMAL)}) and {number}"
    if column.data_type == "integer":
        number = f"try_cast(try_cast({text} as decimal(28, 6)) as integer) is not null"
        return f"regexp_matches({text}, {literal(_INTEGER)}) and {number}"
    if column.allowed:
        return f"lower({text}) in ({', '.join(literal(value) for value in column.allowed)})"
    return None


def _readable_instant(text: str) -> str:
    # An offset may follow with or without a space and without minutes; both casts read what the pattern lets through.
    has_offset = f"length({text}) > 10 and regexp_matches(substr({text}, 11), '(Z|[+-]\\d{{2}}(:?\\d{{2}})?)$')"
    return (
        f"regexp_matches({text}, {literal(_INSTANT)}) and case when {has_offset} "
        f"then try_cast({text} as timestamptz) is not null else try_cast({text} as timestamp) is not null end"
    )
