"""Which column of a file is which column of the contract."""

import csv
import io
import re
from dataclasses import dataclass
from difflib import get_close_matches

from cx_warehouse.contract import Column, SourceTable
from cx_warehouse.landing.report import Refusal
from cx_warehouse.landing.scan import HEAD_BYTES

# Comma by contract; the others are what spreadsheets of other countries, databases and mainframes write.
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MAX_UNKNOWN = 1_000


@dataclass(frozen=True)
class Header:
    """The header line of a CSV file.

    Attributes:
        names: field names in order, stripped; a nameless field is called by its position.
        delimiter: one character.
        blank_line_count: blank lines before it.
        line_count: physical lines it takes (more than one when a name holds a newline).
    """

    names: list[str]
    delimiter: str
    blank_line_count: int
    line_count: int


@dataclass(frozen=True)
class Mapping:
    """Where each contract column stands in a file.

    Attributes:
        known: contract column → index of its field.
        unknown: (name, index) of the fields that the contract does not know.
        missing: contract columns that the file lacks, none of them required.
    """

    known: dict[str, int]
    unknown: list[tuple[str, int]]
    missing: tuple[str, ...]

    @property
    def unknown_names(self) -> tuple[str, ...]:
        return tuple(safe_name(name) for name, _ in self.unknown)


def read_header(head: bytes, table: SourceTable) -> Header:
    """The first record of a CSV file, split by the delimiter that yields contract columns.

    Args:
        head: the first bytes of the file, decompressed, without a byte-order mark.
        table: the table whose columns are looked for.

    Raises:
        Refusal: there are only blank lines.
    """
    text = head.decode("utf-8", errors="ignore")
    known = {column.name.lower() for column in table.columns}
    headers = [_split(text, delimiter) for delimiter in DELIMITERS]
    comma = headers[0]
    # Another delimiter is considered only where the comma finds nothing to split.
    best = comma
    if len(comma.names) == 1:
        best = max(headers, key=lambda header: len(known & {name.lower() for name in header.names}))
    if not best.names:
        raise Refusal("empty_file", "holds nothing but blank lines. Land it with a header line, or delete it.")
    return best


def map_columns(names: list[str], table: SourceTable) -> Mapping:
    """Finds the contract's columns among the fields of a file, by name, whatever their case and order.

    Args:
        names: field names in the order of the file.
        table: the table that the file is of.

    Raises:
        Refusal: a name twice, a required column missing, no known column at all, or far too many unknown ones.
    """
    fields: dict[str, int] = {}
    for index, name in enumerate(names):
        if fields.setdefault(name.lower(), index) != index:
            raise Refusal("duplicate_column", f"{_twice(name, table)} Keep one of them, or rename the other.")
    known = {column.name: at for column in table.columns if (at := _place(column, fields, table)) is not None}
    taken = set(known.values())
    unknown = [(name, index) for index, name in enumerate(names) if index not in taken]
    missing = tuple(column.name for column in table.columns if column.name not in known)
    # Without one known name the first line is no header but data, and data is never repeated.
    unknown_names = tuple(safe_name(name) for name, _ in unknown) if known else ()
    lacking = [name for name in table.required if name not in known]
    if lacking:
        raise Refusal("missing_required_column", _lacks(table, lacking, known, unknown), tuple(lacking), unknown_names)
    if not known:
        expected = ", ".join(column.name for column in table.columns)
        raise Refusal(
            "no_known_column", f"has no column of {table.id} in its first line; expected some of: {expected}.", missing
        )
    if len(unknown) > MAX_UNKNOWN:
        raise Refusal(
            "too_many_columns",
            f"has {len(unknown):,} columns that the contract does not know; more than {MAX_UNKNOWN:,} look like data. "
            "Give each record the same columns.",
            missing,
        )
    return Mapping(known, unknown, missing)


def safe_name(name: str) -> str:
    """A column name that may be shown: one that looks like an e-mail address may be data that lacks its header."""
    return "***" if "@" in name else name


def _place(column: Column, fields: dict[str, int], table: SourceTable) -> int | None:
    """Index of the field that holds a column; an export may spell its headers with spaces, and in several ways."""
    if table.files is None:
        return fields.get(column.name.lower())
    spoken: dict[str, int] = {}
    for name, index in fields.items():
        spoken.setdefault(_words(name), index)
    spellings = [spoken.get(_words(name)) for name in column.also]
    return next(
        (at for at in (fields.get(column.name.lower()), spoken.get(column.name), *spellings) if at is not None), None
    )


def _words(name: str) -> str:
    """A header in the spelling of a column: `Duration (in seconds)` is duration_in_seconds."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _split(text: str, delimiter: str) -> Header:
    # A field may be as long as the part of the file that was read; the module's own limit is shorter.
    csv.field_size_limit(HEAD_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    blank_line_count = 0
    for record in reader:
        if record:
            names = [" ".join(name.split()) or f"column {number}" for number, name in enumerate(record, start=1)]
            return Header(names, delimiter, blank_line_count, reader.line_num - blank_line_count)
        blank_line_count = reader.line_num
    return Header([], delimiter, blank_line_count, 0)


def _twice(name: str, table: SourceTable) -> str:
    is_known = name.lower() in {column.name.lower() for column in table.columns}
    return f"has the column {name} twice." if is_known else "has two columns of the same name."


def _lacks(table: SourceTable, lacking: list[str], known: dict, unknown: list[tuple[str, int]]) -> str:
    columns = {column.name: column for column in table.columns}
    wanted = []
    for name in lacking:
        # Only a near miss is repeated: in a file without a header the names are somebody's data.
        near = get_close_matches(name.lower(), [_identifier(other) for other, _ in unknown], n=1, cutoff=0.7)
        hint = f"; is it the column {near[0]}?" if near else ""
        wanted.append(f"{name} ({columns[name].data_type}: {columns[name].description.rstrip('.')}.{hint})")
    plural = "columns" if len(lacking) > 1 else "column"
    them = "them" if len(lacking) > 1 else "it"
    found = f"It has {', '.join(known)}" if known else "Its first line names no column of the contract"
    others = f", and {len(unknown)} that the contract does not know" if known and unknown else ""
    return (
        f"lacks the required {plural} {', '.join(wanted)} {found}{others}. "
        f"Add {them}, or map the export with a connector."
    )


def _identifier(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()) if re.fullmatch(r"[\w .-]{1,60}", name) else ""
