"""Time and memory of a run beside a baseline: the same files read by plain DuckDB, with nothing checked.

    .venv/bin/python benchmarks/run.py --orders 100000

Every step is a process of its own, so that its CPU seconds and peak memory are its own. What counts is the ratio to the
baseline of the same run; seconds differ from machine to machine.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

CX = str(Path(sys.executable).with_name("cx"))
RESULTS = Path(__file__).with_name("results")

# What anybody would write first: every file into a table of its own, types guessed, no balance, no rejects.
BASELINE = """
import duckdb, pathlib, sys
connection = duckdb.connect(sys.argv[2])
readers = {"csv": "read_csv", "csv.gz": "read_csv", "jsonl": "read_json", "parquet": "read_parquet"}
for folder in sorted(path for path in pathlib.Path(sys.argv[1]).glob("*/*") if path.is_dir()):
    for kind, reader in readers.items():
        if list(folder.rglob(f"*.{kind}")):
            options = "union_by_name = true" + (", ignore_errors = true" if reader == "read_csv" else "")
            table = f"{folder.parent.name}_{folder.name}"
            relation = f"{reader}('{folder}/**/*.{kind}', {options})"
            connection.execute(f"create or replace table {table} as from {relation}")
"""


def measured(command: list[str]) -> dict[str, float]:
    """CPU seconds, wall seconds and peak memory (MB) of one command.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    code = (
        "import json, resource, subprocess, sys, time; began = time.monotonic(); "
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(json.dumps({'cpu_seconds': round(used.ru_utime + used.ru_stime, 1), "
        "'wall_seconds': round(time.monotonic() - began, 1), 'peak_mb': round(used.ru_maxrss / 1024)}))"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--orders", type=int, default=100_000)
    orders = parser.parse_args().orders
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        landing, warehouse = str(folder / "landing"), str(folder / "warehouse")
        steps = {
            "sample": [CX, "sample", landing, "--orders", str(orders)],
            "baseline": [sys.executable, "-c", BASELINE, landing, str(folder / "baseline.duckdb")],
            "load": [CX, "load", "--landing", landing, "--warehouse", warehouse],
            "run": [CX, "run", "--landing", landing, "--warehouse", warehouse],
        }
        found = {}
        for step, command in steps.items():
            found[step] = measured(command)
            print(f"{step:9} {found[step]}", flush=True)
    baseline = found["baseline"]["cpu_seconds"]
    result = {
        "orders": orders,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "steps": found,
        "cpu_ratio_to_baseline": {
            step: round(found[step]["cpu_seconds"] / max(baseline, 0.1), 1) for step in ("load", "run")
        },
        "notes": "run follows load, so it finds every file loaded and measures build, checks and publication.",
    }
    path = RESULTS / f"run-{orders}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written to {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


if __name__ == "__main__":
    main()
