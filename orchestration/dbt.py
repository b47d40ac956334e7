"""dbt in this process: importing it again for every command would cost more than most commands do."""

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from cx_warehouse.contract import feeds, own_connectors
from cx_warehouse.errors import CxError
from cx_warehouse.landing import ensure_raw
from cx_warehouse.memory import memory_bytes, memory_limit
from cx_warehouse.preflight import as_of, check_place
from cx_warehouse.project import CARRIED, PROJECT, own_models
from cx_warehouse.settings import Settings
from orchestration.columns import KINDS

# Stands in the parsed project where the folder of raw rows of one warehouse comes.
RAW = "CX_RAW_DIR"
# Stands there for the warehouse itself; parsing opens no database.
NOWHERE = Path("/nowhere")
# Unit tests look at no data, and tests of columns are asked of a table at once (orchestration/columns.py).
_LEFT_OUT = ("--exclude-resource-type", "unit_test", "--exclude", *(f"test_name:{kind}" for kind in KINDS))


def variables(settings: Settings) -> dict:
    """The vars of a build."""
    chosen = {
        "cx_as_of": as_of(settings),
        "cx_business_timezone": settings.business_timezone,
        "cx_reporting_currency": settings.reporting_currency,
        "cx_fiscal_year_start_month": settings.fiscal_year_start_month,
        "cx_connectors": sorted(settings.connectors),
        "cx_raw_dir": str(settings.raw.resolve()),
    }
    if settings.incremental:
        chosen["cx_incremental"] = True
    # dbt_project.yml says what our connectors fill; of the caller's own it knows nothing.
    if set(settings.connectors) & set(own_connectors()):
        chosen["cx_connector_tables"] = {
            tool: {table: list(exports) for table, exports in feeds(tool).items()}
            for tool in sorted(settings.connectors)
        }
    return chosen


def arguments(settings: Settings, command: str, *more: str) -> list[str]:
    """The command line of `dbt <command>` under these settings."""
    return [
        *_common(settings, command, folder_of(settings) / "target"),
        *("--threads", str(models_at_once(settings)), "--vars", json.dumps(variables(settings))),
        *more,
    ]


def _common(settings: Settings, command: str, target: Path) -> list[str]:
    return [
        command,
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target", settings.target),
        *("--target-path", str(target), "--log-path", str(folder_of(settings) / "logs")),
        *("--log-level", "none", "--log-level-file", "info", "--no-use-colors"),
    ]


def environment(settings: Settings, database: Path) -> dict[str, str]:
    """What profiles.yml, the models and macros read from the environment."""
    return {
        "CX_BUILD_PATH": str(database),
        "CX_WAREHOUSE": str(settings.warehouse.resolve()),
        "CX_THREADS": str(models_at_once(settings)),
        "CX_BUILD_MEMORY": memory_limit(settings.memory_limit),
        **({"CX_OWN_MODELS": str(own)} if (own := own_models()) else {}),
    }


def models_at_once(settings: Settings) -> int:
    """How many models are built at a time: one where more than a quarter of the memory limit is loaded.

    All share the limit, and of its hash tables and sorts DuckDB has to hold a part that grows with the rows: two that
    spill well alone can be too many side by side (docs/scale.md).
    """
    raw_bytes = sum(path.stat().st_size for path in settings.raw.glob("*.parquet"))
    return 1 if raw_bytes > memory_bytes(settings.memory_limit) / 4 else settings.threads


def folder_of(settings: Settings) -> Path:
    """Where dbt keeps its compiled SQL and logs."""
    return settings.warehouse.resolve() / "dbt"


def parsed_in(settings: Settings) -> Path:
    """Where dbt keeps the parsed project: in the checkout, so that it is parsed once and not once a warehouse; in the
    warehouse where a wheel installed the project, perhaps in a place that nobody may write to."""
    folder = folder_of(settings) if CARRIED.is_dir() else PROJECT / "build"
    kind = f"{settings.target}-incremental" if settings.incremental else settings.target
    return folder / "parsed" / "-".join([kind, *sorted(settings.connectors)])


@dataclass(frozen=True)
class Project:
    """The parsed dbt project."""

    parsed: Manifest

    @cached_property
    def manifest(self) -> dict:
        """As in target/manifest.json."""
        manifest = self.parsed.writable_manifest().to_dict(omit_none=False)
        for node in manifest["nodes"].values():
            if node["resource_type"] == "test":
                _attach(node, manifest["nodes"])
        return manifest

    @cached_property
    def marts(self) -> dict[str, dict]:
        """The published models by name."""
        return {
            node["name"]: node
            for node in self.manifest["nodes"].values()
            if node["resource_type"] == "model" and node["schema"] == "marts"
        }


def _attach(test: dict, nodes: dict) -> None:
    """Say which asset a test of several models is a check of, where its author has not: the last mart that it names."""
    upstream = [nodes[parent] for parent in test["depends_on"]["nodes"] if parent in nodes]
    meta = test["config"].setdefault("meta", {})
    if test.get("attached_node") or len(upstream) < 2 or "dagster" in meta:
        return
    marts = [node for node in upstream if node["schema"] == "marts"]
    model = (marts or upstream)[-1]
    meta["dagster"] = {"ref": {"name": model["name"], "package": model["package_name"]}}


