"""Numbers that changed between versions, and why: on worlds built from files, the first of which readers see."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from compiled import world

from cx_warehouse.restatements import definitions, record, taken
from cx_warehouse.settings import Settings
from orchestration import dbt

FIRST, SECOND = "20260601T000000000000Z", "20260701T000000000000Z"
MODELS = {"mart_promise_reliability", "mart_contact_economics", "mart_restatements"}
ORDERS = "order_id,customer_id,ordered_at,promised_by,amount,currency,status,updated_at\n"
SHIPMENTS = "shipment_id,order_id,shipped_at,delivered_at,updated_at\n"


def order(number: int, month: str = "01", updated: str = "2026-05-01") -> str:
    return f"o{number},p{number},2026-{month}-02T00:00:00Z,2026-{month}-10,10,EUR,delivered,{updated}T00:00:00Z\n"


def shipment(number: int, day: str, month: str = "01", updated: str = "2026-05-01") -> str:
    return f"s{number},o{number},2026-{month}-03T00:00:00Z,2026-{month}-{day}T12:00:00Z,{updated}T00:00:00Z\n"


# Forty orders each due in January and in February, all delivered in time, and one in May that ends the calendar.
START = {
    "orders": ORDERS
    + "".join(order(n) for n in range(40))
    + "".join(order(n, "02") for n in range(40, 80))
    + order(99, "05"),
    "shipments": SHIPMENTS
    + "".join(shipment(n, "09") for n in range(40))
    + "".join(shipment(n, "09", "02") for n in range(40, 80)),
}  # fmt: skip


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> dict:
    return dbt.parse(Settings(warehouse=tmp_path_factory.mktemp("parsed"))).manifest


@pytest.fixture
def warehouse(tmp_path) -> Path:
    return tmp_path


def built(warehouse: Path, load_id: str, name: str, files: dict[str, str]) -> Path:
    """The database built after these files were landed beside what is there."""
    for table, text in files.items():
        path = warehouse / "landing" / "fulfilment" / table
        path.mkdir(parents=True, exist_ok=True)
        (path / f"{name}.csv").write_text(text)
    with world(warehouse / "landing", warehouse, load_id=load_id, select=MODELS) as connection:
        (path,) = connection.execute(
            "select path from duckdb_databases() where database_name = current_database()"
        ).fetchone()
    return Path(path)


def published(warehouse: Path, database: Path, version: str, hashes: dict) -> None:
    """What `publish` leaves behind: the file, its papers and the link."""
    (warehouse / "versions").mkdir(exist_ok=True)
    shutil.copyfile(database, warehouse / "versions" / f"{version}.duckdb")
    (warehouse / "versions" / f"{version}.json").write_text(json.dumps({"definitions": hashes}))
    (warehouse / "current.duckdb").unlink(missing_ok=True)
    (warehouse / "current.duckdb").symlink_to(Path("versions") / f"{version}.duckdb")


def restated(warehouse: Path, manifest: dict, later: dict[str, str], old_hashes: dict | None = None) -> list[tuple]:
    """What a second run writes down about January and February after `later` was landed."""
    hashes = definitions(manifest, {})
    settings = Settings(warehouse=warehouse)
    published(warehouse, built(warehouse, FIRST, "first", START), FIRST, old_hashes or hashes)
    second = built(warehouse, SECOND, "second", later)
    record(settings, second, SECOND, manifest, hashes)
    with duckdb.connect(second, read_only=True) as connection:
        return connection.execute(
            "select period, cause, old_value, new_value, cause_reason from marts.mart_restatements "
            "where metric_id = 'kept_rate' and table_name = 'mart_promise_reliability' "
            "and column_name = 'kept_rate' and scope = 'promise_version first' and period like '2026-%' order by period"
        ).fetchall()


def test_a_row_that_was_corrected_is_a_correction(warehouse, manifest):
    found = restated(warehouse, manifest, {"shipments": SHIPMENTS + shipment(3, "20", updated="2026-05-02")})
    assert found == [("2026-01", "correction", 1.0, 39 / 40, "in 2026-01: 1 rows corrected or deleted, 0 rows new")]


def test_rows_that_came_late_are_late_data(warehouse, manifest):
    later = {
        "orders": ORDERS + "".join(order(number, "02") for number in range(80, 90)),
        "shipments": SHIPMENTS + "".join(shipment(number, "20", "02") for number in range(80, 90)),
    }
    found = restated(warehouse, manifest, later)
    assert found == [("2026-02", "late_data", 1.0, 40 / 50, "in 2026-02: 0 rows corrected or deleted, 20 rows new")]


def test_a_number_that_is_gone_was_restated_too(warehouse, manifest):
    """All orders of February are deleted: the rate of 1.0 that readers saw stands nowhere any more."""
    gone = "".join(f"o{number},,,,,,,2026-05-02T00:00:00Z,2026-05-02T00:00:00Z\n" for number in range(40, 80))
    found = restated(warehouse, manifest, {"orders": ORDERS.replace("\n", ",deleted_at\n") + gone})
    assert [row[:4] for row in found] == [("2026-02", "correction", 1.0, None)]


def test_months_that_were_not_over_were_not_closed(warehouse, manifest):
    """Time goes from May to June: what was projected for September is no number of a closed period."""

    def with_cash(database: Path, amount: float) -> Path:
        with duckdb.connect(database) as connection:
            connection.execute(
                "create table marts.mart_roi_cash as select md5(month) as roi_cash_id, 'all' as initiative_id, month, "
                f"{amount}::double as margin_amount from (values ('2026-01'), ('2026-05'), ('2026-09')) as m (month)"
            )
        return database

    hashes, settings = definitions(manifest, {}), Settings(warehouse=warehouse)
    published(warehouse, with_cash(built(warehouse, FIRST, "first", START), 10), FIRST, hashes)
    second = with_cash(built(warehouse, SECOND, "second", {"orders": ORDERS + order(100, "06")}), 20)
    record(settings, second, SECOND, manifest, hashes)
    with duckdb.connect(second, read_only=True) as connection:
        found = connection.execute(
            "select period, old_value, new_value from marts.mart_restatements where table_name = 'mart_roi_cash'"
        ).fetchall()
    assert found == [("2026-01", 10, 20)]


def test_a_changed_definition_goes_before_what_the_rows_say(warehouse, manifest):
    old = definitions(manifest, {}) | {"kept_rate": "another"}
    found = restated(warehouse, manifest, {"shipments": SHIPMENTS + shipment(3, "20", updated="2026-05-02")}, old)
    assert [row[:2] for row in found] == [("2026-01", "definition")]


def test_nothing_new_restates_nothing_and_what_was_written_is_carried_on(warehouse, manifest):
    first = restated(warehouse, manifest, {"shipments": SHIPMENTS + shipment(3, "20", updated="2026-05-02")})
    assert len(first) == 1
    hashes, settings = definitions(manifest, {}), Settings(warehouse=warehouse)
    third = "20260801T000000000000Z"
    second = built(warehouse, SECOND, "second", {})
    with duckdb.connect(second) as connection:
        connection.execute(
            "create table marts.mart_metric_trust as select metric_id, null::bigint as restated_count "
            "from (values ('kept_rate'), ('nps')) as metrics (metric_id)"
        )
    record(settings, second, SECOND, manifest, hashes)
    with duckdb.connect(second, read_only=True) as connection:
        (changed,) = connection.execute(
            "select count(*) from marts.mart_restatements where metric_id = 'kept_rate'"
        ).fetchone()
        assert connection.execute("from marts.mart_metric_trust order by 1").fetchall() == [
            ("kept_rate", changed),
            ("nps", 0),
        ]
    assert changed > 0
    published(warehouse, second, SECOND, hashes)
    again = built(warehouse, third, "third", {})
    assert record(settings, again, third, manifest, hashes) == 0
    with duckdb.connect(again, read_only=True) as connection:
        versions = connection.execute("select distinct version from marts.mart_restatements").fetchall()
    assert versions == [(SECOND,)]


def test_without_a_version_before_there_is_nothing_to_restate(warehouse, manifest):
    database = built(warehouse, FIRST, "first", START)
    assert record(Settings(warehouse=warehouse), database, FIRST, manifest, definitions(manifest, {})) == 0


def test_a_definition_changes_with_its_macro_and_with_the_settings(manifest):
    before = definitions(manifest, {})
    name = "macro.cx_warehouse.default__wilson_low"
    macro = dict(manifest["macros"][name]) | {"macro_sql": "changed"}
    after = definitions(manifest | {"macros": manifest["macros"] | {name: macro}}, {})
    assert after["kept_rate"] != before["kept_rate"]
    assert any(after[metric] == before[metric] for metric in before)
    assert definitions(manifest, {"cx_business_timezone": "Europe/Rome"})["kept_rate"] != before["kept_rate"]
    assert definitions(manifest, {"cx_as_of": "2026-01-01"}) == before


def test_a_proposed_assumption_is_a_definition_of_what_rests_on_it(manifest, tmp_path):
    before = definitions(manifest, {})
    after = definitions(manifest, {}, [("discount_rate", 0.05, 0.08, 0.12)])
    assert after["npv"] != before["npv"]
    assert after["response_rate"] == before["response_rate"]
    build = tmp_path / "build.duckdb"
    with duckdb.connect(build) as connection:
        connection.execute("create schema marts")
    assert taken(Settings(warehouse=tmp_path), build) == []
    with duckdb.connect(build) as connection:
        connection.execute(
            "create table marts.mart_proposals as from (values "
            "('assumption', 'discount_rate', 'taken', 0.05, 0.08, 0.12), "
            "('assumption', 'horizon_months', 'refused', 1, 1, 1), "
            "('goal', 'nps', 'taken', null, 40, null)) as proposals (kind, name, outcome, low, base, high)"
        )
    assert [(row[0], *map(float, row[1:])) for row in taken(Settings(warehouse=tmp_path), build)] == [
        ("discount_rate", 0.05, 0.08, 0.12)
    ]
