"""The models as dbt compiled them, run on a landing folder: what `cx run` computes, in seconds.

    connection = world(landing, tmp_path)                        # every table of every schema, nothing withheld
    connection = world(landing, tmp_path, as_of="2024-03-01")
    connection = world(landing, tmp_path, select={"fct_orders"}) # and what that rests on
    assert failures(connection) == {}                            # dbt's own data tests
    frame = alone("int_dates_spanned", tmp_path, stg_as_of=rows) # one model on inputs given by hand

The files are loaded by the real loader, and the SQL is the text that dbt compiles, contracts cast as dbt casts them.
Left out are dbt's and Dagster's work around each statement, Great Expectations and publication: a test of those calls
`cx run`. The project is compiled once per set of vars and kept in build/compiled under the hash of its files.
"""

import fcntl
import hashlib
import json
import shutil
import tempfile
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd

from cx_warehouse.landing import ensure_raw, load_table, tables_to_load
from cx_warehouse.preflight import as_of
from cx_warehouse.project import PROJECT
from cx_warehouse.settings import Settings

CACHE = PROJECT / "build" / "compiled"
PARTS = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests/dbt", "tests/python/compiled.py")
SCHEMAS = ("marts", "reference", "staging", "intermediate")
# Stands in the compiled text where the as_of of a world is written.
SOME_INSTANT = "2001-02-03T04:05:06Z"


def world(
    landing: Path, folder: Path, *, select: Collection[str] = (), load_id: str = "20990101T000000000000Z", **settings
) -> duckdb.DuckDBPyConnection:
    """Load a landing folder and build the models on it.

    Args:
        landing: files in the contract's layout, or a tool's export with `connectors`.
        folder: where raw rows and the database are written; a second call with another `load_id` loads what is new.
        select: names of models to build with all they rest on; empty: every model.
        settings: as in cx_warehouse.settings, e.g. `as_of`, `connectors`, `reporting_currency`, `pii_key`.

    Returns:
        A connection to the finished database, marts first on its search path.
    """
    chosen = Settings(landing=landing, warehouse=folder, **settings)
    ensure_raw(chosen)
    for table in tables_to_load(chosen):
        load_table(chosen, table, load_id, datetime.now(UTC).replace(tzinfo=None))
    return build(chosen, select=select)


def build(settings: Settings, *, select: Collection[str] = ()) -> duckdb.DuckDBPyConnection:
    """Build the models on what is loaded; see `world`."""
    plan = plan_of(settings)
    # A folder of its own: within one process DuckDB opens a path once, however often the file is replaced.
    database = Path(tempfile.mkdtemp(dir=settings.warehouse)) / "world.duckdb"
    shutil.copyfile(plan["seeds"], database)
    connection = duckdb.connect(str(database))
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set enable_progress_bar = false")
    connection.execute("create table main.compiled_tests (name varchar, models varchar[], sql varchar)")
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    wanted = _upstream(plan["models"], select) if select else plan["models"].keys()
    tests = [
        (test["name"], test["parents"], _here(test["sql"], plan, settings))
        for test in plan["tests"]
        if wanted >= set(test["parents"])
    ]
    # In one statement: row by row they take longer than the models.
    columns = [[row[at] for row in tests] for at in range(3)]
    values = "unnest(?::varchar[]), unnest(?::varchar[][]), unnest(?::varchar[])"
    connection.execute(f"insert into main.compiled_tests select {values}", columns)
    for name, model in plan["models"].items():
        if name in wanted:
            _create(connection, model, _here(model["sql"], plan, settings))
    connection.execute(f"set search_path = '{','.join(SCHEMAS)}'")
    return connection


def alone(model: str, folder: Path, **inputs: pd.DataFrame) -> pd.DataFrame:
    """One model's own SQL on inputs given by hand, many more than a landing folder holds.

    Args:
        model: its name.
        folder: takes nothing but the folders that settings name.
        inputs: name of each model or seed that it reads → its rows, with the columns that it asks for.
    """
    plan = plan_of(Settings(_env_file=None, landing=folder / "landing", warehouse=folder))
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as world")
        for name, rows in inputs.items():
            schema = plan["models"][name]["schema"] if name in plan["models"] else "reference"
            connection.execute(f"create schema if not exists world.{schema}")
            connection.register("given", rows)
            connection.execute(f"create table world.{schema}.{name} as from given")
            connection.unregister("given")
        return connection.execute(plan["models"][model]["sql"]).df()


