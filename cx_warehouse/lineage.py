"""What rests on what, read off dbt's manifest."""

import csv
from collections.abc import Collection, Iterable
from functools import cached_property

from cx_warehouse.project import PROJECT
from cx_warehouse.provenance import Cell, Provenance
from cx_warehouse.withhold import metric_columns

REGISTRY = "ref_metrics"


def upstream(manifest: dict, start: Iterable[str]) -> set[str]:
    """Unique ids of everything that the nodes `start` rest on, themselves among them: models, seeds and sources."""
    found, queue = set(), list(start)
    while queue:
        one = queue.pop()
        if one not in found:
            found.add(one)
            queue += manifest["nodes"].get(one, {}).get("depends_on", {}).get("nodes", [])
    return found


def keys(manifest: dict) -> dict[str, str]:
    """The key column of each model by its unique id: the one that is tested to be unique."""
    return {
        node["attached_node"]: node["column_name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and node.get("attached_node")
        and node.get("column_name")
        and (node.get("test_metadata") or {}).get("name") == "unique"
    }


def registry(manifest: dict) -> dict[str, dict[str, str]]:
    """The rows of the registry of metrics by metric id, in the order of its file."""
    (node,) = (one for one in manifest["nodes"].values() if one["name"] == REGISTRY)
    with (PROJECT / node["original_file_path"]).open(newline="") as file:
        return {row["metric_id"]: row for row in csv.DictReader(file)}


class Lineage:
    """Which metrics are computed from what. Reading all SQL takes seconds, so it is read when it is asked for."""

    def __init__(self, manifest: dict) -> None:
        """Look into a manifest.

        Args:
            manifest: dbt's manifest after `dbt build` or `dbt compile`; its marts say which column holds which metric.
        """
        self._manifest = manifest
        self._held = list(metric_columns(manifest))
        self._provenance = Provenance(manifest, {one.named_by for one in self._held if one.named_by})

    def on_columns(self, table: str, columns: Collection[str]) -> set[str]:
        """Metrics that rest on columns of a table: those that they hold, and those that are computed from them.

        A column that holds no metric stands for more than itself. One that repeats another is that one: a fact is
        rarely read, but the table that it publishes is. One that counts or sums stands for the columns that it counts.

        Args:
            table: a published or an intermediate table.
            columns: of it; none means all that the table holds.
        """
        if self._provenance.is_context(table):
            return set()
        if not columns:
            return self._on(lambda cell: cell.table == table)
        holding = {one.metric: one.columns for one in self._held if one.table == table and one.metric}
        held = {column for columns_of_one in holding.values() for column in columns_of_one}
        looked = {Cell(table, column) for column in columns}
        for column in {*columns} - held:
            looked |= self._provenance.origins(Cell(table, column))
        plain = {(cell.table, cell.column) for cell in looked}
        own = {metric for metric, columns_of_one in holding.items() if {*columns} & {*columns_of_one}}
        return own | self._on(lambda cell: (cell.table, cell.column) in plain)

    def on_rows(self, table: str, named_by: str, metric: str) -> set[str]:
        """Metrics that rest on one metric of a table with a row per metric, that metric among them."""
        columns = {column for one in self._held if one.table == table and one.named_by for column in one.columns}
        return {metric} | self._on(
            lambda cell: cell.table == table and cell.column in columns and cell.of in ((named_by, metric), None)
        )

    def on_source(self, name: str) -> set[str]:
        """Metrics that rest on a source table or an export of a connector, such as `crm.contacts`."""
        system, _, table = name.partition(".")
        sources = {
            unique_id
            for unique_id, source in self._manifest["sources"].items()
            if (source["source_name"], source["name"]) == (system, table)
        }
        readers = {
            node["name"]
            for node in self._manifest["nodes"].values()
            if node["resource_type"] == "model" and sources & set(node["depends_on"]["nodes"])
        }
        return self._on(lambda cell: cell.table in readers)

    @cached_property
    def _cells(self) -> dict[str, frozenset[Cell]]:
        """Everything that each metric is computed from, in the mart that the registry calls its own."""
        found: dict[str, frozenset[Cell]] = {}
        for metric, row in registry(self._manifest).items():
            cells = [
                Cell(one.table, column, (one.named_by, metric) if one.named_by else None)
                for one in self._held
                if one.table == row["mart"] and (one.named_by or one.metric == metric)
                for column in one.columns
            ]
            found[metric] = frozenset().union(*(self._provenance.of(cell) for cell in cells))
        return found

    def _on(self, is_looked_at) -> set[str]:
        return {metric for metric, cells in self._cells.items() if any(map(is_looked_at, cells))}
