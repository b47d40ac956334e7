"""PostgreSQL reads, or rejects, the same texts as DuckDB, and keys of them are the same."""

from itertools import product

import duckdb
import jinja2
import psycopg
import pytest
from postgres_server import postgres_server

from cx_warehouse.project import PROJECT

DAYS = ("2026-03-01", "2026-02-29", "2026-13-01", "2026-00-10", "0000-01-01", "0001-01-02", "9999-12-30", "1900-02-29")
TIMES = ("10:00", "10:00:00", "24:00", "24:00:00", "23:59:60", "23:60", "10:00:00.1234567", "23:59:59.9999999", "1:00")
OFFSETS = ("", "Z", " Z", "+00", "-00:00", "+14:00", "-12", "+0530", " -03:30", "+15:00", "+16", "+12:60", "+99:00")
TEXTS = [*DAYS, *(f"{day}T{time}{offset}" for day, time, offset in product(DAYS, TIMES, OFFSETS))]
READ = {
    "2026-03-01T10:00-12": "2026-03-01 22:00:00",
    "2026-03-01T10:00:00.1234567+14:00": "2026-02-28 20:00:00.123456",
    "2026-03-01T23:59:59.9999999Z": "2026-03-01 23:59:59.999999",
    "2026-03-01T24:00:00Z": None,
    "2026-03-01T23:59:60": None,
    "2026-03-01T10:00:00+99:00": None,
    "0000-01-01": None,
    "0000-01-01T10:00:00Z": None,
}


class Macros:
    """The macros that read texts, as an engine has them, without the seconds that dbt takes."""

    def __init__(self, engine: str, **known) -> None:
        self._engine = engine
        environment = jinja2.Environment(extensions=["jinja2.ext.do"])
        environment.globals |= {
            "cx_warehouse": self,
            "adapter": self,
            "dbt": self,
            "return": lambda value: value,
            **known,
        }
        names = ("read_text.sql", "prepare_engine.sql", "aggregates.sql")
        text = "".join((PROJECT / "macros" / "cross_db" / name).read_text() for name in names)
        self._module = environment.from_string(text).module

    def dispatch(self, name: str, _package: str):
        return getattr(self._module, f"{self._engine}__{name}", None) or getattr(self._module, f"default__{name}")

    def type_string(self) -> str:
        return "text"

    def business_timezone(self) -> str:
        return "'UTC'"

    def __getattr__(self, name: str):
        return getattr(self._module, name)


@pytest.fixture(scope="module")
def postgres():
    with postgres_server(), psycopg.connect(autocommit=True) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("create table texts (value text)")
        with connection.cursor() as cursor:
            cursor.executemany("insert into texts values (%s)", [[text] for text in TEXTS])
        yield connection


def test_both_read_the_same_days_and_instants(postgres):
    here = duckdb.connect()
    here.execute("set timezone = 'UTC'")
    here.execute("create table texts as select unnest($1) as value", [TEXTS])

    def asked(statement: str) -> list:
        cursor = postgres.execute(statement)
        return cursor.fetchall() if cursor.description else []

    ours, theirs = Macros("duckdb"), Macros("postgres", run_query=asked)
    theirs.postgres__prepare_engine()
    for name in ("read_instant", "read_date", "read_bare_date"):
        # Before the year 1 they write the year in ways of their own.
        query = "select value, cast({0} as {1}) from texts where {0} is null or {0} >= '0001-01-01'"
        read = dict(here.execute(query.format(getattr(ours, name)("value"), "varchar")).fetchall())
        assert read == dict(postgres.execute(query.format(getattr(theirs, name)("value"), "text")).fetchall())
        if name == "read_instant":
            assert {text: read[text] for text in READ} == READ


def test_no_two_rows_have_one_key_and_it_is_the_same_on_both(postgres):
    parts = (None, "", "-", "|", "a", "a|b", "b", "1", "1|a", "∅", "é|", "0|")
    rows = list(product(parts, repeat=3))
    here = duckdb.connect()
    here.execute("create table rows (id int, a text, b text, c text)")
    here.executemany("insert into rows values (?, ?, ?, ?)", [(at, *row) for at, row in enumerate(rows)])
    postgres.execute("create table rows (id int, a text, b text, c text)")
    with postgres.cursor() as cursor:
        cursor.executemany("insert into rows values (%s, %s, %s, %s)", [(at, *row) for at, row in enumerate(rows)])
    keys = {}
    for engine, connection in (("duckdb", here), ("postgres", postgres)):
        key = Macros(engine).surrogate_key(["a", "b", "c"])
        keys[engine] = dict(connection.execute(f"select id, {key} from rows").fetchall())
        assert len(set(keys[engine].values())) == len(rows)
    assert keys["duckdb"] == keys["postgres"]
