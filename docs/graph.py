"""What follows from the models' YAML: the diagram of facts and dimensions."""

import re

import yaml

from cx_warehouse.project import PROJECT

# A customer has several versions; every fact names the customer, not the version.
NATURAL_KEYS = {"dim_customers": "customer_id"}
# Columns that bear another name than the key they hold.
RENAMED = {"paired_answer_id": ("fct_answers", "answer_id"), "target_metric": ("dim_metrics", "metric_id")}


def marts() -> dict[str, dict]:
    """The published tables as their YAML describes them, by name."""
    paths = sorted((PROJECT / "models/marts").glob("*/_*__models.yml"))
    return {model["name"]: model for path in paths for model in yaml.safe_load(path.read_text())["models"]}


def key(model: dict) -> str:
    """The column that is tested to be unique and not null."""
    for column in model["columns"]:
        tests = {test if isinstance(test, str) else next(iter(test)) for test in column.get("data_tests", [])}
        if {"unique", "not_null"} <= tests:
            return column["name"]
    raise ValueError(f"{model['name']} has no key")


def facts_and_dimensions() -> dict[str, dict]:
    """Of the published tables those that others refer to, by name."""
    return {name: model for name, model in sorted(marts().items()) if name.startswith(("fct_", "dim_"))}


def references() -> list[tuple[str, str, str, str]]:
    """Table, its column, the table that this column names a row of, and the key there."""
    tables = facts_and_dimensions()
    keys = {NATURAL_KEYS.get(name, key(model)): name for name, model in tables.items()}
    named = {column: (other, column) for column, other in keys.items()} | RENAMED
    return [
        (name, column["name"], *named[column["name"]])
        for name, model in tables.items()
        for column in sorted(model["columns"], key=lambda column: named.get(column["name"], ("",)))
        if column["name"] in named and keys.get(column["name"]) != name
    ]


def diagram_page() -> str:
    """Facts and dimensions as a mermaid diagram: lines where a column of one is the key of another."""
    tables = facts_and_dimensions()
    found = references()
    lines = []
    for name, column, other, _ in found:
        several = "}|" if other in NATURAL_KEYS else "||"
        lines.append(f"    {other} {several}--o{{ {name} : {column}")
    foreign = {(name, column) for name, column, _, _ in found}
    for name, model in tables.items():
        lines.append(f"    {name} {{")
        for column in model["columns"]:
            mark = " PK" if column["name"] == key(model) else " FK" if (name, column["name"]) in foreign else ""
            lines.append(f"        {re.sub(r'[^a-z0-9]', '_', column['data_type'])} {column['name']}{mark}")
        lines.append("    }")
    head = [
        "# Facts and dimensions",
        "",
        "Written by `make docs` from `models/marts/*/_*__models.yml`. A line leads from a table to those that name its",
        "key; `customer_id` names a customer, of whom `dim_customers` has a row per version (`is_current`: in force).",
        "What a row names may not be on record: such a row is marked (`is_orphan`). On the timeline a touchpoint that",
        "no source tells is `unknown`.",
        "Report tables (`mart_`) stand alone: each row bears its dimensions, and `metric_id` is that of `dim_metrics`.",
        "",
        "```mermaid",
        "erDiagram",
    ]
    return "\n".join([*head, *lines, "```"]) + "\n"
