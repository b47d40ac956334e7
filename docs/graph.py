"""What follows from the models' YAML and the app's queries: the diagram of facts and dimensions, dbt's exposures."""

import ast
import re
from pathlib import Path

import yaml

from cx_warehouse.project import PROJECT

# A customer has several versions; every fact names the customer, not the version.
NATURAL_KEYS = {"dim_customers": "customer_id"}


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


def diagram_page() -> str:
    """Facts and dimensions as a mermaid diagram: lines where a column of one is the key of another."""
    tables = {name: model for name, model in sorted(marts().items()) if name.startswith(("fct_", "dim_"))}
    keys = {name: NATURAL_KEYS.get(name, key(model)) for name, model in tables.items()}
    lines = []
    for name, model in tables.items():
        columns = {column["name"] for column in model["columns"]}
        for other, column in keys.items():
            if other != name and column in columns and column != keys[name]:
                several = "}|" if other in NATURAL_KEYS else "||"
                lines.append(f"    {other} {several}--o{{ {name} : {column}")
    for name, model in tables.items():
        lines.append(f"    {name} {{")
        for column in model["columns"]:
            mark = " PK" if column["name"] == key(model) else " FK" if column["name"] in keys.values() else ""
            lines.append(f"        {re.sub(r'[^a-z0-9]', '_', column['data_type'])} {column['name']}{mark}")
        lines.append("    }")
    head = [
        "# Facts and dimensions",
        "",
        "Written by `make docs` from `models/marts/*/_*__models.yml`. A line leads from a table to those that name its",
        "key; `customer_id` names a customer, of whom `dim_customers` has a row per version (`is_current`: in force).",
        "Report tables (`mart_`) stand alone: each row bears its dimensions, and `metric_id` is that of `dim_metrics`.",
        "",
        "```mermaid",
        "erDiagram",
    ]
    return "\n".join([*head, *lines, "```"]) + "\n"


def exposures_file() -> str:
    """One exposure for each page of the app, with the tables that its queries name."""
    known = set(marts())
    listed = []
    for path in sorted((PROJECT / "app/queries").glob("*.py"), key=lambda path: (path.stem != "__init__", path.stem)):
        slug = "board" if path.stem == "__init__" else path.stem
        listed += [
            f"  - name: page_{slug}",
            f"    label: {slug.replace('_', ' ').capitalize()}",
            "    type: dashboard",
            f"    url: http://127.0.0.1:8501/{slug}",
            "    owner: {name: Customer experience}",
            f"    description: 'The page {slug} of the app (`cx app`).'",
            "    depends_on:",
            *(f"      - ref('{table}')" for table in sorted(_tables(path) & known)),
        ]
    return "\n".join(["version: 2", "", "# Written by `make docs` from app/queries.", "", "exposures:", *listed]) + "\n"


def _tables(path: Path) -> set[str]:
    """The published tables that the texts of a module name."""
    texts = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
    return {name for text in texts if isinstance(text, str) for name in re.findall(r"\bmarts\.(\w+)", text)}
