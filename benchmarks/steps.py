"""The steps that run.py measures, each a process of its own: python benchmarks/steps.py <step> <arguments>."""

import json
import sys
from pathlib import Path

import duckdb
import landing

from cx_warehouse.project import PROJECT
from cx_warehouse.settings import Settings

COMPARED = {
    "fct_orders": (
        "true",
        "order_id, customer_id, segment, region, service_level, outcome, order_number, gap_days, amount, "
        "first_due_date, ordered_at, delivered_at, next_order_at, is_due_passed",
    ),
    "mart_promise_reliability": (
        "touchpoint = 'delivery' and promise_version = 'first'",
        "month, segment, region, service_level, due_count, kept_count, open_count, unknown_count, excluded_count, "
        "round(kept_rate, 12), round(kept_rate_low, 12), round(kept_rate_high, 12), round(gap_days_mean, 12), "
        "round(gap_days_p5, 12), round(gap_days_p50, 12)",
    ),
}


def write(folder: str, orders: str, form: str, sample: str) -> None:
    """The sample as files of one format."""
    landing.write(Path(folder), int(orders), form, Path(sample))


def read(folder: str, form: str, database: str) -> None:
    """What anybody would write first: every file into a table of its own, types guessed, no balance, no rejects."""
    # The sample has mistyped values, which a guess from the first rows does not foresee.
    options = ", ignore_errors = true" if form == "csv" else ""
    with duckdb.connect(database) as connection:
        for table in sorted(path for path in Path(folder).glob("*/*") if path.is_dir()):
            name = f"{table.parent.name}_{table.name}"
            connection.execute(f"create table {name} as from read_{form}('{table}/*.{form}'{options})")


def by_hand(folder: str, as_of: str, database: str) -> None:
    """The tables of by_hand.sql."""
    script = Path(__file__).with_name("by_hand.sql").read_text()
    with duckdb.connect(database) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(script.replace("{landing}", folder).replace("{as_of}", as_of))


def layers(folder: str, warehouse: str) -> None:
    """The same tables by the project's own models and all that these rest on, loaded, without dbt around them."""
    sys.path.insert(0, str(PROJECT / "tests" / "python"))
    from compiled import world

    world(Path(folder), Path(warehouse), select=COMPARED).close()


def column_checks(warehouse: str) -> None:
    """dbt's tests of columns as `cx run` asks them."""
    from orchestration import columns, dbt

    settings = Settings(_env_file=None, warehouse=Path(warehouse))
    manifest = dbt.parse(settings).manifest
    asked = columns.tests(manifest, manifest["nodes"]).keys()
    held = columns.passed(settings.current.resolve(), manifest, manifest["nodes"])
    print(f"{len(held)} of {len(asked)}")


def compare(by_hand: str, published: str) -> None:
    """Rows of the tables of by_hand.sql that are not among the published ones, or the other way round."""
    with duckdb.connect(published, read_only=True) as connection:
        connection.execute(f"attach '{by_hand}' as by_hand (read_only)")
        found = {}
        for table, (condition, columns) in COMPARED.items():
            mine, theirs = (
                f"select {columns} from by_hand.{table}",
                f"select {columns} from marts.{table} where {condition}",
            )
            found[table] = sum(
                connection.execute(f"select count(*) from ({one} except {other})").fetchone()[0]
                for one, other in ((mine, theirs), (theirs, mine))
            )
    print(json.dumps(found))


if __name__ == "__main__":
    {step.__name__: step for step in (write, read, by_hand, layers, column_checks, compare)}[sys.argv[1]](*sys.argv[2:])
