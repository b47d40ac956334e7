"""`cx serve postgres` on a real PostgreSQL: whole versions only, papers with every table, readers who only read."""

import threading

import duckdb
import psycopg
import pytest
from compiled import world
from postgres_server import postgres_server
from stand_ins import settings_in, small_build

from cx_warehouse.errors import CxError
from cx_warehouse.publish import publish
from cx_warehouse.sample import write_sample
from cx_warehouse.serve_postgres import papers, serve
from cx_warehouse.settings import Settings


@pytest.fixture(scope="module")
def server():
    with postgres_server() as environment:
        yield environment


def published(settings, mark: str) -> str:
    """Publish a small build whose tables content and mart_publication belong together; returns its version."""
    version = small_build(settings, mark)
    publish(settings, version, {"check_count": 1, "failed_check_count": 0})
    return version


def test_readers_never_see_a_mixture(server, tmp_path):
    """Each reads two tables in two statements of one transaction, and in one statement, while versions change."""
    settings = settings_in(tmp_path)
    marks = {published(settings, "0"): "0"}
    serve(settings)
    seen, ended, stop = set(), [], threading.Event()

    def read(isolation: psycopg.IsolationLevel) -> None:
        try:
            with psycopg.connect() as connection:
                connection.isolation_level = isolation
                while not stop.is_set():
                    with connection.transaction():
                        (mark,) = connection.execute("select max(mark) from cx.content").fetchone()
                        (version,) = connection.execute("select version from cx.mart_publication").fetchone()
                    seen.add((mark, version))
                    both = "select max(mark), max(version) from cx.mart_publication cross join cx.content"
                    with connection.transaction():
                        seen.add(connection.execute(both).fetchone())
        except psycopg.Error as error:
            ended.append(error)

    levels = [psycopg.IsolationLevel.READ_COMMITTED, psycopg.IsolationLevel.REPEATABLE_READ]
    readers = [threading.Thread(target=read, args=[level]) for level in levels * 2]
    for reader in readers:
        reader.start()
    try:
        for number in range(1, 5):
            marks[published(settings, str(number))] = str(number)
            serve(settings)
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert not ended
    assert {(marks[version], version) for _, version in seen} == seen
    assert len(seen) > 2


def test_an_older_transaction_sees_the_new_rows_when_it_first_looks(server, tmp_path):
    settings = settings_in(tmp_path)
    published(settings, "old")
    serve(settings, schema="frozen")
    with psycopg.connect() as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("select 1")
        published(settings, "new")
        serve(settings, schema="frozen")
        assert connection.execute("select distinct mark from frozen.content").fetchall() == [("new",)]


def test_a_reader_in_the_middle_keeps_what_he_has(server, tmp_path):
    settings = settings_in(tmp_path)
    published(settings, "old")
    serve(settings, schema="busy")
    published(settings, "new")
    with psycopg.connect() as connection:
        connection.execute("select count(*) from busy.content")
        with pytest.raises(CxError, match="still a transaction that reads the schema busy"):
            serve(settings, schema="busy", wait_seconds=0.5)
        assert connection.execute("select distinct mark from busy.content").fetchall() == [("old",)]
    serve(settings, schema="busy")
    with psycopg.connect() as connection:
        assert connection.execute("select distinct mark from busy.content").fetchall() == [("new",)]


def test_a_view_of_the_users_is_not_dropped(server, tmp_path):
    settings = settings_in(tmp_path)
    published(settings, "old")
    serve(settings, schema="watched")
    with psycopg.connect(autocommit=True) as connection:
        connection.execute("create view public.mine as select * from watched.content")
    published(settings, "new")
    with pytest.raises(CxError, match=r"view mine depends on table watched\.content"):
        serve(settings, schema="watched")
    with psycopg.connect() as connection:
        assert connection.execute("select distinct mark from public.mine").fetchall() == [("old",)]


def test_every_mart_with_its_papers(server, tmp_path):
    """Every mart with all its rows, described as the project describes it, keyed, for a role that cannot write."""
    write_sample(tmp_path / "landing", 500)
    connection = world(tmp_path / "landing", tmp_path)
    (database,) = connection.execute("select path from duckdb_databases() where path is not null").fetchone()
    connection.close()
    settings = Settings(_env_file=None, warehouse=tmp_path)
    settings.current.symlink_to(database)
    counts = serve(settings, schema="demo", reader="demo_reader")
    with duckdb.connect(settings.current.resolve(), read_only=True) as source:
        tables = source.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        assert counts == {
            name: source.execute(f'select count(*) from marts."{name}"').fetchone()[0] for (name,) in tables
        }
        (expected,) = source.execute("select sum(kept_rate) from marts.mart_promise_reliability").fetchone()
    described = papers()
    assert len(described) > 20 and not [name for name, paper in described.items() if "{{" in paper.description]
    with psycopg.connect() as connection:
        connection.execute("set role demo_reader")
        assert connection.execute("select sum(kept_rate) from demo.mart_promise_reliability").fetchone()[0] == (
            pytest.approx(expected, rel=1e-12)
        )
        for table in set(counts) & set(described):
            (comment,) = connection.execute("select obj_description(%s::regclass)", [f"demo.{table}"]).fetchone()
            assert comment == described[table].description
            bare = connection.execute(
                "select column_name from information_schema.columns where table_schema = 'demo' and table_name = %s "
                "and col_description(%s::regclass, ordinal_position) is null",
                [table, f"demo.{table}"],
            ).fetchall()
            assert not bare, table
            key = connection.execute(
                "select attname from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey) "
                "where indisprimary and indrelid = %s::regclass",
                [f"demo.{table}"],
            ).fetchall()
            assert key == [(described[table].key,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("delete from demo.mart_promise_reliability")
