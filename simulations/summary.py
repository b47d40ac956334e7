"""results/*.json as one table: how often the interval holds what was planted, and how wide it is beside an oracle's.

.venv/bin/python simulations/summary.py        # rewrites simulations/README.md
"""

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
HEAD = """# Simulations

Each line rests on samples of 20,000 orders whose truth is planted (docs/sample_data.md), one a seed, loaded and built
like any other landing folder. *Covered*: seeds on which the published 95 % interval holds what was planted; 89 to 99
of 100 are expected. *Width*: median of the interval's width over that of an oracle that is told the model. *Claimed*:
seeds on which the warehouse speaks of an effect: its own verdict where it publishes one, else an interval that leaves
out "no effect". In the world `nothing` neither a miss nor an initiative changes anything. Estimates named
`km_difference` are raw comparisons (grade D), adjusted for nothing: no coverage is promised of them. Made by
`make simulate`, written by `simulations/summary.py`.

"""


def lines() -> Iterator[str]:
    """The page, a line at a time."""
    yield HEAD
    for path in sorted((HERE / "results").glob("*.json")):
        for which, seeds in json.loads(path.read_text()).items():
            yield f"## {path.stem}: {which} ({len(seeds)} seeds)\n\n"
            yield "| estimate | seeds | covered | width | claimed |\n| --- | --- | --- | --- | --- |\n"
            names = dict.fromkeys(row["name"] for rows in seeds.values() for row in rows)
            for name in names:
                found = [row for rows in seeds.values() for row in rows if row["name"] == name]
                yield f"| {name} | {len(found)} | {covered(found)} | {width(found)} | {claimed(found)} |\n"
            yield "\n"


def covered(rows: list[dict]) -> str:
    """Seeds whose interval holds what was planted, over those that have both."""
    judged = [row for row in rows if row.get("planted") is not None and row["low"] is not None]
    held = sum(row["low"] <= row["planted"] <= row["high"] for row in judged)
    return f"{held} of {len(judged)}" if judged else "–"


def width(rows: list[dict]) -> str:
    """Median of interval width over the oracle's."""
    both = [row for row in rows if row.get("oracle_low") is not None and row["low"] is not None]
    ratios = [(row["high"] - row["low"]) / (row["oracle_high"] - row["oracle_low"]) for row in both]
    return f"{median(ratios):.2f}" if ratios else "–"


def claimed(rows: list[dict]) -> str:
    """Seeds on which an effect is claimed: the published verdict, else an interval without the row's `neutral`."""
    judged = [row for row in rows if row.get("neutral") is not None and row["low"] is not None]
    said = sum(row.get("claimed", not row["low"] <= row["neutral"] <= row["high"]) for row in judged)
    return f"{said} of {len(judged)}" if judged else "–"


if __name__ == "__main__":
    (HERE / "README.md").write_text("".join(lines()).rstrip() + "\n")