def parse(settings: Settings) -> Project:
    """Read the dbt project under these settings.

    Raises:
        CxError: it cannot be parsed; the message is dbt's. Or nothing can be built in that warehouse.
    """
    check_place(settings.warehouse)
    target = parsed_in(settings)
    # Which models there are depends on the connectors and on whether rows are kept. dbt parses all again, ten seconds,
    # when any var differs or the path of the database does, and every source when CX_WAREHOUSE does: so it is told the
    # same for all warehouses.
    nowhere = settings.model_copy(update={"warehouse": NOWHERE})
    shaping = ("cx_connector_tables", "cx_incremental")
    theirs = {name: value for name, value in variables(settings).items() if name in shaping}
    vars_ = {"cx_connectors": sorted(settings.connectors), "cx_raw_dir": RAW, **theirs}
    # What it would write the build writes again.
    command = [*_common(settings, "parse", target), "--vars", json.dumps(vars_), "--no-write-json"]
    target.mkdir(parents=True, exist_ok=True)
    with (target / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # dbt reads and writes its parsed project without one
        result = invoke(nowhere, NOWHERE / "warehouse.duckdb", dbtRunner(), command)
    if not result.success:
        raise CxError(f"The dbt project cannot be parsed: {result.exception}")
    _find_raw(result.result, settings)
    return Project(result.result)


def _find_raw(parsed: Manifest, settings: Settings) -> None:
    raw = variables(settings)["cx_raw_dir"]
    for source in parsed.sources.values():
        for meta in (source.meta, source.source_meta, source.config.meta):
            if "external_location" in meta:
                meta["external_location"] = meta["external_location"].replace(RAW, raw)


def compiled(settings: Settings) -> dict:
    """The manifest that the last build wrote, with the SQL of every model as it ran."""
    return json.loads((folder_of(settings) / "target" / "manifest.json").read_text())


def compile_models(settings: Settings, project: Project, database: Path) -> dict:
    """The manifest with the SQL of every model, where nothing was built here.

    Raises:
        CxError: dbt cannot; the message is dbt's.
    """
    ensure_raw(settings)  # dbt's hooks run before a compilation too, and write there
    ended = invoke(settings, database, dbtRunner(manifest=project.parsed), arguments(settings, "compile"))
    if not ended.success:
        raise CxError(f"The dbt project cannot be compiled: {ended.exception}")
    return compiled(settings)


def run_models(settings: Settings, database: Path, names: list[str]) -> None:
    """Make some models and the seeds that they read, without a test.

    Raises:
        CxError: dbt cannot; the message is dbt's.
    """
    command = arguments(settings, "build", "--resource-type", "model", "--resource-type", "seed", "--select", *names)
    result = invoke(settings, database, dbtRunner(), command)
    if not result.success:
        said = result.exception or "; ".join(str(each.message) for each in result.result if each.message)
        raise CxError(f"The models of the connector cannot be made: {said}")


def build(settings: Settings, project: Project, database: Path, on_event: Callable) -> dbtRunnerResult:
    """Build every model and run every test of data but those of columns.

    Args:
        database: the DuckDB file to build.
        on_event: called with each of dbt's structured log events.
    """
    runner = dbtRunner(manifest=project.parsed, callbacks=[on_event])
    return invoke(settings, database, runner, arguments(settings, "build", *_LEFT_OUT))


def is_too_large(result: RunResult) -> bool:
    """Whether a model or a test ran out of the memory that DuckDB may take."""
    return result.status == "error" and "Out of Memory Error" in (result.message or "")


def build_rest(
    settings: Settings, project: Project, database: Path, ended: dbtRunnerResult, on_event: Callable
) -> dbtRunnerResult:
    """Build what was too large for the memory, and what waited for it, by one thread of DuckDB, one after the other.

    Each thread holds hash tables and sorts of its own, so one takes less (docs/scale.md).

    Args:
        database: what `build` has built so far.
        ended: how that ended.

    Returns:
        How both ended, each model and test with its last result.
    """
    alone = settings.model_copy(update={"threads": 1})
    left = [
        one.node.name
        for one in ended.result.results
        if one.node.resource_type in ("seed", "model", "test") and (one.status == "skipped" or is_too_large(one))
    ]
    # Without the tests of other models, which have run.
    command = arguments(alone, "build", *_LEFT_OUT, "--indirect-selection", "empty", "--select", *left)
    runner = dbtRunner(manifest=project.parsed, callbacks=[on_event])
    again = invoke(alone, database, runner, command, duckdb_threads=1)
    if again.exception is not None:
        return again
    last = {one.node.unique_id: one for one in (*ended.result.results, *again.result.results)}
    again.result.results = list(last.values())
    again.result.write(str(folder_of(settings) / "target" / "run_results.json"))
    return again


def test(
    settings: Settings, project: Project, database: Path, tests: Iterable[str], on_event: Callable
) -> dbtRunnerResult:
    """Run some tests on what `build` has built.

    Args:
        tests: their ids.
    """
    names = sorted(project.manifest["nodes"][test]["name"] for test in tests)
    # What the build wrote has the SQL of every model, what this would write in its place has not.
    command = arguments(settings, "test", "--no-write-json", "--select", *names)
    return invoke(settings, database, dbtRunner(manifest=project.parsed, callbacks=[on_event]), command)


def invoke(
    settings: Settings, database: Path, runner: dbtRunner, command: list[str], duckdb_threads: int | None = None
) -> dbtRunnerResult:
    """Run a command of dbt on a DuckDB file; the file is let go of when it has ended.

    Args:
        duckdb_threads: how many DuckDB takes for a statement; none: as many as the machine has cores.
    """
    told = {"CX_DUCKDB_THREADS": str(duckdb_threads)} if duckdb_threads else {}
    with _environment(environment(settings, database) | told):
        try:
            return runner.invoke(command)
        finally:
            _let_go_of_the_database()


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _let_go_of_the_database() -> None:
    """dbt keeps the file open until the process ends, but the checks open it read-only and publication moves it."""
    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager.env().close()
        DuckDBConnectionManager.close_all_connections()
