"""The Dagster job: its graph is the data flow, a failed check keeps what is published, unfit metrics are withheld."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import yaml
from conftest import CX
from dbt.cli.main import dbtRunner
from pydantic import SecretStr

from cx_warehouse.contract import connector_tables, contract_tables
from cx_warehouse.errors import Refused
from cx_warehouse.history import runs
from cx_warehouse.landing import ensure_raw
from cx_warehouse.project import PROJECT
from cx_warehouse.settings import Settings
from cx_warehouse.versions import versions
from expectations import bounds
from orchestration import dbt, triggers
from orchestration.definitions import definitions
from orchestration.history import instance
from orchestration.progress import Progress
from orchestration.run import run

# --- the graph -------------------------------------------------------------------------------------------------------


def graph_of(folder: Path, connectors: list[str]) -> dg.Definitions:
    settings = Settings(_env_file=None, landing=folder, warehouse=folder / "warehouse", connectors=connectors)
    return definitions(settings, Progress())


@pytest.fixture(scope="module")
def graph(tmp_path_factory) -> dg.Definitions:
    return graph_of(tmp_path_factory.mktemp("graph"), [])


def nodes(graph: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in graph.resolve_all_asset_specs()}


def upstream(graph: dg.Definitions, key: str) -> set[str]:
    return {dep.asset_key.to_user_string() for dep in nodes(graph)[key].deps}


def test_every_source_table_is_an_asset_in_the_group_of_its_system(graph):
    known = nodes(graph)
    assert {table.id: known[f"{table.system}/{table.name}"].group_name for table in contract_tables()} == {
        table.id: table.system for table in contract_tables()
    }


def test_export_tables_are_assets_when_their_connector_is_chosen(graph, tmp_path):
    exports = {f"{table.system}/{table.name}" for table in connector_tables("nycflights13")}
    assert not exports & nodes(graph).keys()
    chosen = graph_of(tmp_path, ["nycflights13"])
    assert exports <= nodes(chosen).keys()
    assert upstream(chosen, "staging/base_fulfilment__orders") & {
        spec.key.to_user_string() for spec in chosen.resolve_all_asset_specs() if spec.group_name == "connectors"
    }


def test_data_flow_from_tables_through_layers_to_publication(graph):
    assert "crm/customers" in upstream(graph, "staging/base_crm__customers")
    marts = {key for key in nodes(graph) if key.startswith("marts/")}
    assert upstream(graph, "published_warehouse") == marts
    assert nodes(graph)["published_warehouse"].group_name == "publish"
    assert nodes(graph)["published_warehouse"].freshness_policy == triggers.freshness(Settings(_env_file=None))
    assert {nodes(graph)[key].group_name for key in marts} == {
        path.name for path in (PROJECT / "models" / "marts").iterdir() if any(path.glob("*.sql"))
    }


def test_every_dbt_test_and_every_bounded_mart_is_an_asset_check(graph, tmp_path):
    checks = {
        (key.asset_key.to_user_string(), key.name): graph.resolve_asset_graph().get(key)
        for key in graph.resolve_asset_graph().asset_check_keys
    }
    project = dbt.parse(Settings(_env_file=None, warehouse=tmp_path))
    tests = {
        node["name"]: node["config"]["severity"].lower()
        for node in project.manifest["nodes"].values()
        if node["resource_type"] == "test" and not any(on.startswith("source.") for on in node["depends_on"]["nodes"])
    }
    assert tests.keys() <= {name for _, name in checks}
    bounded = {f"marts/{bound.table}" for bound in bounds.read(project.marts)}
    assert {asset for asset, name in checks if name == "expectations"} == bounded
    # What is structural keeps publication waiting, what is about fitness does not.
    blocking = {name: check.blocking for (_, name), check in checks.items() if name in tests}
    assert blocking == {name: severity == "error" for name, severity in tests.items()}


def test_dagster_itself_finds_the_definitions_valid(tmp_path):
    command = [Path(sys.executable).with_name("dagster"), "definitions", "validate"]
    environment = {**os.environ, "CX_WAREHOUSE": str(tmp_path / "warehouse"), "DAGSTER_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "All code locations passed validation" in done.stdout + done.stderr


def test_vars_of_dbt_are_the_settings(tmp_path):
    settings = Settings(
        _env_file=None, warehouse=tmp_path, connectors=["b", "a"], as_of="2026-07-01", business_timezone="Asia/Tokyo"
    )
    assert dbt.variables(settings) == {
        "cx_as_of": "2026-06-30T15:00:00Z",
        "cx_business_timezone": "Asia/Tokyo",
        "cx_reporting_currency": None,
        "cx_fiscal_year_start_month": 1,
        "cx_connectors": ["a", "b"],
        "cx_raw_dir": str(tmp_path / "raw"),
    }


def test_the_project_is_parsed_once_for_all_warehouses(tmp_path):
    """dbt says in its log when it parses everything anew; it takes ten seconds."""
    first, second = (Settings(_env_file=None, warehouse=tmp_path / name) for name in ("first", "second"))
    dbt.parse(first)
    project = dbt.parse(second)
    assert "Unable to do partial parsing" not in (dbt.folder_of(second) / "logs" / "dbt.log").read_text()
    places = {source["config"]["meta"]["external_location"] for source in project.manifest["sources"].values()}
    assert places and all(str(second.raw) in place for place in places)


def test_loading_waits_for_no_import_of_dbt():
    asked = "import orchestration.run, sys; print(sorted({'dbt', 'great_expectations'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", asked], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_table_is_replaced_whole_or_not_at_all(project, tmp_path):
    """Whoever runs dbt themselves builds into a file that has the tables of the build before."""
    settings = Settings(_env_file=None, warehouse=tmp_path / "warehouse")
    database, model = tmp_path / "warehouse.duckdb", project / "models" / "staging" / "stg_once.sql"
    ensure_raw(settings)

    def built(sql: str) -> tuple[bool, list[tuple]]:
        model.write_text(f"-- Grain: one row.\n{sql}\n")
        runner = dbtRunner(manifest=dbt.parse(settings).parsed)
        ended = dbt.invoke(settings, database, runner, dbt.arguments(settings, "run", "--select", "stg_once"))
        with duckdb.connect(database) as connection:
            found = connection.execute("select * from staging.stg_once").fetchall()
            names = "select table_name from information_schema.tables where table_name like 'stg_once%'"
            assert connection.execute(names).fetchall() == [("stg_once",)]
        return ended.success, found

    assert built("{{ config(materialized='view') }} select 1 as n") == (True, [(1,)])
    assert built("select 2 as n") == (True, [(2,)])
    assert built("select 3 as n") == (True, [(3,)])
    assert built("select error('no') as n") == (False, [(3,)])


# --- runs, each on a copy of the demo --------------------------------------------------------------------------------


@pytest.fixture
def settings(demo_landing, demo_warehouse, tmp_path) -> Settings:
    """A warehouse of its own in which the demo is published."""
    shutil.copytree(demo_warehouse, tmp_path / "warehouse", symlinks=True)
    return Settings(_env_file=None, landing=demo_landing, warehouse=tmp_path / "warehouse")


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A copy of the dbt project that a test may add to."""
    copy = tmp_path / "project"
    for name in ("models", "macros", "seeds", "tests/dbt"):
        shutil.copytree(PROJECT / name, copy / name)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, copy / name)
    parsed = PROJECT / "build" / "parsed"
    if parsed.is_dir():  # only what the test changes need be parsed again
        shutil.copytree(parsed, copy / "build" / "parsed")
    monkeypatch.setattr(dbt, "PROJECT", copy)
    return copy


