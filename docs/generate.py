"""Write what follows from the project itself: the pages metrics, bring_your_data, diagram and semantic_layer, and dbt's exposures."""

import csv
import re
import sys
from functools import partial

import yaml
from exposures import exposures_file
from graph import diagram_page
from semantic_layer import semantic_page

from cx_warehouse.contract import SourceTable, connector_tables, contract_tables, feeds
from cx_warehouse.landing.check import withheld_metrics
from cx_warehouse.project import MODELS, PROJECT

DOCS = PROJECT / "docs"
UNITS = {
    "share": "share, 0–1",
    "score": "points, −100 to 100",
    "days": "days",
    "minutes": "minutes",
    "ratio": "ratio",
    "currency": "reporting currency",
    "count": "count",
}


def metrics_page() -> str:
    """The registry as a page."""
    with (PROJECT / "seeds/reference/ref_metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    parts = [
        "# Metrics",
        "",
        "Written by `make docs` from `seeds/reference/ref_metrics.csv`; edit that.",
        "",
        "Laws for every number: time stops at `as_of`; a rate counts only what has had time to have the outcome; unknown is",
        "counted beside it and never taken as good; a gap is experience minus expectation; under 5 rows nothing is shown,",
        "under 30 the interval only.",
    ]
    for row in rows:
        tables = " or ".join(
            " and ".join(f"`{table}`" for table in group.split(";")) for group in row["required_tables"].split("|")
        )
        target = f"{row['target']} ({row['target_source'].lower()})" if row["target"] else "none set"
        parts += [
            "",
            f"## {row['metric_name']} · `{row['metric_id']}`",
            "",
            f"{row['formula']}.",
            "",
            f"- Unit: {UNITS[row['unit']]}; better is {row['direction']}. Target: {target}. Owner: {row['owner']}.",
            f"- Needs {tables}. Computed in `{row['mart']}`.",
            f"- {row['caveat']}",
        ]
    return "\n".join(parts) + "\n"


def _table_section(table: SourceTable, description: str) -> list[str]:
    lines = ["", f"### `{table.id}`", "", description, "", "| column | type | |", "|---|---|---|"]
    for column in table.columns:
        marks = [mark for mark, is_on in (("key", column.is_key), ("personal", column.is_pii)) if is_on]
        allowed = f" One of {', '.join(column.allowed)}." if column.allowed else ""
        name = f"`{column.name}`" + (" *" if column.is_required else "")
        suffix = f" ({', '.join(marks)})" if marks else ""
        lines.append(f"| {name} | {column.data_type} | {column.description}{allowed}{suffix} |")
    return lines


def contract_page() -> str:
    """The contract as a page."""
    parts = [
        "# Bring your data",
        "",
        "Written by `make docs` from `models/sources/*.yml`; edit those.",
        "",
        "Files lie under `<landing>/<system>/<table>/`: `*.csv`, `*.csv.gz`, `*.jsonl`, `*.jsonl.gz`, `*.parquet`, any names, any",
        "nesting, mixed. A landed file never changes; a changed row comes again with a later `updated_at`, a deletion as a",
        "row that sets `deleted_at`. The same file twice changes nothing, and the order of files never matters.",
        "",
        "- `*` is required: a file without the column is refused, a row without the value is rejected. Everything else may be",
        "  missing, and so may whole tables.",
        "- Instants are ISO 8601; without an offset they are read in the business time zone (`CX_BUSINESS_TIMEZONE`, UTC by",
        "  default). A promise given as a date holds until that date ends where the customer is.",
        "- Money is net of tax, with an ISO 4217 currency; an adjustment is positive when it costs the firm.",
        "- Decimals have a point and lie below a million million (10^12) either way; a row with another is rejected.",
        "- Ids are text. Column order is free. Columns nobody knows are kept in raw.",
        "",
        "`cx check DIR` says what would happen to every file, without changing anything.",
    ]
    for system in ("crm", "survey", "fulfilment"):
        source = yaml.safe_load((PROJECT / f"models/sources/{system}.yml").read_text())["sources"][0]
        parts += ["", f"## {system}", "", source["description"]]
        descriptions = {table["name"]: table["description"] for table in source["tables"]}
        for table in (table for table in contract_tables() if table.system == system):
            parts += _table_section(table, descriptions[table.name])
    return "\n".join(parts) + "\n"


