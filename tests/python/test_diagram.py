"""docs/diagram.md: each of its lines is one in the published data."""

import duckdb
import pytest

from cx_warehouse.project import PROJECT


@pytest.fixture(scope="module")
def references() -> list[tuple[str, str, str, str]]:
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(PROJECT / "docs")
        from graph import references

        return references()


def test_what_a_row_names_is_there_or_the_row_is_marked(references, demo_warehouse):
    found = {}
    with duckdb.connect((demo_warehouse / "current.duckdb").resolve(), read_only=True) as connection:
        connection.execute("set search_path = 'marts'")
        marked = {
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_columns() where schema_name = 'marts' and column_name = 'is_orphan'"
            ).fetchall()
        }
        for table, column, other, key in references:
            query = f"select count({column}) from {table} where {column} not in (select {key} from {other})"
            if table in marked:
                query += " and not is_orphan"
            # A parcel of no order stands on the timeline as well.
            if table == "fct_interactions":
                query += " and touchpoint <> 'unknown' and source_table <> 'fulfilment.shipments'"
            found[table, column] = connection.execute(query).fetchone()[0]
    assert len(found) > 20
    assert {place: count for place, count in found.items() if count} == {}
