"""Query results as text: a table for people, CSV and JSON for programs."""

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from cx_warehouse.errors import CxError

FORMATS = ("table", "csv", "json")

# A spreadsheet runs a cell that starts with one of these as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def render(columns: Sequence[str], rows: Iterable[Sequence[object]], form: str) -> str:
    """The rows as text.

    Args:
        columns: names, in order.
        rows: one sequence of values a row, in the order of `columns`.
        form: one of FORMATS.

    Returns:
        Text that ends in a newline. Null is `null` in a table and in JSON, an empty field in CSV.

    Raises:
        CxError: the format is unknown.
    """
    writers = {"table": as_table, "csv": as_csv, "json": as_json}
    if form not in writers:
        raise CxError(f"The format is {form!r}; expected one of {', '.join(FORMATS)}.")
    return writers[form](columns, rows)


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]], *, for_spreadsheet: bool = False) -> str:
    """CSV with a header line, null as an empty field.

    Args:
        columns: names, in order.
        rows: one sequence of values a row.
        for_spreadsheet: put an apostrophe before text that a spreadsheet would run as a formula.

    Returns:
        Text that ends in a newline.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_field(value, for_spreadsheet) for value in row])
    return out.getvalue()


def as_json(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A JSON array with one object a row; a repeated column name gets a number, since an object holds a name once.

    Args:
        columns: names, in order.
        rows: one sequence of values a row.

    Returns:
        Text that ends in a newline. Not-a-number and infinity become null: JSON has neither.
    """
    names = _unique(columns)
    objects = (json.dumps(dict(zip(names, map(_plain, row), strict=True)), ensure_ascii=False) for row in rows)
    body = ",\n".join(objects)
    return f"[\n{body}\n]\n" if body else "[]\n"


def as_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Aligned columns, numbers to the right, and the number of rows.

    Args:
        columns: names, in order.
        rows: one sequence of values a row.

    Returns:
        Text that ends in a newline.
    """
    records = [list(row) for row in rows]
    numeric = [
        any(_is_number(record[index]) for record in records)
        and all(record[index] is None or _is_number(record[index]) for record in records)
        for index in range(len(columns))
    ]
    cells = [[_one_line(_text(value, null="null")) for value in record] for record in records]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]

    def line(values: Sequence[str]) -> str:
        aligned = zip(values, widths, numeric, strict=True)
        return "  ".join(text.rjust(width) if right else text.ljust(width) for text, width, right in aligned).rstrip()

    ruler = "  ".join("-" * width for width in widths)
    count = f"({len(records)} row{'' if len(records) == 1 else 's'})"
    return "\n".join([line(columns), ruler, *map(line, cells), count]) + "\n"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _text(value: object, null: str) -> str:
    if value is None:
        return null
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list | tuple):
        return json.dumps(_plain(value), ensure_ascii=False)
    return str(value)


def _one_line(text: str) -> str:
    return text.replace("\r", "\\r").replace("\n", "\\n")


def _field(value: object, for_spreadsheet: bool) -> str:
    text = _text(value, null="")
    # Only text can be a formula: the minus of a number is no danger, and an apostrophe would make it text.
    if for_spreadsheet and not _is_number(value) and text.startswith(_FORMULA_STARTS):
        return f"'{text}"
    return text


def _plain(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        # A number where a double holds it exactly as written, else text, so that no digit is lost unseen.
        return float(value) if value.is_finite() and Decimal(repr(float(value))) == value else str(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, timedelta):
        return value.total_seconds()
    return _text(value, null="")


def _unique(columns: Sequence[str]) -> list[str]:
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            name, number = f"{column}_{number}", number + 1
        names.append(name)
    return names
