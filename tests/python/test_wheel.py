"""The wheel: installed apart from the checkout, `cx` works in an empty folder."""

import re
import subprocess
import tomllib
from pathlib import Path

import duckdb
import yaml
from installed_wheel import environment

import cx_warehouse
from cx_warehouse.project import PROJECT


def cx(installed: Path, *arguments, cwd: Path) -> str:
    done = subprocess.run([installed, *map(str, arguments)], cwd=cwd, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_it_runs_from_its_own_files(installed, tmp_path):
    code = "import cx_warehouse.project as project; print(project.PROJECT)"
    python = installed.with_name("python")
    shown = subprocess.run(
        [python, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    assert Path(shown.stdout.strip()).is_relative_to(installed.parents[1])


def test_init_sample_run_query_in_an_empty_folder(installed, tmp_path):
    cx(installed, "init", cwd=tmp_path)
    assert (tmp_path / "landing" / "fulfilment" / "orders").is_dir()
    cx(installed, "sample", "sample", "--orders", 400, cwd=tmp_path)
    cx(installed, "run", "--landing", "sample", cwd=tmp_path)
    shown = cx(installed, "query", "--format", "csv", "select count(*) as orders from fct_orders", cwd=tmp_path)
    with duckdb.connect((tmp_path / "warehouse" / "current.duckdb").resolve(), read_only=True) as connection:
        (orders,) = connection.execute("select count(*) from marts.fct_orders").fetchone()
    assert shown.split() == ["orders", str(orders)]
    assert orders == 400


def test_init_never_overwrites(installed, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    done = subprocess.run([installed, "init", "."], cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert done.returncode == 2
    assert "README.md is there" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_the_version_is_said_once():
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    assert yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["version"] == version == cx_warehouse.__version__
    assert re.search(r"^## (\S+)", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE).group(1) == version
