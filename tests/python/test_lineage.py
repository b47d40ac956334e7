"""What rests on what: the rules on SQL small enough to see through, and all of it on the models as they ran."""

import json
import shutil

import duckdb
import pytest

from cx_warehouse.findings import Finding
from cx_warehouse.lineage import Lineage, keys, registry, upstream
from cx_warehouse.provenance import Cell, Provenance
from cx_warehouse.withhold import metric_columns, withhold
from expectations import bounds
from orchestration.publish import unfit


def model(name: str, sql: str, **meta) -> dict:
    return {"name": name, "resource_type": "model", "columns": {}, "compiled_code": sql, "config": {"meta": meta}}


def rests_on(column: str, *models: dict, of: tuple[str, str] | None = None) -> set[str]:
    """What the column of the last of these models rests on, as table.column."""
    manifest = {"nodes": {one["name"]: one for one in models}, "sources": {}}
    found = Provenance(manifest, {"metric_id"}).of(Cell(models[-1]["name"], column, of))
    return {f"{cell.table}.{cell.column}" for cell in found} - {f"{models[-1]['name']}.{column}"}


# --- the rules -------------------------------------------------------------------------------------------------------


def test_a_column_rests_on_what_its_expression_names():
    sql = "with a as (select * from w.s.orders), final as (select a.x + a.y as z, a.w from a) select z, w from final"
    assert rests_on("z", model("mart", sql)) == {"orders.x", "orders.y"}
    assert rests_on("w", model("mart", sql)) == {"orders.w"}


def test_an_aggregate_rests_on_what_decides_which_rows_there_are_and_not_on_what_groups_them():
    sql = (
        "select a.region, avg(a.gap) as mean from w.s.orders as a inner join w.s.kinds as k on a.kind = k.kind "
        "where a.is_due group by a.region"
    )
    assert rests_on("mean", model("mart", sql)) == {
        "orders.gap", "orders.*", "kinds.*", "orders.kind", "kinds.kind", "orders.is_due",
    }  # fmt: skip
    assert rests_on("region", model("mart", sql)) == {"orders.region"}


def test_a_left_join_adds_what_is_read_of_it_and_nothing_else():
    sql = "select a.x, b.y from w.s.orders as a left join w.s.contacts as b on a.order_id = b.order_id"
    assert rests_on("x", model("mart", sql)) == {"orders.x"}
    assert rests_on("y", model("mart", sql)) == {"contacts.y", "contacts.*", "contacts.order_id"}


def test_a_row_per_metric_rests_on_the_branch_of_its_metric():
    sql = (
        "with both as (select 'csat' as metric_id, score as value from w.s.answers union all "
        "select 'kept_rate' as metric_id, rate as value from w.s.promises) select metric_id, value from both"
    )
    assert rests_on("value", model("mart", sql), of=("metric_id", "csat")) == {"answers.score"}
    assert rests_on("value", model("mart", sql)) == {"answers.score", "promises.rate"}
    pivot = "select max(case when metric_id = 'kept_rate' then value end) as kept from w.s.mart"
    found = rests_on("kept", model("mart", sql), model("roi", pivot))
    assert "promises.rate" in found and "answers.score" not in found


def test_looking_ends_at_context():
    as_of = model("as_of", "select max(x) as as_of from w.s.everything", is_context=True)
    assert rests_on("x", as_of, model("mart", "select x from w.s.orders where x < (select as_of from w.s.as_of)")) == {
        "orders.x"
    }
    late = model("mart", "select count(*) as n from w.s.orders where x < (select as_of from w.s.as_of)")
    assert rests_on("n", as_of, late) == {"orders.*", "orders.x", "as_of.*", "as_of.as_of"}


def test_what_is_passed_on_comes_from_where_it_was_computed_and_a_count_from_what_it_counts():
    judged = model("judged", "select order_id, promised - actual as gap from w.s.orders")
    fact = model("fact", "with j as (select * from w.s.judged) select cast(j.gap as double) as gap from j")
    mart = model("mart", "select count(case when gap is null then 1 end) as unknown from w.s.judged where order_id > 0")
    provenance = Provenance({"nodes": {one["name"]: one for one in (judged, fact, mart)}, "sources": {}})
    assert provenance.origins(Cell("fact", "gap")) == {Cell("fact", "gap"), Cell("judged", "gap")}
    assert provenance.origins(Cell("mart", "unknown")) == {Cell("mart", "unknown"), Cell("judged", "gap")}


def test_upstream_reaches_the_sources_and_the_key_is_what_is_tested_to_be_unique():
    nodes = {
        "orders": {"resource_type": "model", "depends_on": {"nodes": ["source.orders"]}},
        "kept": {"resource_type": "model", "depends_on": {"nodes": ["orders"]}},
        "unique_kept": {
            "resource_type": "test", "attached_node": "kept", "column_name": "kept_id",
            "depends_on": {"nodes": ["kept"]}, "test_metadata": {"name": "unique"},
        },
    }  # fmt: skip
    assert upstream({"nodes": nodes}, ["kept"]) == {"kept", "orders", "source.orders"}
    assert keys({"nodes": nodes}) == {"kept": "kept_id"}


# --- the models as they ran ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def manifest(demo_warehouse) -> dict:
    return json.loads((demo_warehouse / "dbt" / "target" / "manifest.json").read_text())


@pytest.fixture(scope="module")
def lineage(manifest) -> Lineage:
    return Lineage(manifest)


