"""Everything that is one person's: their ids in every tool, and the rows that hold them or hang on what is theirs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb

from cx_warehouse.contract import SourceTable
from cx_warehouse.landing.discover import LandedFile, files_of, tables_to_load
from cx_warehouse.landing.engine import identifier, literal, loader_connection, path_literal
from cx_warehouse.landing.load import considered, read_into_landed
from cx_warehouse.landing.pii import ADDRESS, Protection, padded
from cx_warehouse.landing.pointers import PEOPLE, RESPONSES, Pointers, pointers_of
from cx_warehouse.landing.report import FileResult
from cx_warehouse.settings import Settings

EMAIL = re.compile(ADDRESS)


@dataclass
class Person:
    """Identifiers by what they identify; `crm.customers` holds the ids of the person in every tool."""

    identifiers: dict[str, set[str]]
    emails: set[str] = field(default_factory=set)

    @property
    def ids(self) -> set[str]:
        return self.identifiers[PEOPLE]

    def words(self) -> re.Pattern[str]:
        """Finds any of the identifiers or addresses as a whole word."""
        every = {value for values in self.identifiers.values() for value in values} | self.emails
        listed = "|".join(re.escape(value) for value in sorted(every, key=len, reverse=True))
        return re.compile(rf"(?<![\w-])(?:{listed})(?![\w-])", re.IGNORECASE)


@dataclass
class Held:
    """Rows of one file that are the person's.

    `lines` are (first physical line, newlines inside the record), in a Parquet file (row number, 0); of a file of raw,
    lines of the file that it was loaded from.
    """

    table: SourceTable
    lines: list[tuple[int, int]]
    landed: LandedFile | None = None
    file_hash: str | None = None
    rejected: list[int] = field(default_factory=list)


@dataclass
class Findings:
    """Whose rows lie where.

    `landed` has every landed file that a reader takes, with the person's rows (maybe none) and the lines rejected;
    `raw` has files of raw with the person's rows; `unread` are landed files that no reader takes.
    """

    person: Person
    landed: list[Held]
    raw: list[Held]
    unread: list[tuple[SourceTable, LandedFile]]


def find(settings: Settings, known: dict[str, set[str]]) -> Findings:
    """Look for a person in everything landed and everything loaded.

    A row is theirs when it names them as its customer, or names nobody and hangs on a key of theirs: their order, their
    contact, their response. A key that any version gives to somebody else is not theirs.

    Args:
        settings: landing and warehouse folders.
        known: identifiers that are known to be theirs.
    """
    tables = {table.id: table for table in tables_to_load(settings)}
    led = {name: pointers_of(table, tables) for name, table in tables.items()}
    identifiers = {kind: set(known.get(kind, ())) for kind in (*tables, RESPONSES)}
    landed: list[Held] = []
    unread = []
    with loader_connection(settings) as connection:
        for name, pointers in led.items():
            _collect_raw(connection, settings, tables[name], pointers)
            for file in files_of(settings, tables[name])[0] if settings.landing.is_dir() else []:
                result = considered(tables[name], file)
                # Any key will do: hashes of personal data are not looked at.
                if result.file_status == "loaded" and read_into_landed(
                    connection, file, tables[name], Protection(padded(b"search")), settings.threads, result
                ):
                    _collect_landed(connection, tables[name], pointers, len(landed), result)
                    rejected = [] if file.format == "parquet" else _rejected(connection)
                    landed.append(Held(tables[name], [], file, result.file_hash, rejected))
                else:
                    unread.append((tables[name], file))
        led = {name: pointers for name, pointers in led.items() if pointers}
        _find_ids(connection, led, identifiers[PEOPLE])
        _find_keys(connection, led, identifiers)
        held_raw = []
        for name, pointers in led.items():
            for number, file_hash, lines in _rows_of(connection, name, pointers, identifiers):
                if number is None:
                    held_raw.append(Held(tables[name], lines, file_hash=file_hash))
                else:
                    landed[number].lines = lines
    return Findings(Person(identifiers), landed, held_raw, unread)


def _rejected(connection: duckdb.DuckDBPyConnection) -> list[int]:
    return [line for (line,) in connection.execute("select distinct line from rejected_lines order by 1").fetchall()]


def _columns(pointers: Pointers) -> list[str]:
    return [*pointers.owners, *(column for _, column in pointers.others), *([pointers.key] if pointers.key else [])]


def _selected(pointers: Pointers) -> str:
    # What a key and a reference mean is compared without the white space around it.
    distinct = dict.fromkeys(_columns(pointers))
    return "".join(f"nullif(trim({identifier(column)}), '') as {identifier(column)}, " for column in distinct)


def _rows(name: str) -> str:
    return identifier(f"rows of {name}")


def _collect_raw(
    connection: duckdb.DuckDBPyConnection, settings: Settings, table: SourceTable, pointers: Pointers
) -> None:
    paths = sorted(settings.raw.glob(f"{table.id}.*.parquet")) if settings.raw.is_dir() else []
    columns = ", ".join(f"{identifier(column)} varchar" for column in dict.fromkeys(_columns(pointers)))
    connection.execute(
        f"create temp table {_rows(table.id)} "
        f"({columns}{',' if columns else ''} number integer, file_hash varchar, line bigint, newlines bigint)"
    )
    if paths:
        listed = ", ".join(path_literal(path) for path in paths)
        connection.execute(
            f"insert into {_rows(table.id)} select {_selected(pointers)}null, _file_hash, _line, 0 "
            f"from read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
        )


def _collect_landed(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, pointers: Pointers, number: int, result: FileResult
) -> None:
    connection.execute(
        f"insert into {_rows(table.id)} select {_selected(pointers)}{number}, {literal(result.file_hash)}, _line, "
        "_newlines from landed"
    )


def _find_ids(connection: duckdb.DuckDBPyConnection, led: dict[str, Pointers], ids: set[str]) -> None:
    """Ids of the same person in other tools, unless a tool's id stands for several people."""
    if "crm.customer_identities" not in led:
        return
    pairs = connection.execute(
        f"select distinct customer_id, tool_customer_id from {_rows('crm.customer_identities')} "
        "where customer_id is not null and tool_customer_id is not null"
    ).fetchall()
    people: dict[str, set[str]] = {}
    for customer, alias in pairs:
        people.setdefault(alias, set()).add(customer)
    while True:
        found = {alias for customer, alias in pairs if customer in ids and len(people[alias]) == 1}
        found |= {customer for customer, alias in pairs if alias in ids and len(people[alias]) == 1}
        if found <= ids:
            return
        ids |= found