def failures(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Name of each data test of severity error that fails on a finished world → rows it found.

    Tests of models that `select` left out are left out too.
    """
    built = {name for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()}
    tests = connection.execute("select name, models, sql from main.compiled_tests").fetchall()
    found = {
        name: connection.execute(f"select count(*) from ({sql})").fetchone()[0]
        for name, models, sql in tests
        if built.issuperset(models)
    }
    return {name: count for name, count in found.items() if count}


def _here(sql: str, plan: dict, settings: Settings) -> str:
    text = sql.replace(plan["raw"], str(settings.raw.resolve()))
    return text.replace(SOME_INSTANT, as_of(settings)) if settings.as_of else text


def _create(connection: duckdb.DuckDBPyConnection, model: dict, sql: str) -> None:
    connection.execute(f"create schema if not exists {model['schema']}")
    relation = f"{model['schema']}.{model['name']}"
    try:
        if model["columns"]:
            columns = ", ".join(f'"{name}" {kind}' for name, kind in model["columns"])
            names = ", ".join(f'"{name}"' for name, _ in model["columns"])
            connection.execute(f"create table {relation} ({columns})")
            connection.execute(f"insert into {relation} select {names} from ({sql})")
        else:
            connection.execute(f"create {model['kind']} {relation} as {sql}")
    except duckdb.Error as error:
        error.add_note(f"in {model['name']}")
        raise


def _upstream(models: dict[str, dict], select: Collection[str]) -> set[str]:
    wanted, queue = set(), list(select)
    while queue:
        name = queue.pop()
        if name not in wanted:
            wanted.add(name)
            queue += models[name]["parents"]
    return wanted


def plan_of(settings: Settings) -> dict:
    """The compiled project under these settings, made when there is none for these files and vars."""
    from orchestration import dbt

    compiling = settings.model_copy(update={"as_of": SOME_INSTANT if settings.as_of else None})
    vars_ = {name: value for name, value in dbt.variables(compiling).items() if name != "cx_raw_dir"}
    key = hashlib.sha256((_hash_of_project() + json.dumps(vars_, sort_keys=True)).encode()).hexdigest()[:16]
    folder = CACHE / key
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "plan.json").exists():
            _compile(compiling, folder)
    return json.loads((folder / "plan.json").read_text())


def _hash_of_project() -> str:
    files = [path for part in PARTS for path in sorted([PROJECT / part, *(PROJECT / part).rglob("*")])]
    content = hashlib.sha256()
    for path in files:
        if path.is_file():
            content.update(str(path.relative_to(PROJECT)).encode() + path.read_bytes())
    return content.hexdigest()


def _compile(settings: Settings, folder: Path) -> None:
    from dbt.cli.main import dbtRunner

    from orchestration import dbt

    inside = settings.model_copy(update={"warehouse": folder})
    ensure_raw(inside)
    seeds = folder / "world.duckdb"
    seeds.unlink(missing_ok=True)
    for command in ("seed", "compile"):
        result = dbt.invoke(inside, seeds, dbtRunner(), dbt.arguments(inside, command))
        assert result.success, f"dbt {command}: {result.exception or [each.message for each in result.result]}"
    manifest = json.loads((dbt.folder_of(inside) / "target" / "manifest.json").read_text())
    models = {node["name"]: _model(node) for node in _in_order(manifest) if node["resource_type"] == "model"}
    tests = [
        {"name": node["name"], "parents": _parents(node), "sql": node["compiled_code"]}
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["config"]["severity"].lower() == "error"
    ]
    plan = {"raw": str(inside.raw.resolve()), "seeds": str(seeds), "models": models, "tests": tests}
    (folder / "plan.json").write_text(json.dumps(plan))


def _model(node: dict) -> dict:
    contracted = node["config"]["contract"]["enforced"]
    return {
        "name": node["name"],
        "schema": node["schema"],
        "kind": node["config"]["materialized"] if node["config"]["materialized"] == "view" else "table",
        "columns": [(name, column["data_type"]) for name, column in node["columns"].items()] if contracted else [],
        "parents": _parents(node),
        "sql": node["compiled_code"],
    }


def _parents(node: dict) -> list[str]:
    return [parent.split(".")[-1] for parent in node["depends_on"]["nodes"] if parent.startswith("model.")]


def _in_order(manifest: dict) -> list[dict]:
    """Nodes after all that they rest on."""
    nodes, done, order = manifest["nodes"], set(), []

    def visit(name: str) -> None:
        if name in done or name not in nodes:
            return
        done.add(name)
        for parent in nodes[name]["depends_on"].get("nodes", []):
            visit(parent)
        order.append(nodes[name])

    for name in sorted(nodes):
        visit(name)
    return order
