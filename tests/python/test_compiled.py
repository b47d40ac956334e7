"""The short way of the tests computes what `cx run` publishes, row for row."""

from compiled import failures, world

# The books about a load, which differ from load to load, and what only a publication knows.
OF_A_RUN = {
    "mart_publication",
    "mart_load_audit",
    "mart_load_columns",
    "mart_metric_trust",
    "mart_restatements",
    "rejects",
}


def test_a_compiled_world_is_what_a_run_publishes(demo_landing, demo_warehouse, tmp_path) -> None:
    short = world(demo_landing, tmp_path)
    short.execute(f"attach '{(demo_warehouse / 'current.duckdb').resolve()}' as published (read_only)")
    names = short.execute(
        "select table_name from duckdb_tables() where database_name = 'published' and schema_name = 'marts'"
    ).fetchall()
    names = {name for (name,) in names} - OF_A_RUN
    assert len(names) > 20
    differing = {
        name: short.execute(
            f"""
            select count(*) from (
                (select * from marts.{name} except all select * from published.marts.{name})
                union all
                (select * from published.marts.{name} except all select * from marts.{name})
            )
            """
        ).fetchone()[0]
        for name in sorted(names)
    }
    assert {name: count for name, count in differing.items() if count} == {}


def test_a_row_lost_is_found_by_the_data_tests(demo_landing, tmp_path) -> None:
    short = world(demo_landing, tmp_path, select={"fct_orders", "fct_interactions"})
    short.execute("delete from marts.fct_orders where order_id = (select min(order_id) from marts.fct_orders)")
    assert "orders_are_neither_lost_nor_doubled" in failures(short)
