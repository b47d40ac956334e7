"""What rests on what, on a project small enough to see through."""

from cx_warehouse.lineage import dependents, keys, upstream


def model(*parents: str, metrics: tuple[str, ...] = (), named_by: str | None = None) -> dict:
    columns = {metric: {"config": {"meta": {"metric": metric}}} for metric in metrics}
    if named_by:
        columns["value"] = {"config": {"meta": {"metric_column": named_by}}}
    return {"resource_type": "model", "depends_on": {"nodes": list(parents)}, "columns": columns}


# kept → cost → roi, and kept → board → goals; `beside` reads kept and says which of its columns are that.
MANIFEST = {
    "nodes": {
        "orders": model("source.orders"),
        "kept": model("orders", metrics=("kept_rate",)),
        "cost": model("kept", metrics=("cost_of_miss",)),
        "roi": model("cost", metrics=("roi",)),
        "beside": model("kept", metrics=("kept_rate", "something_else")),
        "board": model("kept", named_by="metric_id"),
        "goals": model("board", metrics=("goal",)),
        # What is computed elsewhere and only shown beside.
        "shown": model("cost", metrics=("nps",)),
        "scores": model("source.answers", metrics=("nps",)),
        "unique_kept": {
            "resource_type": "test", "attached_node": "kept", "column_name": "kept_id",
            "depends_on": {"nodes": ["kept"]}, "test_metadata": {"name": "unique"},
        },
    }
}  # fmt: skip


def test_what_is_computed_from_an_unfit_metric_is_unfit():
    assert dependents(MANIFEST, "kept_rate") == {"cost_of_miss", "roi"}
    assert dependents(MANIFEST, "cost_of_miss") == {"roi"}


def test_what_is_not_is_left_alone():
    assert dependents(MANIFEST, "nps") == set()
    assert dependents(MANIFEST, "roi") == set()
    assert dependents(MANIFEST, "no_such_metric") == set()


def test_upstream_reaches_the_sources():
    assert upstream(MANIFEST, ["roi"]) == {"roi", "cost", "kept", "orders", "source.orders"}


def test_the_key_is_the_column_that_is_tested_to_be_unique():
    assert keys(MANIFEST) == {"kept": "kept_id"}
