"""dbt in this process: importing it again for every command would cost more than most commands do."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from cx_warehouse.errors import CxError
from cx_warehouse.preflight import as_of
from cx_warehouse.project import PROJECT
from cx_warehouse.settings import Settings


def variables(settings: Settings) -> dict:
    """The vars of a build. The same settings give the same vars, so that dbt parses only what changed."""
    return {
        "cx_as_of": as_of(settings),
        "cx_business_timezone": settings.business_timezone,
        "cx_reporting_currency": settings.reporting_currency,
        "cx_fiscal_year_start_month": settings.fiscal_year_start_month,
        "cx_connectors": sorted(settings.connectors),
        "cx_raw_dir": str(settings.raw.resolve()),
    }


def arguments(settings: Settings, command: str, *more: str) -> list[str]:
    """The command line of `dbt <command>` under these settings."""
    folder = folder_of(settings)
    return [
        command,
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target", settings.target),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        *("--threads", str(settings.threads), "--vars", json.dumps(variables(settings))),
        *("--log-level", "none", "--log-level-file", "info", "--no-use-colors"),
        *more,
    ]


def environment(settings: Settings, database: Path) -> dict[str, str]:
    """What profiles.yml and the models read from the environment."""
    return {
        "CX_BUILD_PATH": str(database),
        "CX_WAREHOUSE": str(settings.warehouse.resolve()),
        "CX_THREADS": str(settings.threads),
    }


def folder_of(settings: Settings) -> Path:
    """Where dbt keeps its parsed project, compiled SQL and logs."""
    return settings.warehouse.resolve() / "dbt"


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
        CxError: it cannot be parsed; the message is dbt's.
    """
    # The path of the database is part of what dbt compares to decide whether it must parse all again.
    # What it would write the build writes again.
    command = arguments(settings, "parse", "--no-write-json")
    result = _invoke(settings, folder_of(settings) / "warehouse.duckdb", dbtRunner(), command)
    if not result.success:
        raise CxError(f"The dbt project cannot be parsed: {result.exception}")
    return Project(result.result)


def compiled(settings: Settings) -> dict:
    """The manifest that the last build wrote, with the SQL of every model as it ran."""
    return json.loads((folder_of(settings) / "target" / "manifest.json").read_text())


def build(settings: Settings, project: Project, database: Path, on_event: Callable) -> dbtRunnerResult:
    """Build every model and run every test but the unit tests, which look at no data.

    Args:
        database: the DuckDB file to build.
        on_event: called with each of dbt's structured log events.
    """
    runner = dbtRunner(manifest=project.parsed, callbacks=[on_event])
    return _invoke(settings, database, runner, arguments(settings, "build", "--exclude-resource-type", "unit_test"))


def _invoke(settings: Settings, database: Path, runner: dbtRunner, command: list[str]) -> dbtRunnerResult:
    with _environment(environment(settings, database)):
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
