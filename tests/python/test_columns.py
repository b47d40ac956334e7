"""Tests of columns asked of a table at once: what they let pass dbt's own SQL lets pass, and nothing else."""

from pathlib import Path

import duckdb
import pytest
from compiled import failures, world

from cx_warehouse.settings import Settings
from orchestration import columns, dbt

BUILT = {"model.cx_warehouse.dim_messages", "model.cx_warehouse.dim_touchpoints"}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> dict:
    return dbt.parse(Settings(_env_file=None, warehouse=tmp_path_factory.mktemp("parsed"))).manifest


@pytest.fixture
def connection(demo_landing, tmp_path) -> duckdb.DuckDBPyConnection:
    return world(demo_landing, tmp_path, select={name.split(".")[-1] for name in BUILT})


def file_of(connection) -> Path:
    ((path,),) = connection.execute("select path from duckdb_databases() where database_name = 'world'").fetchall()
    return Path(path)


def doubted(connection, manifest) -> set[str]:
    """Names of the tests of columns that are not plainly passed."""
    path = file_of(connection)
    connection.close()
    held = columns.passed(path, manifest, BUILT, "1GB")
    asked = columns.tests(manifest, BUILT)
    assert held <= asked.keys()
    return {asked[test]["name"] for test in asked.keys() - held}


def test_on_a_sound_build_nothing_is_left_for_dbt(connection, manifest):
    kinds = {test["test_metadata"]["name"] for test in columns.tests(manifest, BUILT).values()}
    assert kinds == set(columns.KINDS)
    assert doubted(connection, manifest) == set()


@pytest.mark.parametrize(
    "damage",
    [
        "update marts.dim_messages set message_id = null where unit = 'days'",
        "insert into marts.dim_messages select * from marts.dim_messages limit 1",
        "update marts.dim_messages set unit = 'made up'",
        "delete from marts.dim_messages",
    ],
)  # fmt: skip
def test_it_doubts_what_dbts_own_sql_finds(damage, connection, manifest):
    connection.execute(damage)
    found = failures(connection).keys()
    names = {test["name"] for test in columns.tests(manifest, BUILT).values()}
    assert doubted(connection, manifest) == found & names
    assert bool(found) == ("delete" not in damage)


def test_a_test_that_is_told_more_than_its_column_is_for_dbt(connection, manifest):
    tests = columns.tests(manifest, BUILT)
    chosen = next(iter(tests))
    told = tests[chosen] | {"config": tests[chosen]["config"] | {"where": "false"}}
    changed = manifest | {"nodes": manifest["nodes"] | {chosen: told}}
    assert doubted(connection, changed) == {tests[chosen]["name"]}


def test_a_column_that_is_not_there_is_for_dbt(connection, manifest):
    connection.execute("alter table marts.dim_messages rename column message_id to another")
    of_messages = {test["name"] for test in columns.tests(manifest, {"model.cx_warehouse.dim_messages"}).values()}
    assert doubted(connection, manifest) == of_messages
