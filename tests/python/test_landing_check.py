"""The dry run says before a load what the load, the typing and the metrics will make of a folder."""

import re

import pytest
from landing_files import HEADER, ROW, Landing

from cx_warehouse import landing
from cx_warehouse.contract import feeds
from cx_warehouse.errors import CxError
from cx_warehouse.forecast_text import lines
from cx_warehouse.landing import CheckReport, forecast
from cx_warehouse.landing.check import withheld_metrics
from cx_warehouse.project import PROJECT

ORDERS = "order_id,ordered_at,promised_by,amount,currency,units_ordered,status,cancelled_by,updated_at,deleted_at"


def check_orders(tmp_path, *rows: str) -> landing.FileCheck:
    landed = Landing(tmp_path)
    landed.put("fulfilment/orders/a.csv", "\n".join([ORDERS, *rows]).encode())
    (checked,) = landing.check(landed.settings).files
    return checked


def test_typed_problems_with_line_and_value(tmp_path):
    checked = check_orders(
        tmp_path,
        "o1,2026-01-01,2026-01-05,10.5,EUR,2,placed,,2026-01-01T10:00:00+01:00,",
        "o2,01/02/2026,2026-01-05 10:00,ten,EUR,2,Placed,nobody,2026-01-01,",
        ",2026-01-01,next week,1,EUR,,unheard,,2026-01-01,",
    )
    found = {(p.column, p.kind, p.is_rejected): p.examples for p in checked.problems}
    assert found == {
        ("order_id", "missing", True): ((4, "nothing"),),
        ("ordered_at", "unreadable", True): ((3, "01/02/2026"),),
        ("promised_by", "unreadable", False): ((4, "next week"),),
        ("amount", "unreadable", True): ((3, "ten"),),
        ("status", "unreadable", True): ((4, "unheard"),),
        ("cancelled_by", "unreadable", False): ((3, "nobody"),),
    }
    assert (checked.result.loaded_count, checked.typed_rejected_count, checked.accepted_count) == (3, 2, 1)
    expected = {p.column: p.expected for p in checked.problems}
    assert expected["status"] == "one of placed, shipped, delivered, cancelled, returned"


def test_one_is_said_as_one(tmp_path):
    checked = check_orders(tmp_path, "o1,2026-01-01,2026-01-05,10.5,EUR,2,placed,,2026-01-01,")
    said = list(lines(CheckReport(files=[checked])))
    assert said[0].endswith(": 1 row accepted, 0 rejected")
    assert said[-1].startswith("1 file: 1 row would be accepted, 0 files refused, 0 metrics withheld")


def test_a_deletion_needs_only_its_key(tmp_path):
    checked = check_orders(tmp_path, "o1,,,,,,,,,2026-01-01", "o1,,,,,,,,,soon", ",,,,,,,,,2026-01-01")
    assert checked.typed_rejected_count == 2
    assert ("deleted_at", "unreadable", False) in {(p.column, p.kind, p.is_rejected) for p in checked.problems}


@pytest.mark.parametrize(
    ("value", "is_read"),
    [
        ("3", True),
        ("3.0", True),
        ("+3", True),
        ("4.7", False),
        ("1e3", False),
        ("three", False),
        ("99999999999", False),
    ],
)
def test_integers_are_whole(tmp_path, value, is_read):
    landed = Landing(tmp_path)
    landed.put(
        "crm/maturity_assessments/a.csv",
        f"assessment_id,assessed_on,dimension,stage\na,2026-01-01,goals,{value}\n".encode(),
    )
    (checked,) = landing.check(landed.settings).files
    assert [(p.column, p.kind) for p in checked.problems] == ([] if is_read else [("stage", "unreadable")])


@pytest.mark.parametrize(
    ("value", "is_read"),
    [
        ("2026-01-01T10:00:00Z", True),
        ("2026-01-01 10:00", True),
        ("2026-01-01T10:00Z", True),
        ("2026-01-01T10:00 +02:00", True),
        ("2026-01-01T10:00:00.123456+0200", True),
        ("2026-01-01T10:00:00+02", True),
        ("2026-01-01 10:00:00 +0200", True),
        ("2026-01-01 10:00:00 -02", True),
        ("2026-01-01", True),
        (" 2026-01-01 ", True),
        ("2026-02-30", False),
        ("2026-01-01T25:00:00Z", False),
        ("20260101", False),
        ("infinity", False),
        ("epoch", False),
        ("1767225600", False),
    ],
)
def test_instants_are_iso_8601(tmp_path, value, is_read):
    checked = check_orders(tmp_path, f"o1,{value},,1,EUR,,placed,,2026-01-01,")
    assert [(p.column, p.kind) for p in checked.problems] == ([] if is_read else [("ordered_at", "unreadable")])


@pytest.mark.parametrize(
    ("value", "is_read"),
    [
        *[("1", True), (".5", True), ("-1.25e2", True), (" 1 ", True), ("9" * 12, True), ("1" + "0" * 12, False)],
        *[("1_000", False), ("0x10", False), ("nan", False), ('"1,5"', False), ("£5", False), ("1e40", False)],
    ],
)
def test_decimals_are_plain_numbers(tmp_path, value, is_read):
    checked = check_orders(tmp_path, f"o1,2026-01-01,,{value},EUR,,placed,,2026-01-01,")
    assert [(p.column, p.kind) for p in checked.problems] == ([] if is_read else [("amount", "unreadable")])


