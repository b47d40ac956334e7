"""Faults of what is landed: files as they should not be, and the same rows in other files."""

import csv
import gzip
import io
import json
import random
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.faults import short_run  # its path first: what follows lies in tests/python
from tests.faults.result import Result, child_succeeds

import test_landing_malformed as malformed  # isort: skip
from test_laws import WORLD, rows_of  # isort: skip

SUFFIXES = ("csv", "csv.gz", "jsonl", "jsonl.gz", "parquet")


def malformed_files() -> Result:
    """Each malformed file of the tests, with what they expect of it."""
    with tempfile.TemporaryDirectory(prefix="cx-faults-") as name:
        counted = Path(name) / "counted"
        assert child_succeeds(lambda: counted.write_text(json.dumps(_malformed(Path(name))))), "nothing was counted"
        count, harmed = json.loads(counted.read_text())
    for case in harmed:
        print(f"  (not as it should be: {case})")
    return Result(
        "a malformed file", count, len(harmed),
        "lines balance, and what is refused or rejected is named: file, line, column, found, expected",
    )  # fmt: skip


def _malformed(folder: Path) -> tuple[int, list[str]]:
    loaded = malformed.Loaded(folder)
    sets = [
        (malformed.REFUSED, loaded.assert_refused),
        (malformed.REJECTED, loaded.assert_rejected),
        (malformed.UNREADABLE, loaded.assert_unreadable),
    ]
    harmed = []
    for cases, is_right in sets:
        for case in cases:
            try:
                is_right(case)
            except AssertionError:
                harmed.append(case)
    return sum(len(cases) for cases, _ in sets), harmed


def replays(count: int, seed: int) -> Result:
    """The rows of a world, corrections and deletions among them, in other files and another order.

    Each table is cut into up to four files of any format, some rows stand in two of them, and one file lands twice.
    Half of the files land late, after a first publication.
    """
    with tempfile.TemporaryDirectory(prefix="cx-faults-") as name:
        folder = Path(name)
        reference = short_run.land(folder / "reference")
        assert child_succeeds(lambda: short_run.run(reference)), "the world cannot be published"
        harms = sum(
            not child_succeeds(lambda number=number: _replayed(folder / str(number), reference, seed + number))
            for number in range(count)
        )
    return Result(
        "a replay: the same rows in files split and merged, in any order, some twice, half of them late", count, harms,
        "published rows are equal",
    )  # fmt: skip


def _replayed(folder: Path, reference, seed: int) -> bool:
    draws = random.Random(seed)
    settings = short_run.settings_of(folder)
    files = [(table, rows) for table, text in WORLD.items() for rows in _pieces(rows_of(text), draws)]
    draws.shuffle(files)
    files.append(draws.choice(files))
    for number, (table, rows) in enumerate(files):
        if number == len(files) // 2:
            short_run.run(settings)
        suffix = draws.choice(SUFFIXES)
        path = settings.landing / table / f"day={draws.randrange(9)}" / f"{number}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_written(rows, suffix))
    short_run.run(settings)
    return short_run.published(settings)[:-1] == short_run.published(reference)[:-1]


def _pieces(rows: list[dict], draws: random.Random) -> list[list[dict]]:
    """All rows in up to four lists, some in two of them."""
    rows = rows + draws.sample(rows, len(rows) // 4)
    draws.shuffle(rows)
    cuts = sorted(draws.sample(range(1, len(rows)), min(draws.randrange(4), len(rows) - 1)))
    return [rows[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


def _written(rows: list[dict], suffix: str) -> bytes:
    """Rows as a file of one format, columns in another order for each."""
    names = sorted(rows[0], reverse=suffix.startswith("csv"))
    if suffix == "parquet":
        stream = io.BytesIO()
        columns = {name: pa.array([row[name] or None for row in rows], pa.string()) for name in names}
        pq.write_table(pa.table(columns), stream)
        return stream.getvalue()
    text = io.StringIO(newline="")
    if suffix.startswith("csv"):
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        text.writelines(json.dumps({name: row[name] for name in names}) + "\n" for row in rows)
    content = text.getvalue().encode()
    return gzip.compress(content) if suffix.endswith(".gz") else content