# Columns of the contract of which any one is a promise.
PROMISES = {
    "fulfilment.orders": {"promised_by"},
    "fulfilment.promises": {"promised_by"},
    "crm.contacts": {"promised_response_at", "promised_resolution_at"},
}
WRITTEN_BELOW = "<!-- below this line: written by make docs -->\n"


def connector_page(tool: str) -> str:
    """The page of a connector: above the mark what a person wrote, below it what follows from models and registry."""
    by_hand, mark, _ = (DOCS / f"connectors/{tool}.md").read_text().partition(WRITTEN_BELOW)
    names = [table.name for table in connector_tables(tool)]
    shapes = {
        "the exports of the tool": [name for name in names if name.endswith("_export")],
        "the tables of a managed connector": [name for name in names if not name.endswith("_export")],
    }
    parts = ["", "## What it leaves empty", "", "| table | columns of the contract that no export fills |", "|---|---|"]
    promising = set()
    for table in feeds(tool):
        system, name = table.split(".")
        sql = (MODELS / f"connectors/{tool}/{tool}__{system}__{name}.sql").read_text()
        empty = re.findall(r"unfilled\(\) \}\} as (\w+)", sql.split("mapped as (")[1])
        parts.append(f"| `{table}` | {', '.join(f'`{column}`' for column in dict.fromkeys(empty)) or 'none'} |")
        if PROMISES.get(table, set()) - set(empty):
            promising.add(table)
    every = {table.id for table in contract_tables()}
    fed_by = {
        words: {table for table, any_of in feeds(tool).items() if set(any_of) & set(exports)}
        for words, exports in shapes.items()
    }
    if len({frozenset(fed) for fed in fed_by.values()}) == 1:
        fed_by = {"either shape": next(iter(fed_by.values()))}
    for words, fed in fed_by.items():
        withheld = withheld_metrics(every - fed)
        parts += [
            "",
            f"## Withheld with {words} alone",
            "",
            f"They fill {', '.join(f'`{table}`' for table in sorted(fed))}. For want of tables {len(withheld)} metrics are "
            "withheld; what is landed beside them changes that.",
            *(
                []
                if fed & promising
                else ["No promise is in them: every outcome is unknown until promises are landed too."]
            ),
            "",
            "| for want of | withheld |",
            "|---|---|",
        ]
        wants = sorted({each.absent_tables for each in withheld}, key=lambda tables: (len(tables), tables))
        parts += [
            f"| {', '.join(f'`{table}`' for table in want)} | "
            f"{', '.join(f'`{each.metric_id}`' for each in withheld if each.absent_tables == want)} |"
            for want in wants
        ]
    return by_hand + mark + "\n".join(parts) + "\n"


PAGES = {
    "metrics.md": metrics_page,
    "bring_your_data.md": contract_page,
    "diagram.md": diagram_page,
    "semantic_layer.md": semantic_page,
    "../models/exposures.yml": exposures_file,
    **{
        f"connectors/{path.stem}.md": partial(connector_page, path.stem)
        for path in sorted((DOCS / "connectors").glob("*.md"))
    },
}


def main(check: bool = False) -> int:
    """Write the pages; with `check`, only say which are not up to date.

    Returns:
        0, or 1 where `check` found a page that is not up to date.
    """
    stale = [name for name, page in PAGES.items() if not (DOCS / name).is_file() or (DOCS / name).read_text() != page()]
    if check:
        for name in stale:
            print(f"docs/{name} is not up to date: run `make docs` and commit it.")
        return int(bool(stale))
    for name in stale:
        (DOCS / name).write_text(PAGES[name]())
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