def test_the_patterns_are_those_of_the_models():
    """Two spellings of one rule: the models' is in SQL macros, this one must say the same."""
    macros = "".join(path.read_text() for path in (PROJECT / "macros" / "cross_db").glob("*.sql"))
    written = set(re.findall(r"\^\S.*?\$(?=['\s])", macros))
    for pattern in (forecast._INSTANT, forecast._DATE, forecast._DECIMAL, forecast._INTEGER):
        assert pattern in written, pattern
    typed = (PROJECT / "macros" / "config" / "typed_rows.sql").read_text()
    for words in forecast.EXPECTED.values():
        assert f"'{words}'" in typed


def test_report_over_a_mixed_folder(tmp_path):
    landed = Landing(tmp_path, pii_key=None)
    landed.put("fulfilment/shipments/a.csv", HEADER + ROW + b"x\n")
    landed.put("fulfilment/shipments/b.csv", HEADER + ROW + b"x\n")
    landed.put("fulfilment/orders/a.csv", b"order_id\no\n")
    landed.put(
        "crm/customers/a.csv", b"customer_id,email,acquired_at,updated_at,shoe_size\nc,e,2026-01-01,2026-01-01,9\n"
    )
    landed.put("crm/custmers/a.csv", HEADER)
    landed.put("fulfilment/shipments/c.xlsx", b"")
    landed.put("stray.csv", HEADER)
    report = landing.check(landed.settings)
    assert {check.result.file: check.result.file_status for check in report.files} == {
        "crm/customers/a.csv": "loaded",
        "fulfilment/orders/a.csv": "refused",
        "fulfilment/shipments/a.csv": "loaded",
        "fulfilment/shipments/b.csv": "skipped",
    }
    shipments = next(check for check in report.files if check.result.file == "fulfilment/shipments/a.csv")
    assert [(p.kind, p.row_count, p.examples) for p in shipments.problems] == [("too_few_fields", 1, ((3, "1 field"),))]
    assert shipments.result.missing_column_names.startswith("carrier,lane")
    customers = next(check for check in report.files if check.result.file == "crm/customers/a.csv")
    assert customers.result.unknown_column_names == "shoe_size"
    assert "fulfilment.orders" in report.absent_tables
    assert "crm.customers" not in report.absent_tables
    assert {"kept_rate", "retention_90d"} <= {metric.metric_id for metric in report.withheld}
    unclaimed = dict(report.unclaimed)
    assert "no table crm.custmers" in unclaimed["crm/custmers/a.csv"]
    assert "suffix" in unclaimed["fulfilment/shipments/c.xlsx"]
    assert set(unclaimed) == {"crm/custmers/a.csv", "fulfilment/shipments/c.xlsx", "stray.csv"}
    assert "crm.customers.email" in report.notes[0]


def test_check_writes_nothing(tmp_path):
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/a.csv", HEADER + ROW)
    landing.check(landed.settings)
    assert not landed.settings.warehouse.exists()
    assert [path.name for path in landed.settings.landing.rglob("*") if path.is_file()] == ["a.csv"]


def test_check_and_load_agree(tmp_path):
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/a.csv", HEADER + ROW * 3 + b"x\n\n" + b's,"o\no",t\n')
    landed.put("fulfilment/shipments/b.jsonl", b'{"shipment_id":1,"order_id":2,"updated_at":3}\n[]\n')
    landed.put("fulfilment/shipments/c.csv", b"x\n")
    forecasts = [check.result for check in landing.check(landed.settings).files]
    for result in forecasts:
        result.notes = []
    assert forecasts == landed.load().files


def test_withheld_metrics_follow_the_registry():
    assert withheld_metrics(set()) == []
    withheld = {metric.metric_id: metric.absent_tables for metric in withheld_metrics({"fulfilment.shipments"})}
    # Promises rest on deliveries or on contacts; one of the two is enough.
    assert "kept_rate" not in withheld
    assert withheld["cost_per_order"] == ("fulfilment.shipments",)
    both = {metric.metric_id for metric in withheld_metrics({"fulfilment.shipments", "crm.contacts"})}
    assert "kept_rate" in both


def test_a_connector_feeds_the_tables_it_has_a_model_for(tmp_path):
    assert feeds("boston311") == {"crm.contacts": ("requests",)}
    landed = Landing(tmp_path, connectors=["boston311"])
    assert "crm.contacts" in landing.check(landed.settings).absent_tables
    required = landed.table("boston311.requests").required
    landed.put("requests_2026.csv", (",".join(required) + "\n" + ",".join("x" for _ in required) + "\n").encode())
    report = landing.check(landed.settings)
    # Empty values are judged after the mapping: the export's required columns must be there, not filled.
    landed.put("requests_2027.csv", (",".join(required) + "\n" + ",".join("" for _ in required) + "\n").encode())
    report = landing.check(landed.settings)
    assert report.refused == []
    assert [check.accepted_count for check in report.files] == [1, 1]
    assert "crm.contacts" not in report.absent_tables


def test_an_unknown_connector_is_named(tmp_path):
    landed = Landing(tmp_path, connectors=["nosuchtool"])
    with pytest.raises(CxError, match="nosuchtool"):
        landing.check(landed.settings)