def _find_keys(
    connection: duckdb.DuckDBPyConnection, led: dict[str, Pointers], identifiers: dict[str, set[str]]
) -> None:
    while True:
        before = sum(len(values) for values in identifiers.values())
        for name, pointers in led.items():
            theirs, others = _conditions(name, pointers, identifiers)
            keys = [(name, pointers.key)] if pointers.key and name != PEOPLE else []
            keys += [(RESPONSES, column) for kind, column in pointers.others if kind == RESPONSES]
            for kind, column in keys:
                found = connection.execute(
                    f"select {identifier(column)} from {_rows(name)} where {identifier(column)} is not null "
                    f"group by all having bool_or({theirs}) and not bool_or({others})"
                ).fetchall()
                identifiers[kind] |= {value for (value,) in found}
        if sum(len(values) for values in identifiers.values()) == before:
            return


def _conditions(name: str, pointers: Pointers, identifiers: dict[str, set[str]]) -> tuple[str, str]:
    """SQL: the row is the person's; the row is somebody else's."""
    owned = [_among(column, identifiers[PEOPLE]) for column in pointers.owners]
    nobody = " and ".join(f"{identifier(column)} is null" for column in pointers.owners) or "true"
    led = [_among(column, identifiers[kind]) for kind, column in pointers.others]
    led += [_among(pointers.key, identifiers[name])] if pointers.key else []
    theirs = f"({' or '.join(owned) or 'false'}) or ({nobody} and ({' or '.join(led) or 'false'}))"
    return f"({theirs})", f"(not ({theirs}) and not ({nobody}))"


def _among(column: str, values: Iterable[str]) -> str:
    listed = ", ".join(literal(value) for value in sorted(values))
    return f"coalesce({identifier(column)} in ({listed}), false)" if listed else "false"


def _rows_of(
    connection: duckdb.DuckDBPyConnection, name: str, pointers: Pointers, identifiers: dict[str, set[str]]
) -> list[tuple]:
    theirs, _ = _conditions(name, pointers, identifiers)
    found = connection.execute(
        f"select number, file_hash, list((line, newlines) order by line) from {_rows(name)} where {theirs} group by all"
    ).fetchall()
    return [(number, file_hash, [tuple(each) for each in lines]) for number, file_hash, lines in found]
