"""Which rows the typing after the load would reject, and which values it would not read.

The models do the typing (macros/cross_db/read_text.sql, macros/config/typed_rows.sql); this says the same of a file
before it is loaded, and a test holds the patterns of the two together.
"""

import duckdb

from cx_warehouse.contract import Column, SourceTable
from cx_warehouse.landing.engine import identifier, literal
from cx_warehouse.landing.header import Mapping
from cx_warehouse.landing.report import Problem

_INSTANT = (
    r"^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)? ?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?)?$"
)
_DATE = r"^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}$"
_DECIMAL = r"^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$"
_INTEGER = r"^[+-]?[0-9]+([.]0+)?$"

EXPECTED = {
    "text": "a text",
    "timestamp": "an ISO 8601 instant such as 2026-03-01T14:00:00Z",
    "date": "an ISO 8601 date such as 2026-03-01",
    "date_or_timestamp": "an ISO 8601 date or instant",
    "decimal": "a decimal number below a million million, such as 12.50",
    "integer": "a whole number",
}


def typed_problems(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, mapping: Mapping, examples: int
) -> tuple[list[Problem], int]:
    """Values of `landed` that are missing or cannot be read, by column and kind.

    Args:
        connection: holds `landed`.
        table: the table that `landed` is of.
        mapping: which of its columns the file has.
        examples: how many lines to show per problem.

    Returns:
        The problems, and how many rows are rejected for at least one of them.
    """
    if table.files is not None:
        # A tool's export is typed after its connector has mapped it; here only its columns are known, not its rows.
        return [], 0
    present = [column for column in table.columns if column.name in mapping.known]
    is_deletion = _is_deletion(present)
    conditions = []
    for column in present:
        text = identifier(column.name)
        counts = f"not ({is_deletion})" if column.is_required and not column.is_key else "true"
        if column.is_required:
            conditions.append((column, "missing", f"{text} is null and {counts}"))
        if readable := _readable(column, text):
            conditions.append(
                (column, "unreadable", f"{text} is not null and not coalesce({readable}, false) and {counts}")
            )
    if not conditions:
        return [], 0
    trimmed = ", ".join(
        f"nullif(trim({identifier(column.name)}), '') as {identifier(column.name)}" for column in present
    )
    flags = ", ".join(f"{condition} as p{at}" for at, (_, _, condition) in enumerate(conditions))
    rejecting = [f"p{at}" for at, (column, _, _) in enumerate(conditions) if column.is_required]
    judged = f"(select *, {flags} from (select _line, {trimmed} from landed))"
    counted = ", ".join(f"count(*) filter (p{at})" for at in range(len(conditions)))
    *counts, rejected_count = connection.execute(
        f"select {counted}, count(*) filter ({' or '.join(rejecting) or 'false'}) from {judged}"
    ).fetchone()
    problems = []
    for at, ((column, kind, _), count) in enumerate(zip(conditions, counts, strict=True)):
        if count:
            text = identifier(column.name)
            cut = f"replace(replace(left({text}, 80), chr(31), ' '), chr(30), ' ')"
            shown_text = f"case when {text} like '%@%' then '***' else coalesce({cut}, 'nothing') end"
            found = "'***'" if column.is_pii else shown_text
            shown = connection.execute(
                f"select _line, {found} from {judged} where p{at} order by _line limit {examples}"
            ).fetchall()
            problems.append(Problem(column.name, kind, column.is_required, count, expected(column), tuple(shown)))
    return problems, rejected_count


def expected(column: Column) -> str:
    """What a value of a column must be, in words."""
    return f"one of {', '.join(column.allowed)}" if column.allowed else EXPECTED[column.data_type]


def _is_deletion(present: list[Column]) -> str:
    """A deletion needs only its key, since a tool often sends nothing else with it."""
    deleted = next((column for column in present if column.name == "deleted_at"), None)
    return f"coalesce({_readable(deleted, 'deleted_at')}, false)" if deleted else "false"


def _readable(column: Column, text: str) -> str | None:
    if column.data_type == "timestamp":
        return _readable_instant(text)
    if column.data_type == "date":
        return f"regexp_matches({text}, {literal(_INSTANT)}) and try_cast(left({text}, 10) as date) is not null"
    if column.data_type == "date_or_timestamp":
        bare_date = f"regexp_matches({text}, {literal(_DATE)}) and try_cast({text} as date) is not null"
        return f"({bare_date}) or (length({text}) > 10 and {_readable_instant(text)})"
    # What the patterns let through fails the models' casts only by its size; casts to wide decimals are slow.
    if column.data_type == "decimal":
        return f"regexp_matches({text}, {literal(_DECIMAL)}) and abs(try_cast({text} as double)) < 1e12"
    if column.data_type == "integer":
        return f"regexp_matches({text}, {literal(_INTEGER)}) and abs(try_cast({text} as double)) < 2147483648"
    if column.allowed:
        return f"lower({text}) in ({', '.join(literal(value) for value in column.allowed)})"
    return None


def _readable_instant(text: str) -> str:
    # An offset may follow with or without a space and without minutes; both casts read what the pattern lets through,
    # but for the space and where seconds are missing.
    has_offset = f"length({text}) > 10 and regexp_matches(substr({text}, 11), '(Z|[+-]\\d{{2}}(:?\\d{{2}})?)$')"
    closed = f"replace(replace(replace({text}, ' +', '+'), ' -', '-'), ' Z', 'Z')"
    # DuckDB reads 10:00 and 10:00:00Z, but not 10:00Z.
    timed = f"regexp_replace({closed}, '^(.{{16}})([Z+-])', '\\1:00\\2')"
    return (
        f"regexp_matches({text}, {literal(_INSTANT)}) and case when {has_offset} "
        f"then try_cast({timed} as timestamptz) is not null else try_cast({text} as timestamp) is not null end"
    )
