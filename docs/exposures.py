"""dbt's exposures: the pages of the app and its board pack, with the tables that their code asks for."""

import ast
import csv
import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path

from graph import marts

from cx_warehouse.landing.check import METRICS
from cx_warehouse.project import PROJECT

sys.path.insert(0, str(PROJECT))

from app import messages
from app.views import PAGES

# What draws any page: the frame with its filters, and what stands below.
FRAME = (("app.frame", "draw"), ("app.main", "main"))


def exposures_file() -> str:
    """One exposure a page, and one for the board pack that is written from them."""
    pages = {page.slug: _reached([(f"app.views.{page.slug}", "PAGE"), *FRAME]) for page in PAGES}
    lines = ["version: 2", "", "# Written by `make docs` from app.", "", "exposures:"]
    for page in PAGES:
        tabs = "" if len(page.tabs) == 1 else f" Tabs: {', '.join(tab.title for tab in page.tabs)}."
        lines += _exposure(f"page_{page.slug}", page.title, page.slug, f"{page.question}{tabs}", pages[page.slug])
    pack = _reached([("app.report.content", "report"), *FRAME]).union(*pages.values())
    words = "The pages as one document: PDF, slides and HTML, kept beside each version."
    return "\n".join([*lines, *_exposure("board_pack", messages.REPORT_TITLE, "brief", words, pack)]) + "\n"


def _exposure(name: str, label: str, path: str, description: str, tables: set[str]) -> list[str]:
    return [
        f"  - name: {name}",
        f"    label: {_quoted(label)}",
        "    type: dashboard",
        f"    url: http://127.0.0.1:8501/{path}",
        f"    owner: {{name: {_owner(tables)}}}",
        f"    description: {_quoted(description)}",
        "    depends_on:",
        *(f"      - ref('{table}')" for table in sorted(tables)),
    ]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _owner(tables: set[str]) -> str:
    """Who owns most of the metrics that these tables compute, by the registry; of equals the first by name."""
    with METRICS.open(encoding="utf-8", newline="") as stream:
        owners = Counter(sorted(row["owner"] for row in csv.DictReader(stream) if row["mart"] in tables))
    return owners.most_common(1)[0][0]


def _reached(roots: list[tuple[str, str]]) -> set[str]:
    """Published tables in the texts of these definitions and of all that they name, but not of other pages.

    Args:
        roots: module of the app, and a name that it defines.
    """
    known, seen, queue, found = set(marts()), set(), list(roots), set()
    while queue:
        module, name = queue.pop()
        is_other_page = name == "PAGE" and (module, name) not in roots
        if (module, name) in seen or is_other_page or name not in _definitions(module)[0]:
            continue
        seen.add((module, name))
        definitions, imports = _definitions(module)
        for node in ast.walk(definitions[name]):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                # A tab says which table's roll-ups its filters pick.
                named = {node.value} if module.startswith("app.views.") and node.value.startswith("mart_") else set()
                found |= known & (named | set(re.findall(r"\bmarts\.(\w+)", node.value)))
            elif isinstance(node, ast.Name):
                queue += [imports.get(node.id, (module, node.id))]
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                above, inside = imports.get(node.value.id, ("", ""))
                queue += [(f"{above}.{inside}", node.attr)] if above else []
    return found


@cache
def _definitions(module: str) -> tuple[dict[str, ast.AST], dict[str, tuple[str, str]]]:
    """What a module of the app defines by name, and what it imports: name here → (module, name there)."""
    path = PROJECT / Path(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not module.startswith("app") or not path.is_file():
        return {}, {}
    definitions: dict[str, ast.AST] = {}
    imports: dict[str, tuple[str, str]] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            imports |= {each.asname or each.name: (node.module, each.name) for each in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            definitions[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            definitions |= {target.id: node for target in targets if isinstance(target, ast.Name)}
    return definitions, imports
