"""What rests on what, read off dbt's manifest."""

from collections.abc import Iterable


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


def dependents(manifest: dict, metric: str) -> set[str]:
    """The metrics that are computed from another one, which cannot be fit where that is not.

    Every metric that only tables downstream of those that hold `metric` compute, with two exceptions. A table that says
    which of its columns hold `metric` says thereby that its other columns do not. One with a row per metric passes
    nothing on, since each of its rows is its own metric's. A metric shown downstream too, but computed elsewhere
    as well, does not rest on it.

    Args:
        manifest: dbt's manifest.
        metric: a metric id.

    Returns:
        Metric ids, without `metric` itself.
    """
    held: dict[str, set[str]] = {}
    by_rows: set[str] = set()
    children: dict[str, set[str]] = {}
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] != "model":
            continue
        for parent in node["depends_on"]["nodes"]:
            children.setdefault(parent, set()).add(unique_id)
        for column in node["columns"].values():
            meta = column.get("meta", {}) | column.get("config", {}).get("meta", {})
            if "metric" in meta:
                held.setdefault(unique_id, set()).add(meta["metric"])
            if "metric_column" in meta:
                by_rows.add(unique_id)
    seen: set[str] = set()
    queue = [table for table, metrics in held.items() if metric in metrics]
    while queue:
        for child in children.get(queue.pop(), set()) - seen - by_rows:
            if metric not in held.get(child, set()):
                seen.add(child)
                queue.append(child)
    elsewhere = set().union(*(metrics for table, metrics in held.items() if table not in seen))
    return set().union(*(held.get(table, set()) for table in seen)) - elsewhere - {metric}
