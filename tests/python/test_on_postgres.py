"""The same models on PostgreSQL: every mart equal, published whole or not at all, fetched for the app."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import psycopg
import pytest
from compiled import world
from conftest import CX, DEMO_ORDERS
from postgres_server import postgres_server
from stand_ins import settings_in, small_build
from test_drill import cells, unfound
from test_pages import page

from cx_warehouse.project import PROJECT
from cx_warehouse.publish import publish

sys.path.insert(0, str(PROJECT / "tests" / "engines"))
from parity import THERE, VERSION, compared, marts, on_postgres

READER = "cx_parity_reader"


@pytest.fixture(scope="module")
def shop(demo_landing, tmp_path_factory) -> tuple[Path, duckdb.DuckDBPyConnection]:
    """The folder of raw rows, and DuckDB's own marts."""
    folder = tmp_path_factory.mktemp("shop")
    return folder / "raw", world(demo_landing, folder)


@pytest.fixture(scope="module")
def built(shop, tmp_path_factory):
    """PostgreSQL with a version that a build has published over an older one, and what a reader saw meanwhile."""
    raw, _ = shop
    folder = tmp_path_factory.mktemp("postgres")
    with postgres_server() as environment:
        with psycopg.connect(autocommit=True) as connection:
            connection.execute(f"drop role if exists {READER}")
            connection.execute(f"create role {READER}")
            connection.execute("create schema marts")
            connection.execute("create table marts.mart_publication as select 'old' as version")
            connection.execute("create table marts.fct_orders as select 'old' as order_id")
            connection.execute(f"grant usage on schema marts to {READER}")
            connection.execute(f"grant select on all tables in schema marts to {READER}")
        seen, stop = set(), threading.Event()
        reader = threading.Thread(target=_read, args=[seen, stop])
        reader.start()
        try:
            manifest, broken = on_postgres(raw, folder, environment)
        finally:
            stop.set()
            reader.join()
        assert not broken
        yield {"manifest": manifest, "folder": folder, "seen": seen, "environment": environment, "raw": raw}


def _read(seen: set, stop: threading.Event) -> None:
    """Two tables in two statements of one transaction, again and again, as a role that only reads."""
    with psycopg.connect() as connection:
        while not stop.is_set():
            with connection.transaction():
                connection.execute(f"set local role {READER}")
                (version,) = connection.execute("select version from marts.mart_publication").fetchone()
                (orders,) = connection.execute("select count(*) from marts.fct_orders").fetchone()
            seen.add((version, orders))
            stop.wait(0.02)


def test_every_mart_is_equal_on_postgres(shop, built):
    _, expected = shop
    assert len(list(marts(built["manifest"]))) > 50
    assert list(compared(expected, built["manifest"], built["folder"] / THERE)) == []


def test_readers_of_postgres_see_one_version_or_the_other(built):
    assert built["seen"] == {("old", 1), (VERSION, DEMO_ORDERS)}


def test_a_build_of_some_models_is_not_published(built, tmp_path):
    command = [Path(sys.executable).with_name("dbt"), "build", "--select", "ref_touchpoints", "--target", "postgres"]
    command += ["--vars", json.dumps({"cx_raw_dir": str(built["raw"]), "cx_version": "part"})]
    command += ["--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target-path", tmp_path, "--log-path", tmp_path]
    done = subprocess.run(command, env=os.environ | built["environment"], capture_output=True, text=True)
    assert "Version part is not published, readers see what they saw" in done.stdout
    with psycopg.connect() as connection:
        assert connection.execute("select version from marts.mart_publication").fetchone() == (VERSION,)
        assert connection.execute("select count(*) from reference__part.ref_touchpoints").fetchone()[0] > 0


def test_the_app_and_queries_show_what_postgres_built(shop, built, tmp_path, monkeypatch):
    _, expected = shop
    warehouse = tmp_path / "fetched"
    done = subprocess.run([CX, "fetch", "", "--warehouse", warehouse], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    asked = "select count(*) as orders, sum(amount) as amount from fct_orders"
    command = [CX, "query", asked, "--format", "csv", "--warehouse", warehouse]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[1]
    assert answer == ",".join(map(str, expected.execute(asked).fetchone()))
    monkeypatch.setenv("CX_WAREHOUSE", str(warehouse))
    published = expected.execute("from mart_promise_reliability where region = 'all' and service_level = 'all'")
    names = [column[0] for column in published.description]
    rows = [dict(zip(names, row, strict=True)) for row in published.fetchall()]
    shown = cells(page("promises", tab="word"))
    assert len(shown) > 20
    assert unfound(shown, rows) == []


def test_a_warehouse_of_runs_takes_no_fetched_version(tmp_path):
    settings = settings_in(tmp_path)
    publish(settings, small_build(settings, "run"), {"check_count": 1, "failed_check_count": 0})
    done = subprocess.run([CX, "fetch", "", "--warehouse", settings.warehouse], capture_output=True, text=True)
    assert done.returncode == 2
    assert "holds versions of `cx run`" in done.stderr
