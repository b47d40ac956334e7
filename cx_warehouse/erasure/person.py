"""Everything that is one person's: their ids in every tool, and the rows that hold them or hang on what is theirs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb

from cx_warehouse.contract import SourceTable
from cx_warehouse.errors import CxError
from cx_warehouse.landing.discover import LandedFile, files_of, tables_to_load
from cx_warehouse.landing.engine import identifier, literal, loader_connection, path_literal
from cx_warehouse.landing.load import considered, read_into_landed
from cx_warehouse.landing.pii import ADDRESS, Protection, address_hashes, id_key, key_parameters, padded
from cx_warehouse.landing.pointers import OF_A_TOOL, OF_AN_ADDRESS, PEOPLE, RESPONSES, Pointers, pointers_of
from cx_warehouse.landing.report import FileResult
from cx_warehouse.settings import Settings

EMAIL = re.compile(ADDRESS)


@dataclass
class Person:
    """Identifiers by kind (see cx_warehouse.landing.pointers); `people` are the kinds that identify people."""

    identifiers: dict[str, set[str]]
    people: frozenset[str] = frozenset({PEOPLE})
    emails: set[str] = field(default_factory=set)

    @property
    def ids(self) -> set[str]:
        """Their ids in every tool."""
        return set().union(*(self.identifiers.get(kind, set()) for kind in self.people))

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


def find(settings: Settings, known: dict[str, set[str]], given: str | None = None) -> Findings:
    """Look for a person in everything landed and everything loaded.

    A row is theirs when it names them as its customer, or names nobody and hangs on a key of theirs: their order, their
    contact, their response. A key that any version gives to somebody else is not theirs.

    Args:
        settings: landing and warehouse folders.
        known: identifiers that are known to be theirs.
        given: an id of theirs in the CRM or a tool, or an address; `<tool>:<id>` where tools call different people so.

    Raises:
        CxError: the id is several people's, or a landed file and its rows in raw do not tell of the same person.
    """
    tables = {table.id: table for table in tables_to_load(settings)}
    led = {name: pointers for name, table in tables.items() if (pointers := pointers_of(table, tables))}
    people = frozenset(table.id for table in tables.values() if table.is_people)
    identifiers = {kind: set(known.get(kind, ())) for kind in (*tables, RESPONSES)}
    # As raw was loaded; where no key was set no address is in raw, and any key will do to compare landed files.
    protected = Protection(key_parameters(settings) or padded(b"search"), id_key(settings))
    landed: list[Held] = []
    unread = []
    with loader_connection(settings) as connection:
        for name, table in tables.items():
            if name in led:
                _collect_raw(connection, settings, table, led[name])
            for file in files_of(settings, table)[0] if settings.landing.is_dir() else []:
                result = considered(table, file)
                if result.file_status == "loaded" and read_into_landed(
                    connection, file, table, protected, settings.threads, result
                ):
                    if name in led:
                        _collect_landed(connection, table, led[name], len(landed), result)
                    rejected = [] if file.format == "parquet" else _rejected(connection)
                    landed.append(Held(table, [], file, result.file_hash, rejected))
                else:
                    unread.append((table, file))
        for name, pointers in led.items():
            _refuse_another_key(connection, name, pointers)
        _collect_links(connection, led)
        if given:
            _seed(connection, protected, led, people, identifiers, given)
        _find_ids(connection, people, identifiers)
        _find_keys(connection, led, people, identifiers)
        held_raw = []
        for name, pointers in led.items():
            for number, file_hash, lines in _rows_of(connection, name, pointers, identifiers):
                if number is None:
                    held_raw.append(Held(tables[name], lines, file_hash=file_hash))
                else:
                    landed[number].lines = lines
    return Findings(Person(identifiers, people), landed, held_raw, unread)


def _rejected(connection: duckdb.DuckDBPyConnection) -> list[int]:
    return [line for (line,) in connection.execute("select distinct line from rejected_lines order by 1").fetchall()]


def _selected(pointers: Pointers) -> str:
    # What a key and a reference mean is compared without the white space around it.
    return "".join(f"{told} as {identifier(column)}, " for column, told in pointers.expressions.items())


def _rows(name: str) -> str:
    return identifier(f"rows of {name}")


def _collect_raw(
    connection: duckdb.DuckDBPyConnection, settings: Settings, table: SourceTable, pointers: Pointers
) -> None:
    paths = sorted(settings.raw.glob(f"{table.id}.*.parquet")) if settings.raw.is_dir() else []
    columns = ", ".join(f"{identifier(column)} varchar" for column in pointers.columns)
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


def _collect_links(connection: duckdb.DuckDBPyConnection, led: dict[str, Pointers]) -> None:
    """Pairs of ids that stand on one row of a system: the lower one (`alias`) is another name of the higher."""
    connection.execute(
        "create temp table links "
        "(system varchar, kind varchar, id varchar, alias_kind varchar, alias varchar, may_be_several boolean)"
    )
    for name, pointers in led.items():
        for at, (rank, kind, column) in enumerate(pointers.aliases):
            for alias_rank, alias_kind, alias in pointers.aliases[at + 1 :]:
                if rank < alias_rank:
                    # Two accounts of a tool under one address are one person's, for the models too.
                    several = rank == OF_A_TOOL and alias_rank == OF_AN_ADDRESS
                    higher, lower = identifier(column), identifier(alias)
                    connection.execute(
                        f"insert into links select distinct {literal(name.split('.')[0])}, {literal(kind)}, {higher}, "
                        f"{literal(alias_kind)}, {lower}, {several} from {_rows(name)} "
                        f"where {higher} is not null and {lower} is not null"
                    )


def _seed(
    connection: duckdb.DuckDBPyConnection,
    protected: Protection,
    led: dict[str, Pointers],
    people: frozenset[str],
    identifiers: dict[str, set[str]],
    given: str,
) -> None:
    """The kinds of id that a given one is of. Of several they must be the same person's."""
    tool, _, rest = given.partition(":")
    named = {kind for kind in people if kind.split(".")[0] == tool and rest}
    values = {rest} if named else {given} | (address_hashes(protected, given) if EMAIL.search(given) else set())
    found = [kind for kind in sorted(named or people) if _occurs(connection, led, kind, values)]
    found = found or sorted(named) or [PEOPLE]
    for kind in found:
        apart = {each: set() for each in people} | {kind: set(values)}
        _find_ids(connection, people, apart)
        if not all(apart[other] & values for other in found):
            tools = [other.split(".")[0] for other in found]
            raise CxError(
                f"{given} is an id in {' and in '.join(tools)}, and nothing says that it is one person. "
                f"Say which: `cx forget {tools[0]}:{given}`."
            )
        identifiers[kind] |= values


