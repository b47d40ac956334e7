"""CPU time, wall time and peak memory of a run beside baselines on the same files, into benchmarks/results.

    .venv/bin/python benchmarks/run.py 100000 1000000

Every step is a process of its own, so that its CPU seconds and peak memory are its own. What counts is the ratio to the
baselines of the same run; seconds differ from machine to machine. benchmarks/README.md says what each step is.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import duckdb
import report
from landing import FORMATS
from steps import COMPARED

from cx_warehouse.memory import memory_limit
from cx_warehouse.settings import Settings

HERE = Path(__file__).parent
PYTHON, CX = sys.executable, str(Path(sys.executable).with_name("cx"))
# What a DuckDB of ours may take; what does not fit spills.
MEMORY_LIMIT = memory_limit(Settings(_env_file=None).memory_limit)
# Of a command: CPU and wall seconds, peak memory (MB), and what it says.
MEASURE = """
import json, resource, subprocess, sys, time
began = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
if done.returncode:
    sys.exit(done.stdout)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
    "wall_seconds": round(time.monotonic() - began, 2), "peak_mb": round(used.ru_maxrss / 1024), "said": done.stdout}))
"""


def measured(*command: object) -> dict:
    """Run a command and measure it, its children included.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    ours = {"CX_BOARD_PACK": "false", "CX_MEMORY_LIMIT": MEMORY_LIMIT, "PYTHONPATH": str(HERE.parent)}
    environment = os.environ | ours
    call = [PYTHON, "-c", MEASURE, *map(str, command)]
    done = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return json.loads(done.stdout)


def bench(orders: int, folder: Path) -> dict:
    """All steps on one size.

    Args:
        orders: how many the sample has.
        folder: an empty one, for landed files and warehouses.
    """
    steps = {}

    def step(name: str, *command: object) -> str:
        steps[name] = measured(*command)
        said = steps[name].pop("said")
        print(f"{orders:>10,} {name:22} {steps[name]}", flush=True)
        return said

    # Text encodes the same rows in both formats, so that they can be compared.
    input_mb, input_rows = {}, {}
    for form in FORMATS:
        landing, warehouse, read = folder / form, folder / f"warehouse_{form}", folder / f"read_{form}.duckdb"
        step(f"write_{form}", PYTHON, HERE / "steps.py", "write", landing, orders, form, folder / "sample")
        step(f"read_{form}", PYTHON, HERE / "steps.py", "read", landing, form, read)
        step(f"load_{form}", CX, "load", "--landing", landing, "--warehouse", warehouse)
        input_mb[form], input_rows[form] = _megabytes(landing), sum(_rows(read).values())
        read.unlink()
    # A run of ten million orders wants the disk.
    for served in ("sample", "csv", "warehouse_csv"):
        shutil.rmtree(folder / served)
    landing, warehouse = folder / "parquet", folder / "warehouse_parquet"
    said = step("run", CX, "run", "--landing", landing, "--warehouse", warehouse)
    published = warehouse / "current.duckdb"
    with duckdb.connect(published, read_only=True) as connection:
        ((as_of,),) = connection.execute("select as_of from marts.mart_publication").fetchall()
    step("column_checks", PYTHON, HERE / "steps.py", "column_checks", warehouse)
    step("compile_models", PYTHON, HERE / "steps.py", "compile_models", warehouse)
    layers = step("layers", PYTHON, HERE / "steps.py", "layers", warehouse)
    by_hand = folder / "by_hand.duckdb"
    parts = json.loads(step("by_hand", PYTHON, HERE / "steps.py", "by_hand", landing, as_of, by_hand))
    # What by_polars computes, as a process of its own like that.
    step("by_hand_two", PYTHON, HERE / "steps.py", "by_hand", landing, as_of, folder / "by_hand_two.duckdb", "2")
    step("by_polars", PYTHON, HERE / "by_polars.py", landing, as_of)
    return {
        "orders": orders,
        "memory_limit": MEMORY_LIMIT,
        "input_rows": input_rows["parquet"],
        "input_mb": input_mb,
        "published_mb": _megabytes(published.resolve()),
        "steps": steps,
        "stages_wall_seconds": _stages(said),
        "by_hand_cpu_seconds": parts,
        "layers_cpu_seconds": float(layers),
        "differing_rows": json.loads(step("compare", PYTHON, HERE / "steps.py", "compare", by_hand, published)),
        "models": _models(warehouse, _rows(published)),
    }


def machine() -> dict:
    """What the figures depend on."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True)
    return {
        "cpu": cpu.group(1) if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(int(memory.group(1)) / 2**20, 1),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("duckdb", "polars", "dbt-core", "dagster", "great-expectations")},
        "revision": revision.stdout.strip(),
    }


def _rows(database: Path) -> dict[str, int]:
    with duckdb.connect(database, read_only=True) as connection:
        return dict(connection.execute("select table_name, estimated_size from duckdb_tables()").fetchall())


def _megabytes(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else [path]
    return round(sum(file.stat().st_size for file in files if file.is_file()) / 1e6, 1)


def _stages(said: str) -> dict[str, float]:
    """Seconds of build, checks and publication, as the run says them."""
    return {name: float(seconds) for name, seconds in re.findall(r"(transform|check|publish): .*\(([\d.]+) s\)", said)}


def _models(warehouse: Path, rows: dict[str, int]) -> list[dict]:
    """Wall seconds and rows of each model, the slowest first.

    `is_compared` marks a table that by_hand computes, `is_below` also all that such a table rests on.
    """
    target = warehouse / "dbt" / "target"
    results = json.loads((target / "run_results.json").read_text())["results"]
    parents = json.loads((target / "manifest.json").read_text())["parent_map"]
    below, queue = set(), [one for one in parents if _kind(one) == "model" and _name(one) in COMPARED]
    while queue:
        one = queue.pop()
        if one not in below and _kind(one) == "model":
            below.add(one)
            queue += parents[one]
    models = [
        {
            "model": _name(one["unique_id"]),
            "wall_seconds": round(one["execution_time"], 2),
            "rows": rows.get(_name(one["unique_id"])),
            "is_compared": _name(one["unique_id"]) in COMPARED,
            "is_below": one["unique_id"] in below,
        }
        for one in results
        if _kind(one["unique_id"]) == "model"
    ]
    return sorted(models, key=lambda model: -model["wall_seconds"])


def _kind(unique_id: str) -> str:
    return unique_id.split(".")[0]


def _name(unique_id: str) -> str:
    return unique_id.split(".")[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("orders", type=int, nargs="*", default=[100_000], help="sizes; default: 100,000")
    parser.add_argument("--note", default="", help="what else ran on the machine")
    chosen = parser.parse_args()
    (HERE / "results").mkdir(exist_ok=True)
    for orders in chosen.orders:
        facts = machine()
        with tempfile.TemporaryDirectory() as name:
            result = bench(orders, Path(name))
        result = {"machine": facts | {"load_after": os.getloadavg()[0], "note": chosen.note}} | result
        (HERE / "results" / f"run-{orders}.json").write_text(json.dumps(result, indent=1) + "\n")
    report.write()


if __name__ == "__main__":
    main()
