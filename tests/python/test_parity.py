"""The comparison of two engines finds what differs (`make postgres` and `make spark` run it on the marts)."""

import sys

import duckdb
import pytest

from cx_warehouse.project import PROJECT

sys.path.insert(0, str(PROJECT / "tests" / "engines"))
from parity import differences


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ("values ('a', 1, 0.1, null), ('b', null, 3e12, 'x')", {}),
        ("values ('a', 1, 0.1 + 1e-13, null), ('b', null, 3e12 + 1, 'x')", {}),
        ("values ('a', 1, 0.1 + 1e-8, null), ('b', null, 3e12, 'x')", {"share": 1}),
        ("values ('a', 1, null, null), ('b', 0, 3e12, 'x')", {"share": 1, "number": 1}),
        ("values ('a', 1, 0.1, null), ('b', null, 3e12, 'x ')", {"text": 1}),
        ("values ('a', 1, 0.1, null)", {"id": 1, "number": 1, "share": 1, "text": 1}),
        (
            "values ('a', 1, 0.1, null), ('b', null, 3e12, 'x'), ('c', null, null, null)",
            {"id": 1, "number": 1, "share": 1, "text": 1},
        ),
    ],
)
def test_only_rounding_is_equal(other, found):
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as there; create schema marts; create schema there.marts")
        for database in ("", "there."):
            columns = "(id text, number bigint, share double, text text)"
            connection.execute(f"create table {database}marts.t {columns}")
        connection.execute("insert into marts.t values ('a', 1, 0.1, null), ('b', null, 3e12, 'x')")
        connection.execute(f"insert into there.marts.t {other}")
        assert differences(connection, "t", "id") == found
