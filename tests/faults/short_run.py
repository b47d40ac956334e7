"""A run in seconds: the real loader, the real models of the facts and the real publisher, on a small world.

Left out are dbt's and Dagster's work around them, and the checks. Each is made in a forked child, since a process
that has opened DuckDB must not fork, and one that is to be killed must not take others along.
"""

import hashlib
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas  # noqa: F401 (DuckDB imports it when first used; imported here it is not paid for in each child)
import pyarrow  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "python")]

import test_laws  # noqa: E402
from compiled import build  # noqa: E402

import orchestration.dbt  # noqa: E402, F401 (a second of imports, once)
from cx_warehouse.landing import ensure_raw, load_table, tables_to_load  # noqa: E402
from cx_warehouse.lock import acquire_lock  # noqa: E402
from cx_warehouse.publish import new_build, new_version, publish, versions  # noqa: E402
from cx_warehouse.settings import Settings  # noqa: E402

MODELS = {"fct_orders", "fct_contacts", "dim_customers", "rejects", "mart_load_audit"}
# What two runs of the same files must agree in.
COMPARED = ("fct_orders", "fct_contacts", "dim_customers")


def settings_of(folder: Path, **values) -> Settings:
    """Settings of a world below `folder`."""
    return Settings(_env_file=None, landing=folder / "landing", warehouse=folder / "warehouse", **values)


def land(folder: Path) -> Settings:
    """Write the landing folder of the laws' world."""
    settings = settings_of(folder)
    test_laws.land(settings.landing, test_laws.WORLD)
    return settings


def run(settings: Settings, at: Callable[[str], None] = lambda stage: None) -> str:
    """Load, build, publish.

    Args:
        settings: of the world.
        at: called with load, build and publish before each begins.

    Returns:
        The id of the version.
    """
    with acquire_lock(settings):
        version = new_version()
        at("load")
        ensure_raw(settings)
        for table in tables_to_load(settings):
            load_table(settings, table, version, datetime.now(UTC))
        at("build")
        path = new_build(settings, version)
        with build(settings, select=MODELS) as built:
            (name,) = built.execute("select current_database()").fetchone()
            built.execute(f"attach '{path}' as staged")
            built.execute(f"copy from database {name} to staged")
            built.execute("detach staged")
        for leftover in settings.warehouse.glob("tmp*"):
            shutil.rmtree(leftover)
        at("publish")
        publish(settings, version, {})
        return version


def published(settings: Settings) -> tuple:
    """What readers see of the compared tables, and how many rows are in the load audit with a false balance."""
    with duckdb.connect(settings.current.resolve(strict=True), read_only=True) as connection:
        rows = [repr(connection.execute(f"from marts.{name} order by all").fetchall()) for name in COMPARED]
        (landed,) = connection.execute("select sum(landed_count) from marts.mart_load_audit").fetchone()
    return (*rows, landed)


def is_whole(settings: Settings) -> bool:
    """Whether the current version is the one its paper describes."""
    (current,) = (one for one in versions(settings) if one.is_current)
    return current.summary["sha256"] == hashlib.sha256(current.path.read_bytes()).hexdigest()


def in_child(work: Callable[[], object]) -> int:
    """Fork and do `work`, which fails by an exception or by returning False. Returns the child's id."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 3 if work() is False else 0
        except BaseException as error:
            print(f"  (a run ended: {' '.join(str(error).split())[:100]})", flush=True)
        finally:
            os._exit(code)
    return child


def has_ended(child: int) -> bool:
    """Whether a child has come to its end, good or bad; `ended` says which."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def ended(child: int) -> bool:
    """Wait for a child. True when its work came to a good end, False when it was killed or failed."""
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0


def kill(child: int) -> None:
    """SIGKILL, as a power cut or an out-of-memory killer does it."""
    os.kill(child, signal.SIGKILL)