def current(settings: Settings) -> str:
    return next(one.id for one in versions(settings) if one.is_current)


def rows(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(settings.current.resolve(), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def contents(settings: Settings) -> dict[str, list[tuple]]:
    names = rows(settings, "select table_name from duckdb_tables() where schema_name = 'marts'")
    return {
        name: sorted(map(repr, rows(settings, f"from marts.{name}"))) for (name,) in names if name != "mart_publication"
    }


def test_a_backfill_publishes_beside_what_readers_see(settings, tmp_path):
    first, instant = settings.current.readlink(), "2025-09-30T12:00:00Z"
    raw = {path.name: path.stat().st_mtime_ns for path in settings.raw.iterdir()}
    command = [CX, "backfill", instant, "--warehouse", settings.warehouse]
    wrong = subprocess.run([*command, "some day"], capture_output=True, text=True, cwd=tmp_path)
    # Said before the first of them is built.
    assert (wrong.returncode, wrong.stdout) == (2, "") and "as-of is 'some day'" in wrong.stderr
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr

    assert settings.current.readlink() == first
    assert {path.name: path.stat().st_mtime_ns for path in settings.raw.iterdir()} == raw
    then = settings.model_copy(update={"warehouse": settings.warehouse / "as_of" / "2025-09-30T120000Z"})
    assert f"As of {instant}: {then.warehouse}." in done.stdout
    assert rows(then, "select cast(as_of as varchar) from staging.stg_as_of") == [("2025-09-30 12:00:00",)]
    ordered = f"select count(*) from marts.fct_orders where ordered_at <= timestamp '{instant[:-1]}'"
    assert rows(then, "select count(*) from marts.fct_orders") == rows(settings, ordered)
    assert 0 < rows(settings, ordered)[0][0] < rows(settings, "select count(*) from marts.fct_orders")[0][0]
    assert [(one.job, one.outcome, one.as_of) for one in runs(then)] == [("cx", "done", instant)]


def test_a_missed_structural_bound_keeps_what_is_published(settings, tmp_path, monkeypatch):
    first = current(settings)
    monkeypatch.setattr(bounds, "FILE", tmp_path / "bounds.yml")
    bound = {
        "name": "no_orders", "expectation": "ExpectTableRowCountToBeBetween", "arguments": {"max_value": 0},
        "severity": "structural", "what": "There are no orders.", "why": "A test.", "what_to_do": "Nothing.",
    }  # fmt: skip
    bounds.FILE.write_text(yaml.safe_dump({"core": {"fct_orders": [bound]}}))

    with pytest.raises(Refused) as raised:
        run(settings, "cx", Progress())

    assert str(raised.value).startswith("Nothing was published, what was published stays: 1 check failed.")
    assert "no_orders (fct_orders): There are no orders. Found: " in str(raised.value)
    assert "A test. Nothing." in str(raised.value)
    assert [one.id for one in versions(settings)] == [first]


def test_a_failed_dbt_test_keeps_what_is_published(settings, project):
    first = current(settings)
    (project / "tests" / "dbt" / "singular" / "there_are_no_orders.sql").write_text(
        "select order_id from {{ ref('fct_orders') }}"
    )
    # A test of a column, which is asked with others of its table first, beside one that dbt asks alone.
    narrow(project / "models" / "marts" / "retention" / "_retention__models.yml", "[acquired, landmark]", "[acquired]")

    with pytest.raises(Refused) as raised:
        run(settings, "cx", Progress())

    heading, *failed = str(raised.value).splitlines()
    assert heading.endswith("2 checks failed.")
    assert re.match(r"  - there_are_no_orders \(fct_orders\): [0-9,]+ rows found, none expected", failed[0])
    assert failed[1].startswith(
        "  - accepted_values_mart_account_survival_clock__acquired (mart_account_survival): 1 row"
    )
    assert [one.id for one in versions(settings)] == [first]
    with instance(settings) as history:
        key = dg.AssetCheckKey(
            dg.AssetKey(["marts", "mart_account_survival"]), "accepted_values_mart_account_survival_clock__acquired"
        )
        assert history.event_log_storage.get_latest_asset_check_execution_by_key([key])[key].status.value == "FAILED"


def narrow(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def test_a_failed_fitness_test_withholds_what_rests_on_its_table_and_publishes_the_rest(settings, project, webhook):
    address, posted = webhook
    settings.alert_webhook = SecretStr(address)
    first, before = current(settings), scores(settings)
    (project / "tests" / "dbt" / "singular" / "answers_are_few.sql").write_text(
        "{{ config(severity='warn', meta={'what': 'answers are not few'}) }}\n"
        "select answer_id from {{ ref('fct_answers') }}"
    )

    run(settings, "cx", Progress())

    assert current(settings) > first
    gone = {"nps", "csat", "ces"}
    assert scores(settings) == {row: None if row[0] in gone else value for row, value in before.items()}
    withheld = gone  # What was expected is paired with what was experienced before answers become a fact.
    assert rows(
        settings,
        "select metric_id, reason, failing_checks from marts.mart_metric_trust where fitness = 'withheld' order by 1",
    ) == [(metric, "answers are not few", "answers_are_few") for metric in sorted(withheld)]
    assert rows(settings, "select failed_check_count from marts.mart_publication") == [(1,)]
    assert next(one.summary["withheld"] for one in versions(settings) if one.is_current) == dict.fromkeys(
        withheld, "answers are not few"
    )
    # Somebody is told what the page no longer shows, and only of what is new.
    ((_, told),) = posted
    assert (told["outcome"], told["job"]) == ("withheld", "cx")
    heading, *reasons = told["text"].splitlines()[1:]
    assert heading == f"{current(settings)} was published; 3 metrics are withheld that the version before showed."
    assert reasons == [f"{metric}: answers are not few" for metric in sorted(withheld)]


def scores(settings: Settings) -> dict[tuple, float]:
    found = rows(settings, "select metric_id, month, value from marts.mart_scorecard")
    return {(metric, month): value for metric, month, value in found}


def test_a_run_killed_while_it_builds_leaves_what_is_published_and_the_next_publishes_the_same(settings):
    before, first = contents(settings), current(settings)
    command = [CX, "run", "--landing", settings.landing, "--warehouse", settings.warehouse]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not list(settings.staging.glob("*/warehouse.duckdb")):
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL

    assert current(settings) == first
    (killed,) = settings.staging.iterdir()
    run(settings, "cx", Progress())
    assert current(settings) > first
    assert [one.id for one in versions(settings)] == [current(settings), first]
    assert contents(settings) == before
    assert not killed.exists()


def test_dagster_keeps_its_history_in_the_warehouse_and_tells_nobody(demo_warehouse):
    assert yaml.safe_load((demo_warehouse / "dagster" / "dagster.yaml").read_text()) == {
        "telemetry": {"enabled": False},
        "concurrency": {"runs": {"max_concurrent_runs": 1}},
    }
    with dg.DagsterInstance.from_config(str(demo_warehouse / "dagster")) as instance:
        (record,) = instance.get_run_records()
        assert (record.dagster_run.job_name, record.dagster_run.status) == ("cx", dg.DagsterRunStatus.SUCCESS)
        assert instance.telemetry_enabled is False
