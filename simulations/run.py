"""Do the published intervals hold what was planted? Build many samples whose truth is known, and count.

    .venv/bin/python simulations/run.py                                # every area, 100 seeds, two worlds
    .venv/bin/python simulations/run.py retention --seeds 10 --world planted

An area is a module beside this one: `MODELS` (the tables it reads) and `estimates(connection, truth, world)`, which
returns for each estimate its name, value, low, high, what was planted and, where one exists, the interval of an oracle
that is told the model (`oracle_low`, `oracle_high`). What a seed gave is kept in results/<area>.json, so that a later
run of some of the seeds can be held against it: tests/python/test_simulations.py does that with three.
"""

import argparse
import importlib
import json
import multiprocessing
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE.parent, HERE.parent / "tests" / "python"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from compiled import world as build_world

from cx_warehouse.sample import Effects, simulate, truth, write_world

RESULTS = HERE / "results"
AREAS = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("__init__", "run", "summary"))
WORLDS = {"planted": Effects, "nothing": Effects.none}
ORDERS = 20_000


def of_seed(areas: Iterable[str], which: str, seed: int) -> dict[str, list[dict]]:
    """The estimates of each area on one sample.

    Args:
        areas: names of modules in this folder.
        which: `planted`, or `nothing`: the same shop in which a miss has no effect.
        seed: of the sample; 20,000 orders.

    Returns:
        Area → rows of name, value, low, high, planted, oracle_low, oracle_high (absent where there is none).
    """
    modules = {area: importlib.import_module(f"simulations.{area}") for area in areas}
    folder = Path(tempfile.mkdtemp(prefix="cx-simulation-"))
    try:
        sampled = simulate(ORDERS, seed, WORLDS[which]())
        write_world(sampled, folder / "landing")
        models = set().union(*(module.MODELS for module in modules.values()))
        with build_world(folder / "landing", folder / "warehouse", select=models, memory_limit="4GB") as connection:
            truths = truth(sampled)
            return {
                area: [_rounded(row) for row in module.estimates(connection, truths, sampled)]
                for area, module in modules.items()
            }
    finally:
        shutil.rmtree(folder)


def _rounded(row: dict) -> dict:
    """Ten digits are more than any reader needs and hide no difference that matters."""
    return {name: float(f"{value:.10g}") if isinstance(value, float) else value for name, value in row.items()}


def run(areas: list[str], which: str, seeds: Iterable[int], processes: int, say: Callable[[str], None]) -> None:
    """Run the seeds and keep what they gave in results/<area>.json."""
    jobs = [(areas, which, seed) for seed in seeds]
    # Started anew, since a forked DuckDB shares locks with the process that it came from.
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=10) as pool:
        for done, (seed, found) in enumerate(pool.imap_unordered(_job, jobs), 1):
            for area, rows in found.items():
                _keep(area, which, seed, rows)
            say(f"{which}: {done} of {len(jobs)} seeds")


def _job(job: tuple[list[str], str, int]) -> tuple[int, dict]:
    return job[2], of_seed(*job)


def _keep(area: str, which: str, seed: int, rows: list[dict]) -> None:
    path = RESULTS / f"{area}.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept.setdefault(which, {})[str(seed)] = rows
    ordered = {name: dict(sorted(kept[name].items(), key=lambda item: int(item[0]))) for name in sorted(kept)}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(ordered, indent=None, separators=(",", ":")).replace('"},', '"},\n') + "\n")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("areas", nargs="*", choices=[*AREAS, []], help=f"of {', '.join(AREAS)}; default: all")
    parser.add_argument("--seeds", type=int, default=100, help="how many, from --first on")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--world", choices=WORLDS, help="default: both")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    for which in [given.world] if given.world else WORLDS:
        seeds = range(given.first, given.first + given.seeds)
        run(given.areas or AREAS, which, seeds, given.processes, lambda words: print(words, flush=True))


if __name__ == "__main__":
    main()
