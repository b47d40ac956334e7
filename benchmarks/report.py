"""benchmarks/results as a table and a plot in benchmarks/README.md."""

import json
import math
from itertools import pairwise
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot
from steps import COMPARED

HERE = Path(__file__).parent
MARK = "<!-- written by report.py from here on -->"
# Step, its words, and against what its CPU seconds are divided.
STEPS = (
    ("read_csv", "the engine reads the CSV once, types guessed", None),
    ("load_csv", "`cx load` of the CSV", "read_csv"),
    ("read_parquet", "the engine reads the Parquet once", None),
    ("load_parquet", "`cx load` of the Parquet", "read_parquet"),
    ("by_hand", "by_hand/: {tables} tables straight from the Parquet", None),
    ("compile_models", "dbt compiles the models for the next step, where no copy is kept", None),
    ("layers", "the same {tables} tables by all models they rest on, compiled, on what is loaded", "by_hand"),
    ("run", "`cx run` on what is loaded: build of all {models} models, checks, publication", "by_hand"),
    ("column_checks", "of that, tests of columns (and a look at the parsed project)", "run"),
    ("by_hand_two", "by_hand/1 and 2 alone: two tables", None),
    ("by_polars", "by_polars.py: the same two, without mean and quantiles of the gap", "by_hand_two"),
)


def write() -> None:
    """Write the part of the README below the mark anew."""
    results = [json.loads(path.read_text()) for path in (HERE / "results").glob("run-*.json")]
    # Results beside an older baseline are not comparable: that size has to be run anew.
    results = [result for result in results if "by_hand_cpu_seconds" in result]
    results.sort(key=lambda result: result["orders"])
    readme = HERE / "README.md"
    kept = readme.read_text().split(MARK)[0]
    pages = [json.loads(path.read_text()) for path in (HERE / "results").glob("app_*.json")]
    pages.sort(key=lambda result: result["orders"])
    # The target is set from one to ten million; below a million what does not grow with the rows is most of it.
    pairs = [*pairwise(results), *((one, results[-1]) for one in results[:-2] if one["orders"] >= 1_000_000)]
    parts = [*map(_of, results), *(_growth(*pair) for pair in pairs), _pages(pages)]
    if results:
        parts.append("\n![](results/steps.svg)\n")
        _plot(results)
    readme.write_text(kept + MARK + "\n" + "\n".join(parts))


def _of(result: dict) -> str:
    steps = result["steps"]
    lines = [
        f"\n## {result['orders']:,} orders\n",
        f"{result['input_rows']:,} rows; {result['input_mb']['csv']:,} MB as CSV, {result['input_mb']['parquet']:,} MB "
        f"as Parquet; published: {result['published_mb']:,} MB. DuckDB may take {result['memory_limit']}.",
        _machine(result["machine"]) + "\n",
        "| step | CPU s | wall s | peak MB | CPU ÷ |",
        "|---|---:|---:|---:|---|",
    ]
    for name, words, base in STEPS:
        words = words.format(tables=len(COMPARED), models=len(result["models"]))
        if name not in steps:
            lines.append(f"| {words} | not run | | | |")
            continue
        step = steps[name]
        ratio = f"{step['cpu_seconds'] / max(steps[base]['cpu_seconds'], 0.01):.2f} × {base}" if base else ""
        lines.append(
            f"| {words} | {step['cpu_seconds']:,} | {step['wall_seconds']:,} | {step['peak_mb']:,} | {ratio} |"
        )
    stages = ", ".join(f"{name} {seconds:,} s" for name, seconds in result["stages_wall_seconds"].items())
    differing = {table: count for table, count in (result["differing_rows"] or {}).items() if count}
    told = ", ".join(f"{table} {count:,}" for table, count in differing.items()) or "none"
    if result["differing_rows"] is None:
        told = "not compared"
    slowest = "; ".join(
        f"{one['model']} {one['wall_seconds']:,} s ({one['rows']:,} rows)" for one in result["models"][:10]
    )
    return "\n".join(
        [
            *lines,
            f"\n{_compared(result)}\n",
            f"Wall time within the run: {stages}. Rows in which by_hand differs from what is published: {told}.\n",
            f"The ten slowest models, wall time: {slowest}.\n",
        ]
    )


def _compared(result: dict) -> str:
    """What by_hand takes file by file, and how much of the build its tables are."""
    used = {name: step["cpu_seconds"] for name, step in result["steps"].items()}
    by_file, sql = result["by_hand_cpu_seconds"], result.get("layers_cpu_seconds")
    files = ", ".join(f"{name} {seconds:,}" for name, seconds in by_file.items())
    wall = sum(model["wall_seconds"] for model in result["models"])
    shares = [
        sum(model["wall_seconds"] for model in result["models"] if model[mark]) / wall
        for mark in ("is_compared", "is_below")
    ]
    below = sum(model["is_below"] for model in result["models"])
    of_models = (
        f"; of the SQL of the models for its tables: {sql:,}, "
        f"{sql / max(sum(by_file.values()), 0.01):.2f} × those. The load of the Parquet and that step together take "
        f"{(used['load_parquet'] + used['layers']) / used['by_hand']:.2f} × by_hand"
        if sql
        else ""
    )
    return (
        f"CPU seconds of the files of by_hand: {files}{of_models}. "
        f"In the run its tables are {shares[0]:.0%} of the wall time of all models, and {shares[1]:.0%} with what they "
        f"rest on: {below} models."
    )


def _growth(small: dict, large: dict) -> str:
    """With which power of the orders the CPU seconds grow."""

    def exponent(step: str) -> str:
        used = [result["steps"][step]["cpu_seconds"] for result in (small, large)]
        return f"{step} {math.log(used[1] / used[0]) / math.log(large['orders'] / small['orders']):.2f}"

    shared = small["steps"].keys() & large["steps"].keys()
    powers = ", ".join(exponent(step) for step in ("load_parquet", "run", "layers", "by_hand") if step in shared)
    return f"\nFrom {small['orders']:,} to {large['orders']:,} orders CPU seconds grow with the power: {powers}."


def _pages(results: list[dict]) -> str:
    """What the pages cost, one line a warehouse."""
    lines = [
        "\n## Pages\n",
        "CPU milliseconds of the server for a rerun of the dearest tab, a change of filter, the static brief and a",
        "plain page on the facts; seconds to the headline of a repeat visit in a browser; twenty sessions at once.\n",
        "| orders | dearest tab | filter | brief | plain page | repeat visit s | errors | MB a session | load before |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for result in results:
        crowd = result["crowd"]
        cells = [
            f"{result['orders']:,}",
            result["most_cpu_ms"],
            *(result[part]["cpu_ms"] for part in ("filter_change", "brief", "plain_page")),
            result["visit"]["repeat_visit_s"],
            crowd["errors"],
            crowd["memory_mb_a_session"],
            round(result["load_before"][0], 1),
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def _machine(facts: dict) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    around = [facts[when] for when in ("load_before", "load_after") if when in facts]
    load = f" Load average before and after: {', '.join(f'{one:.1f}' for one in around)}." if around else ""
    return (
        f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_gb']} GB; Python {facts['python']}, {versions}; "
        f"revision {facts['revision']}.{load} {facts['note']}"
    )


def _plot(results: list[dict]) -> None:
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name, *_ in STEPS:
        run = [result for result in results if name in result["steps"]]
        sizes = [result["orders"] for result in run]
        axes.plot(sizes, [result["steps"][name]["cpu_seconds"] for result in run], marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="orders", ylabel="CPU seconds")
    axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(HERE / "results" / "steps.svg", metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    write()