def walked(manifest: dict, is_looked_at) -> set[str]:
    """Metrics whose mart is downstream of what is looked at: a walk over whole tables that knows of no columns."""
    ids = {node["name"]: unique_id for unique_id, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    return {
        metric
        for metric, row in registry(manifest).items()
        if any(is_looked_at(one) for one in upstream(manifest, [ids[row["mart"]]]))
    }


def sources(manifest: dict) -> dict[str, str]:
    return {f"{one['source_name']}.{one['name']}": unique_id for unique_id, one in manifest["sources"].items()}


def test_nothing_rests_on_a_source_that_no_walk_over_tables_reaches(lineage, manifest):
    for name, unique_id in sources(manifest).items():
        assert lineage.on_source(name) <= walked(manifest, unique_id.__eq__)


@pytest.mark.parametrize(
    ("source", "resting"),
    [
        ("survey.invitations", {"response_rate"}),
        ("crm.initiative_costs", {"npv", "roi", "cost_of_quality"}),
        ("crm.messages", {"message_kept_rate", "gap_split"}),
        ("crm.maturity_assessments", set()),
    ],
)
def test_what_rests_on_a_source(lineage, source, resting):
    assert lineage.on_source(source) == resting


def test_a_walk_over_columns_says_the_same_as_one_over_tables_where_a_mart_is_one_metric(lineage, manifest):
    """A mart that holds one metric passes a failure on to that metric and to what is computed from its columns."""
    held: dict[str, set[str]] = {}
    for one in metric_columns(manifest):
        held.setdefault(one.table, set()).add(one.metric or "by row")
    alone = {row["mart"]: metric for metric, row in registry(manifest).items() if held[row["mart"]] == {metric}}
    assert len(alone) > 10
    for mart, _metric in alone.items():
        columns = [column for one in metric_columns(manifest) if one.table == mart for column in one.columns]
        unique_id = next(key for key, node in manifest["nodes"].items() if node["name"] == mart)
        assert lineage.on_columns(mart, columns) == walked(manifest, unique_id.__eq__) - shown_elsewhere(manifest, mart)


def shown_elsewhere(manifest: dict, mart: str) -> set[str]:
    """Metrics of tables that read `mart` only to show it beside their own columns: they say so by `meta: metric`."""
    (own,) = {one.metric for one in metric_columns(manifest) if one.table == mart}
    beside = {one.table for one in metric_columns(manifest) if one.metric == own and one.table != mart}
    return {metric for metric, row in registry(manifest).items() if row["mart"] in beside and metric != own}


def test_every_fitness_bound_is_about_some_metrics_and_never_about_all(lineage, manifest):
    marts = {node["name"]: node for node in manifest["nodes"].values() if node["schema"] == "marts"}
    every = set(registry(manifest))
    for bound in bounds.read(marts):
        if bound.columns:
            resting = lineage.on_columns(bound.table, bound.columns)
            assert resting and resting < every, bound.name


@pytest.mark.parametrize(
    ("finding", "withheld"),
    [
        (
            Finding("c", "mart_promise_reliability", False, "fitness", "s", columns=("unknown_count",)),
            {"kept_rate", "miss_rate", "reprom_inflation"},
        ),
        (
            Finding(
                "c", "mart_load_audit", False, "fitness", "s", names="source_table", saw_by_name={"crm.messages": "x"}
            ),
            {"message_kept_rate", "gap_split"},
        ),
        (
            Finding(
                "c",
                "mart_initiative_effects",
                False,
                "fitness",
                "s",
                names="metric_id",
                saw_by_name={"net_margin_per_customer_month": "wide", "csat": "wide"},
            ),
            {"net_margin_per_customer_month", "csat", "npv", "roi"},
        ),
        (Finding("c", "int_currencies_unpriced", False, "fitness", "s"), set()),
        (Finding("c", "mart_survey_scores", True, "fitness", columns=("score",)), set()),
    ],
)
def test_what_failed_withholds_exactly_what_rests_on_it(finding, withheld, lineage, manifest, demo_warehouse, tmp_path):
    build = tmp_path / "build.duckdb"
    shutil.copyfile((demo_warehouse / "current.duckdb").resolve(), build)
    before = numbers(build, manifest)

    assert set(withhold(build, manifest, unfit([finding], lineage), "1GB")) == withheld

    after = numbers(build, manifest)
    assert {metric for metric in after if before[metric] != after[metric]} <= withheld
    assert all(value is None for metric in withheld for row in after[metric] for value in row)
    with duckdb.connect(build, read_only=True) as connection:
        unfit_now = connection.execute("select metric_id from marts.mart_metric_trust where fitness = 'withheld'")
        assert {metric for (metric,) in unfit_now.fetchall()} == withheld


def numbers(build, manifest: dict) -> dict[str, list[tuple]]:
    """Every published number of every metric, wherever it stands."""
    found: dict[str, list[tuple]] = {metric: [] for metric in registry(manifest)}
    with duckdb.connect(build, read_only=True) as connection:
        for one in metric_columns(manifest):
            columns = ", ".join(f'"{column}"' for column in one.columns)
            for metric in [one.metric] if one.metric else found:
                where = f"where \"{one.named_by}\" = '{metric}'" if one.named_by else ""
                found[metric] += connection.execute(
                    f"select {columns} from marts.{one.table} {where} order by all"
                ).fetchall()
    return found
