"""SQL of the macros as dbt renders it, for tests that run it over tables of inputs in DuckDB."""

from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

from cx_warehouse.project import PROJECT


def render(calls: dict[str, str], folder: Path) -> dict[str, str]:
    """SQL of every call by its name, from one invocation of dbt; `folder` takes what dbt writes."""
    mark = "-- macro: "
    inline = "\n".join(f"{mark}{name}\n{{{{ cx_warehouse.{call} }}}}" for name, call in calls.items())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_WAREHOUSE", str(folder))
        patch.setenv("CX_BUILD_PATH", str(folder / "compile.duckdb"))
        command = ["--quiet", "compile", "--inline", inline, "--no-populate-cache", "--no-introspect"]
        folders = {"project-dir": PROJECT, "profiles-dir": PROJECT, "target-path": folder, "log-path": folder}
        for option, value in folders.items():
            command += [f"--{option}", str(value)]
        outcome = dbtRunner().invoke(command)
    assert outcome.success, outcome.exception or outcome.result
    parts = outcome.result.results[0].node.compiled_code.split(mark)[1:]
    return dict(part.split("\n", 1) for part in parts)