def _occurs(connection: duckdb.DuckDBPyConnection, led: dict[str, Pointers], kind: str, values: set[str]) -> bool:
    return any(
        connection.execute(f"select 1 from {_rows(name)} where {_among(column, values)} limit 1").fetchone()
        for name, pointers in led.items()
        for _, each, column in pointers.aliases
        if each == kind
    )


def _find_ids(connection: duckdb.DuckDBPyConnection, people: frozenset[str], identifiers: dict[str, set[str]]) -> None:
    """Ids of the same person in other tools, and what stands for them, unless it stands for several in one system."""
    while True:
        known = [(kind, value) for kind in sorted(people) for value in sorted(identifiers[kind])]
        connection.execute(
            "create or replace temp table known as select unnest($1) as kind, unnest($2) as id",
            [[kind for kind, _ in known], [value for _, value in known]],
        )
        found = connection.execute(
            """
            select kind, unnest(array_agg(distinct id)), alias_kind, alias
            from links
            where
                (alias_kind, alias) in (
                    select (alias_kind, alias) from links where (kind, id) in (select (kind, id) from known)
                )
                or (alias_kind, alias) in (select (kind, id) from known)
            group by system, kind, alias_kind, alias
            having count(distinct id) = 1 or bool_and(may_be_several)
            """
        ).fetchall()
        for kind, value, alias_kind, alias in found:
            identifiers[kind].add(value)
            identifiers[alias_kind].add(alias)
        if sum(len(identifiers[kind]) for kind in people) == len(known):
            return


def _find_keys(
    connection: duckdb.DuckDBPyConnection,
    led: dict[str, Pointers],
    people: frozenset[str],
    identifiers: dict[str, set[str]],
) -> None:
    while True:
        before = sum(len(values) for values in identifiers.values())
        for name, pointers in led.items():
            theirs, others = _conditions(pointers, identifiers)
            keys = [pointers.key] if pointers.key and pointers.key[0] not in people else []
            keys += [(kind, column) for kind, column in pointers.others if kind == RESPONSES]
            for kind, column in keys:
                found = connection.execute(
                    f"select {identifier(column)} from {_rows(name)} where {identifier(column)} is not null "
                    f"group by all having bool_or({theirs}) and not bool_or({others})"
                ).fetchall()
                identifiers[kind] |= {value for (value,) in found}
        if sum(len(values) for values in identifiers.values()) == before:
            return


def _conditions(pointers: Pointers, identifiers: dict[str, set[str]]) -> tuple[str, str]:
    """SQL: the row is the person's; the row is somebody else's."""
    owned = [_among(column, identifiers[kind]) for kind, column in pointers.owners]
    nobody = " and ".join(f"{identifier(column)} is null" for _, column in pointers.owners) or "true"
    led = [_among(column, identifiers[kind]) for kind, column in pointers.others]
    led += [_among(pointers.key[1], identifiers[pointers.key[0]])] if pointers.key else []
    theirs = f"({' or '.join(owned) or 'false'}) or ({nobody} and ({' or '.join(led) or 'false'}))"
    return f"({theirs})", f"(not ({theirs}) and not ({nobody}))"


def _among(column: str, values: Iterable[str]) -> str:
    listed = ", ".join(literal(value) for value in sorted(values))
    return f"coalesce({identifier(column)} in ({listed}), false)" if listed else "false"


def _rows_of(
    connection: duckdb.DuckDBPyConnection, name: str, pointers: Pointers, identifiers: dict[str, set[str]]
) -> list[tuple]:
    theirs, _ = _conditions(pointers, identifiers)
    found = connection.execute(
        f"select number, file_hash, list((line, newlines) order by line) from {_rows(name)} where {theirs} group by all"
    ).fetchall()
    return [(number, file_hash, [tuple(each) for each in lines]) for number, file_hash, lines in found]


def _refuse_another_key(connection: duckdb.DuckDBPyConnection, name: str, pointers: Pointers) -> None:
    """The same line of the same content says the same in landing and in raw, unless it was hashed with another key."""
    differing = " or ".join(
        f"(landed.{column} <> raw.{column} and not contains(raw.{column}, '@'))"
        for column in map(identifier, pointers.columns)
    )
    found = connection.execute(
        f"select 1 from {_rows(name)} as landed inner join {_rows(name)} as raw "
        f"on landed.file_hash = raw.file_hash and landed.line = raw.line "
        f"where landed.number is not null and raw.number is null and ({differing}) limit 1"
    ).fetchone()
    if found:
        raise CxError(
            f"Nothing was erased: {name} was loaded with another CX_PII_KEY, so nobody would be found there. "
            "Set the key with which it was loaded."
        )
