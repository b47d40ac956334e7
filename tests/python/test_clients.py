"""The published file with the clients that people use, and psql on what `cx serve postgres` published."""

import os
import subprocess

import duckdb
import pandas
import polars
import pytest
import sqlalchemy
from compiled import world
from postgres_server import postgres_server

from cx_warehouse.sample import write_sample
from cx_warehouse.serve_postgres import serve
from cx_warehouse.settings import Settings

ASKED = "select metric_id, value from marts.mart_scorecard where month = 'all' order by metric_id"


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    """A warehouse whose current version holds the scorecard of 500 orders and what it rests on."""
    folder = tmp_path_factory.mktemp("clients")
    write_sample(folder / "landing", 500)
    connection = world(folder / "landing", folder, select={"mart_scorecard"})
    (database,) = connection.execute("select path from duckdb_databases() where path is not null").fetchone()
    connection.close()
    chosen = Settings(_env_file=None, warehouse=folder)
    chosen.current.symlink_to(database)
    return chosen


@pytest.fixture(scope="module")
def expected(settings) -> list[tuple[str, float | None]]:
    with duckdb.connect(settings.current.resolve(), read_only=True) as connection:
        rows = connection.execute(ASKED).fetchall()
    assert sum(value is not None for _, value in rows) >= 5
    return rows


def test_sqlalchemy_lists_and_reads(settings, expected):
    url = f"duckdb:///{settings.current.resolve()}"
    engine = sqlalchemy.create_engine(url, connect_args={"read_only": True})
    try:
        inspector = sqlalchemy.inspect(engine)
        assert "mart_scorecard" in inspector.get_table_names(schema="marts")
        names = {column["name"] for column in inspector.get_columns("mart_scorecard", schema="marts")}
        assert {"metric_id", "value", "value_low", "value_high", "status"} <= names
        with engine.connect() as connection:
            assert [tuple(row) for row in connection.execute(sqlalchemy.text(ASKED))] == expected
    finally:
        engine.dispose()


def test_pandas_reads_through_sqlalchemy_and_through_duckdb(settings, expected):
    engine = sqlalchemy.create_engine(f"duckdb:///{settings.current.resolve()}", connect_args={"read_only": True})
    try:
        through_sqlalchemy = pandas.read_sql(sqlalchemy.text(ASKED), engine)
    finally:
        engine.dispose()
    with duckdb.connect(settings.current.resolve(), read_only=True) as connection:
        pandas.testing.assert_frame_equal(through_sqlalchemy, connection.execute(ASKED).df())
    assert list(through_sqlalchemy["metric_id"]) == [metric for metric, _ in expected]


def test_polars_reads_with_the_types_of_the_contract(settings, expected):
    with duckdb.connect(settings.current.resolve(), read_only=True) as connection:
        frame = connection.execute(ASKED).pl()
    assert frame.schema == {"metric_id": polars.String, "value": polars.Float64}
    assert frame.rows() == expected


def test_psql_reads_what_was_served(settings, expected):
    with postgres_server():
        serve(settings)
        asked = ASKED.replace("marts.", "cx.")
        done = subprocess.run(["psql", "--csv", "-t", "-c", asked], env=os.environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    rows = [line.split(",") for line in done.stdout.splitlines()]
    assert [(metric, float(value) if value else None) for metric, value in rows] == expected
