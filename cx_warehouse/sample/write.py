"""Writes the tables as files, in several formats, the way a landing directory looks in practice."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cx_warehouse.contract import contract_tables
from cx_warehouse.errors import CxError
from cx_warehouse.sample.clock import END, START
from cx_warehouse.sample.dirty import RAGGED_ORDER_LINE
from cx_warehouse.sample.effects import Effects
from cx_warehouse.sample.orders import World, simulate
from cx_warehouse.sample.tables import describe

FEWEST_ORDERS = 10
_PARTIAL = ".partial"  # files lie here until all are written
_YEARS = range(START.year, END.year + 1)

Progress = Callable[[str, int, float], None]


@dataclass(frozen=True)
class Layout:
    """`file` may hold {year}; then there is one file per year of `by`."""

    file: str
    by: str | None = None


LAYOUT = {
    "crm.customers": Layout("customers.csv"),
    "crm.customer_identities": Layout("identities.jsonl"),
    "crm.contacts": Layout("contacts_{year}.csv.gz", "opened_at"),
    "crm.messages": Layout("messages.csv"),
    "crm.initiatives": Layout("initiatives.csv"),
    "crm.initiative_costs": Layout("initiative_costs.csv"),
    "crm.maturity_assessments": Layout("maturity.jsonl"),
    "survey.answers": Layout("answers.csv.gz"),
    "survey.invitations": Layout("invitations.parquet"),
    "fulfilment.orders": Layout("year={year}/orders.csv", "ordered_at"),
    "fulfilment.shipments": Layout("shipments_{year}.parquet", "shipped_at"),
    "fulfilment.promises": Layout("promises.parquet"),
    "fulfilment.adjustments": Layout("adjustments.jsonl"),
}
_OPTIONS = {
    ".csv": "format csv, header true",
    ".csv.gz": "format csv, header true, compression gzip",
    ".jsonl": "format json, array false",
    ".parquet": "format parquet, compression zstd",
}


def write_sample(
    directory: Path,
    orders: int = 20_000,
    seed: int = 1,
    progress: Progress | None = None,
    effects: Effects | None = None,
) -> dict[str, int]:
    """Write a plausible shop into a landing directory. docs/sample_data.md says what is planted in it.

    Args:
        directory: where to; it must be empty or absent.
        orders: how many orders, guests included.
        seed: any integer; the same (orders, seed, effects) writes the same bytes in CSV and JSON lines.
        progress: called after each table with its name, the records written and the seconds since the start.
        effects: what to plant; default `Effects()`.

    Returns:
        records written by table `<system>.<table>`, in the order of the contract, the two rejectable ones included.

    Raises:
        CxError: the directory is not empty, cannot be written, or the number of orders is too small.
    """
    directory = Path(directory)
    if orders < FEWEST_ORDERS:
        raise CxError(
            f"A sample of {orders} orders was asked for; the fewest is {FEWEST_ORDERS}. Give --orders a larger number."
        )
    started = time.monotonic()
    partial = _made_empty(directory)
    world = simulate(orders, seed, effects)
    if progress:
        progress("simulation", orders, time.monotonic() - started)
    counts = write_world(world, partial, progress=progress, started=started)
    for system in sorted(partial.iterdir()):
        system.rename(directory / system.name)
    partial.rmdir()
    return counts


def write_world(
    world: World,
    directory: Path,
    progress: Progress | None = None,
    threads: int | None = None,
    started: float | None = None,
) -> dict[str, int]:
    """Write a simulated world as files below `directory`.

    Args:
        world: from `simulate`.
        directory: an empty directory.
        progress: as in `write_sample`.
        threads: of the engine; the files do not depend on it.
        started: `time.monotonic()` when the work began.

    Returns:
        records written by table.
    """
    started = time.monotonic() if started is None else started
    counts: dict[str, int] = {}
    with duckdb.connect(config={} if threads is None else {"threads": threads}) as connection:
        connection.execute("set timezone = 'UTC'")
        describe(connection, world)
        for table in contract_tables():
            counts[table.id] = _write_table(connection, table.id, [c.name for c in table.columns], directory)
            if progress:
                progress(table.id, counts[table.id], time.monotonic() - started)
    return counts


def _made_empty(directory: Path) -> Path:
    if directory.exists() and not directory.is_dir():
        raise CxError(f"{directory} is a file; the sample needs a directory of its own. Name another one.")
    found = sorted(path.name for path in directory.iterdir() if path.name != _PARTIAL) if directory.is_dir() else []
    if found:
        raise CxError(
            f"{directory} is not empty: it holds {', '.join(found[:3])}{' and more' if len(found) > 3 else ''}. "
            "Sample data never mixes with other files; name an empty directory or remove those."
        )
    partial = directory / _PARTIAL
    try:
        # What an interrupted run left behind.
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
    except OSError as error:
        raise CxError(
            f"{directory} cannot be written: {error.strerror}. Name a directory that you may write to."
        ) from error
    return partial


def _write_table(connection: duckdb.DuckDBPyConnection, table: str, columns: list[str], directory: Path) -> int:
    layout = LAYOUT[table]
    system, name = table.split(".")
    suffix = next(s for s in sorted(_OPTIONS, key=len, reverse=True) if layout.file.endswith(s))
    select = f"select {', '.join(columns)} from {table}"
    if layout.by:
        # One pass over the view, however many files.
        connection.execute(f"create temp table rows_of_{name} as {select}")
        select = f"select {', '.join(columns)} from rows_of_{name}"
    count = 0
    for year in _YEARS if layout.by else [None]:
        path = directory / system / name / layout.file.format(year=year)
        path.parent.mkdir(parents=True, exist_ok=True)
        where = f" where substr({layout.by}::varchar, 1, 4) = '{year}'" if layout.by else ""
        target = str(path).replace("'", "''")
        result = connection.execute(f"copy ({select}{where}) to '{target}' ({_OPTIONS[suffix]})")
        count += result.fetchone()[0]
    if layout.by:
        connection.execute(f"drop table rows_of_{name}")
    if table == "fulfilment.orders":
        with path.open("a", encoding="utf-8", newline="") as last:
            last.write(RAGGED_ORDER_LINE)
        count += 1
    return count
