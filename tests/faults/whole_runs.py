"""Faults of `cx run` as people call it: Dagster, dbt and the suites included, in one small world published once."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from cx_warehouse.project import PROJECT
from cx_warehouse.settings import Settings
from tests.faults.result import Result, child_succeeds
from tests.faults.short_run import is_whole, land

CX = Path(sys.executable).with_name("cx")
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
# One table of each system, so that the crash comes first, in the middle and last of what is loaded.
CRASHING_LOADS = ("crm.contacts", "fulfilment.orders", "survey.answers")


def whole_runs(kills: int, runs: int, seed: int) -> Iterator[Result]:
    """Publish a world, then make each fault in it.

    Args:
        kills: of `cx run` while it builds.
        runs: at the same moment.
        seed: of the moments of the kills.
    """
    # Imported before the forks, so that it is paid for once; nothing of it opens DuckDB.
    import expectations.checkpoint  # noqa: F401
    import orchestration.run  # noqa: F401

    with tempfile.TemporaryDirectory(prefix="cx-faults-") as name:
        settings = land(Path(name))
        os.environ["CX_BOARD_PACK"] = "false"  # drawn after publication, and half a minute of every run
        assert subprocess.run(_command(settings), cwd=name, **QUIET).returncode == 0, "the world cannot be published"
        yield crashing_assets(settings)
        yield failing_test(settings)
        yield failing_suites(settings)
        yield killed(settings, kills, seed)
        yield simultaneous(settings, runs)


def crashing_assets(settings: Settings) -> Result:
    """The code of an asset raises what nobody expected: three loads in turn, and a model."""
    harms = 0
    for table in CRASHING_LOADS:
        stranger = settings.raw / f"{table}.0123456789abcdef.parquet"
        stranger.write_text("no Parquet at all")
        harms += not child_succeeds(lambda: _fails(settings, "Parquet magic bytes not found"))
        stranger.unlink()
    with _project() as project:
        model = project / "models" / "staging" / "crm" / "base_crm__contacts.sql"
        model.write_text("select cast('no number' as integer) as contact_id\n")
        harms += not child_succeeds(lambda: _fails(settings, "base_crm__contacts", project=project))
    return Result(
        "a crashing asset: loads of three systems, a model", len(CRASHING_LOADS) + 1, harms,
        "nothing is published, the run fails with the asset's own words, what was published stays",
    )  # fmt: skip


def failing_test(settings: Settings) -> Result:
    """A dbt test of severity error fails, on what everything rests on."""
    with _project() as project:
        (project / "tests" / "dbt" / "singular" / "time_does_not_stop.sql").write_text(
            "select as_of from {{ ref('stg_as_of') }}"
        )
        told = "time_does_not_stop (stg_as_of): 1 row found, none expected"
        harms = not child_succeeds(lambda: _fails(settings, told, project=project))
    return Result("a failing dbt test", 1, int(harms), "nothing is published, the run names the test and what it found")


def failing_suites(settings: Settings) -> Result:
    """In every suite a structural bound that cannot be met, all in one run."""
    marts = sorted((PROJECT / "models" / "marts").iterdir())
    bound = {
        "expectation": "ExpectTableRowCountToBeBetween", "arguments": {"min_value": 10**9}, "severity": "structural",
        "what": "There are a thousand million rows.", "why": "A fault made on purpose.", "what_to_do": "Nothing.",
    }  # fmt: skip
    suites = {}
    for folder in (each for each in marts if each.is_dir()):
        table = min(folder.glob("*.sql")).stem
        suites[folder.name] = {table: [{"name": f"{folder.name}_is_huge"} | bound]}
    told = [f"{len(suites)} checks failed", *(f"{name}_is_huge" for name in suites)]
    harms = not child_succeeds(lambda: _fails(settings, *told, bounds=yaml.safe_dump(suites)))
    return Result(
        "a failing suite: a structural bound missed in each", len(suites), int(harms) * len(suites),
        "nothing is published, the run names every bound",
    )  # fmt: skip


def killed(settings: Settings, count: int, seed: int) -> Result:
    """SIGKILL of the command itself, at a random moment of the first 15 seconds in which it builds."""
    moments, done, harms = random.Random(seed), 0, 0
    began = settings.current.readlink()
    while done < count:
        process = subprocess.Popen(_command(settings), cwd=settings.warehouse.parent, **QUIET)
        while process.poll() is None and not list(settings.staging.glob("*/warehouse.duckdb")):
            time.sleep(0.05)
        time.sleep(moments.uniform(0, 15))
        process.kill()
        if process.wait() == -signal.SIGKILL:
            done += 1
            harms += not child_succeeds(lambda: is_whole(settings)) or settings.current.readlink() != began
    return Result("SIGKILL of `cx run` while it builds", done, harms, "what is published stays; the next run publishes")


def simultaneous(settings: Settings, count: int) -> Result:
    """So many `cx run` at once, after kills: one must publish, the others must be told."""
    before = {path.name for path in settings.versions.glob("*.duckdb")}
    piped = QUIET | {"stderr": subprocess.PIPE, "text": True, "cwd": settings.warehouse.parent}
    processes = [subprocess.Popen(_command(settings), **piped) for _ in range(count)]
    ends = [(process.communicate()[1], process.returncode) for process in processes]
    published_count = len({path.name for path in settings.versions.glob("*.duckdb")} - before)
    won = sum(code == 0 for _, code in ends)
    told = sum(code == 2 and "Another run is under way" in words for words, code in ends)
    harms = int(won < 1) + (count - won - told) + int(published_count != won)
    return Result(f"{count} `cx run` at the same moment", count, harms, f"{won} published, {told} were told who runs")


def _command(settings: Settings) -> list:
    return [CX, "run", "--landing", settings.landing, "--warehouse", settings.warehouse]


def _fails(settings: Settings, *told: str, project: Path | None = None, bounds: str | None = None) -> bool:
    """In a child: a run fails with these words, publishes nothing and leaves what is published as it was."""
    import expectations.bounds
    from orchestration import dbt
    from orchestration.progress import Progress
    from orchestration.run import run

    before = settings.current.readlink()
    if project:
        dbt.PROJECT = project
    if bounds:
        expectations.bounds.FILE = settings.warehouse.parent / "bounds.yml"
        expectations.bounds.FILE.write_text(bounds)
    try:
        run(settings.model_copy(update={"board_pack": False}), "cx", Progress())
    except Exception as error:
        unsaid = [words for words in told if words not in str(error)]
        assert not unsaid, f"the run did not say {unsaid}, but: {error}"
        return settings.current.readlink() == before and is_whole(settings)
    return False


class _project(tempfile.TemporaryDirectory):
    """A copy of the dbt project to do harm to."""

    def __init__(self) -> None:
        super().__init__(prefix="cx-faults-")

    def __enter__(self) -> Path:
        copy = Path(super().__enter__())
        for name in ("models", "macros", "seeds", "tests/dbt"):
            shutil.copytree(PROJECT / name, copy / name)
        for name in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(PROJECT / name, copy / name)
        return copy
