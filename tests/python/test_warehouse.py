"""The read-only way into what is published: found, locked down, formatted, and followed as versions change."""

import json
import math
import threading
from pathlib import Path

import app_worlds
import duckdb
import pytest

from cx_warehouse.errors import CxError
from cx_warehouse.memory import memory_bytes, memory_limit
from cx_warehouse.settings import Settings
from cx_warehouse.snapshots import Reader
from cx_warehouse.tabular import as_csv, render
from cx_warehouse.warehouse import open_published, query

FIRST, SECOND, THIRD = "20261121T100000000000Z", "20261121T110000000000Z", "20261121T120000000000Z"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    app_worlds.publish(tmp_path / "it's a warehouse", FIRST, app_worlds.demo)
    return Settings(warehouse=tmp_path / "it's a warehouse", memory_limit="200MB", threads=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reader(settings: Settings, clock: Clock):
    made = Reader(settings, check_seconds=1.0, clock=clock)
    yield made
    made.close()


# Finding what is published


def test_a_table_is_found_by_its_bare_name(settings):
    assert query(settings, "select version from mart_publication").rows == [(FIRST,)]


def test_marts_win_over_a_table_of_the_same_name_in_another_schema(tmp_path):
    def fill(connection):
        connection.execute("create schema staging; create schema intermediate; create schema reference")
        connection.execute("create table staging.twice as select 'staging' as schema_name")
        connection.execute("create table marts.twice as select 'marts' as schema_name")
        connection.execute("create table intermediate.lone as select 'intermediate' as schema_name")
        connection.execute("create table reference.seed as select 'reference' as schema_name")
        connection.execute("create view staging.seen as select * from warehouse.marts.twice")

    app_worlds.publish(tmp_path, FIRST, fill)
    found = query(
        Settings(warehouse=tmp_path), "select * from twice union all select * from lone union all select * from seed"
    )
    assert found.rows == [("marts",), ("intermediate",), ("reference",)]
    assert query(Settings(warehouse=tmp_path), "from seen").rows == [("marts",)]


def test_nothing_published_says_what_to_run(tmp_path):
    with pytest.raises(CxError, match=r"Nothing is published in .*none. Run `cx run` first\."):
        open_published(Settings(warehouse=tmp_path / "none"))


def test_a_link_to_a_missing_file_says_so(settings):
    app_worlds.point_at(settings.warehouse, SECOND)
    with pytest.raises(CxError, match=rf"{SECOND}.duckdb, which is missing. Run `cx rollback`"):
        open_published(settings)


@pytest.mark.parametrize("contents", [b"", b"<html>no</html>" * 1000, bytes(range(256)) * 200])
def test_a_file_that_is_no_database_is_refused_in_a_sentence(settings, contents):
    (settings.versions / f"{SECOND}.duckdb").write_bytes(contents)
    app_worlds.point_at(settings.warehouse, SECOND)
    with pytest.raises(CxError, match=r"cannot be read: .* Run `cx rollback`"):
        open_published(settings)


def test_an_open_connection_keeps_its_version_and_a_new_one_sees_the_new(settings):
    with open_published(settings) as old:
        app_worlds.publish(settings.warehouse, SECOND, app_worlds.empty)
        assert old.execute("select version from mart_publication").fetchall() == [(FIRST,)]
        assert query(settings, "select version from mart_publication").rows == [(SECOND,)]


# Locked down

ATTACKS = [
    "select * from read_csv('{file}')",
    "select * from read_text('{file}')",
    "select * from glob('{folder}/*')",
    "select * from '{file}'",
    "select * from read_duckdb('{other}', table_name = 't')",
    "attach '{other}' as other",
    "copy (select 1) to '{folder}/out.csv'",
    "export database '{folder}/out'",
    "create table marts.mine as select 1",
    "insert into marts.mart_publication select * from marts.mart_publication",
    "delete from marts.mart_publication",
    "drop table marts.mart_publication",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "set threads = 8",
    "install httpfs",
    "load httpfs",
    "select * from secret_rows",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_connection_itself_refuses_to_write_to_reach_out_or_to_unlock(settings, tmp_path, attack):
    secret_rows = [{"a": 1}]  # a Python variable, which DuckDB would find by its name
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with duckdb.connect(str(tmp_path / "other.duckdb")) as other:
        other.execute("create table t as select 1")
    places = {"file": tmp_path / "secret.csv", "other": tmp_path / "other.duckdb", "folder": tmp_path}
    sql = attack.format(**{name: str(path) for name, path in places.items()})
    with open_published(settings) as connection, pytest.raises(duckdb.Error):
        connection.execute(sql).fetchall()
    assert secret_rows and not (tmp_path / "out.csv").exists() and not (tmp_path / "out").exists()


def test_memory_and_threads_are_capped(settings):
    rows = query(settings, "select current_setting('memory_limit'), current_setting('threads')").rows
    assert rows == [("190.7 MiB", 1)]


@pytest.mark.parametrize(
    "sql",
    [
        "create temp table t as select 1",
        "set threads = 8",
        "copy (select 1) to 'out.csv'",
        "attach ':memory:' as other",
        "call enable_logging()",
        "checkpoint",
        "pivot mart_scorecard on metric_id",
    ],
)
def test_query_takes_reading_statements_only(settings, sql):
    with pytest.raises(CxError, match=r"only read|Expected one statement"):
        query(settings, sql)


def test_query_refuses_functions_that_switch_the_instance(settings, tmp_path):
    with pytest.raises(CxError, match="enable_logging is refused"):
        query(settings, f"select * from enable_logging(storage_path := '{tmp_path}/log')")
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(("sql", "found"), [("select 1; select 2", 2), ("", 0), ("-- nothing", 0)])
def test_query_takes_one_statement(settings, sql, found):
    with pytest.raises(CxError, match=f"Expected one statement, found {found}"):
        query(settings, sql)


@pytest.mark.parametrize("sql", ["from mart_publication", "describe dim_metrics", "show tables", "explain select 1"])
def test_query_takes_every_way_to_read(settings, sql):
    assert query(settings, sql).rows


def test_an_error_in_the_query_is_a_sentence_that_names_it(settings):
    with pytest.raises(
        CxError, match=r"The query failed: Catalog Error: Table with name nowhere does not exist!"
    ) as one:
        query(settings, "select * from nowhere")
    assert "\n" not in str(one.value)
    with pytest.raises(CxError, match=r"cannot be read as SQL: Parser Error"):
        query(settings, "selec 1")


# Formats


def test_null_is_empty_in_csv_and_null_in_json_and_told_from_the_empty_string(settings):
    result = query(settings, "select null as nothing, '' as empty, 'a,\"b\nc' as text, 0 as zero")
    assert render(result.columns, result.rows, "csv") == 'nothing,empty,text,zero\n,,"a,""b\nc",0\n'
    assert json.loads(render(result.columns, result.rows, "json")) == [
        {"nothing": None, "empty": "", "text": 'a,"b\nc', "zero": 0}
    ]
    assert "null" in render(result.columns, result.rows, "table")


def test_types_survive_as_json_and_csv(settings):
    result = query(
        settings,
        "select 1.10::decimal(10,2) as amount, 0.1::double as share, true as yes, date '2026-01-31' as day, "
        "timestamp '2026-01-31 10:00:00' as at, [1, 2] as list, 'nan'::double as none, 1 as a, 2 as a",
    )
    (row,) = json.loads(render(result.columns, result.rows, "json"))
    assert row == {
        **{"amount": 1.1, "share": 0.1, "yes": True, "day": "2026-01-31", "at": "2026-01-31T10:00:00"},
        **{"list": [1, 2], "none": None, "a": 1, "a_1": 2},
    }
    line = render(result.columns, result.rows, "csv").splitlines()[1]
    assert line == '1.10,0.1,true,2026-01-31,2026-01-31T10:00:00,"[1, 2]",nan,1,2'


def test_a_table_aligns_numbers_right_and_counts_rows():
    text = render(["name", "n"], [("a", 5), ("long name", None), ("b", 1234)], "table")
    assert text.splitlines() == [
        "name          n",
        "---------  ----",
        "a             5",
        "long name  null",
        "b          1234",
        "(3 rows)",
    ]


def test_no_rows_are_a_header_or_an_empty_array():
    assert render(["a"], [], "csv") == "a\n"
    assert json.loads(render(["a"], [], "json")) == []
    assert render(["a"], [], "table").endswith("(0 rows)\n")


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(CxError, match="expected one of table, csv, json"):
        render(["a"], [], "xml")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_gets_no_formula_and_keeps_its_negative_numbers(start):
    text = as_csv(["word", "number"], [(f"{start}1+1", -2.5)], for_spreadsheet=True)
    assert f"'{start}1+1" in text and ",-2.5\n" in text
    assert f"'{start}" not in as_csv(["word"], [(f"{start}1+1",)])


@pytest.mark.parametrize(("limit", "found"), [("2GB", "2GB"), (" 512MB ", "512MB")])
def test_a_size_passes_as_it_is(limit, found):
    assert memory_limit(limit) == found


@pytest.mark.parametrize("limit", ["3GB", "2.5 GiB", "700MB", "512KiB", "2TB"])
def test_a_size_in_bytes_is_what_the_engine_makes_of_it(limit):
    with duckdb.connect(config={"memory_limit": memory_limit(limit)}) as connection:
        (found,) = connection.execute("select current_setting('memory_limit')").fetchone()
        (ours,) = connection.execute("select format_bytes(?)", [int(memory_bytes(limit))]).fetchone()
    assert found == ours


def test_no_limit_is_more_than_any_bytes():
    assert memory_bytes("-1") == math.inf


def test_a_share_of_memory_becomes_bytes():
    assert int(memory_limit("50%")[:-1]) == pytest.approx(int(memory_limit("100%")[:-1]) / 2, abs=1)
    with pytest.raises(CxError, match="above 0% up to 100%"):
        memory_limit("0%")


# Following publications


def version_of(reader: Reader) -> str:
    with reader.lease() as snapshot:
        (row,) = snapshot.rows("select version from mart_publication")
        assert row["version"] == snapshot.version
        return snapshot.version


def test_a_new_version_is_seen_after_the_next_look_and_the_old_file_closed(reader, settings, clock):
    assert version_of(reader) == FIRST
    app_worlds.publish(settings.warehouse, SECOND, app_worlds.demo)
    assert version_of(reader) == FIRST, "the link is looked at once a second"
    clock.now = 1.0
    assert version_of(reader) == SECOND
    assert reader.open_count == 1


def test_a_lease_keeps_its_version_while_a_newer_one_is_shown_to_others(reader, settings, clock):
    with reader.lease() as pinned:
        app_worlds.publish(settings.warehouse, SECOND, app_worlds.demo)
        clock.now = 1.0
        assert version_of(reader) == SECOND
        assert pinned.rows("select version from mart_publication where true")[0]["version"] == FIRST
        assert reader.open_count == 2
    assert reader.open_count == 1


def test_no_third_file_is_opened_while_two_are_in_use(reader, settings, clock):
    with reader.lease():
        app_worlds.publish(settings.warehouse, SECOND, app_worlds.demo)
        clock.now = 1.0
        with reader.lease():
            app_worlds.publish(settings.warehouse, THIRD, app_worlds.demo)
            clock.now = 2.0
            assert version_of(reader) == SECOND
            assert reader.open_count == 2
    clock.now = 3.0
    assert version_of(reader) == THIRD
    assert reader.open_count == 1


@pytest.mark.parametrize("damage", ["corrupt", "missing", "not a publication"])
def test_a_broken_publication_leaves_the_last_good_one_and_the_next_recovers(reader, settings, clock, damage):
    assert version_of(reader) == FIRST and reader.error is None
    if damage == "missing":
        app_worlds.point_at(settings.warehouse, SECOND)
    elif damage == "corrupt":
        (settings.versions / f"{SECOND}.duckdb").write_bytes(b"broken" * 5000)
        app_worlds.point_at(settings.warehouse, SECOND)
    else:
        with duckdb.connect(str(settings.versions / f"{SECOND}.duckdb")) as other:
            other.execute("create table t as select 1")
        app_worlds.point_at(settings.warehouse, SECOND)
    clock.now = 1.0
    assert version_of(reader) == FIRST
    assert SECOND in reader.error
    app_worlds.publish(settings.warehouse, THIRD, app_worlds.demo)
    clock.now = 2.0
    assert version_of(reader) == THIRD and reader.error is None


def test_a_file_overwritten_in_place_is_noticed_although_its_path_is_the_same(reader, settings, clock):
    path = settings.versions / f"{FIRST}.duckdb"
    assert version_of(reader) == FIRST
    path.chmod(0o644)
    path.write_bytes(b"broken" * 5000)
    clock.now = 1.0
    reader.check()
    assert "cannot be read" in reader.error


def test_nothing_published_is_an_error_until_something_is(tmp_path, clock):
    reader = Reader(Settings(warehouse=tmp_path), clock=clock)
    with pytest.raises(CxError, match="Run `cx run` first"), reader.lease():
        pass
    assert reader.version is None
    app_worlds.publish(tmp_path, FIRST, app_worlds.demo)
    clock.now = 1.0
    assert version_of(reader) == FIRST
    reader.close()


def test_a_query_that_the_version_cannot_answer_names_the_version(reader):
    with reader.lease() as snapshot, pytest.raises(CxError, match=f"Version {FIRST} cannot answer: Catalog Error"):
        snapshot.rows("select * from marts.not_there")


def test_many_threads_read_while_versions_change_and_no_page_mixes_two(settings):
    reader = Reader(settings, check_seconds=0.01)
    stop, faults, seen = threading.Event(), [], set()

    def read() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                with reader.lease() as snapshot:
                    # A different text each time, so that the answer is not the remembered one.
                    sql = f"select version, {number} as number, {threading.get_ident()} as thread from mart_publication"
                    versions = {snapshot.rows(sql)[0]["version"] for _ in range(2)} | {snapshot.version}
                    seen.update(versions)
                    if len(versions) != 1:
                        faults.append(versions)
            except Exception as error:  # the thread's end would hide it
                faults.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    published = [f"20261121T13000{number}000000Z" for number in range(5)]
    for version in published:
        app_worlds.publish(settings.warehouse, version, app_worlds.empty)
    deadline = threading.Event()
    for _ in range(500):
        if published[-1] in seen or faults:
            break
        deadline.wait(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert published[-1] in seen
    assert reader.open_count <= 2
    reader.close()
