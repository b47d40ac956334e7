"""The connectors of the tools people have, from the files of one small shop (shop_exports) to the marts.

Every number was worked out by hand from those files; the last test takes a line away from each tool.
"""

import csv
import os
import re
import subprocess
from collections.abc import Collection
from pathlib import Path

import duckdb
import pytest
from compiled import failures, world
from conftest import CX
from decoded import holding
from shop_exports import EXPORTS, TABLES, write

from cx_warehouse.contract import contract_tables, feeds
from cx_warehouse.landing.check import withheld_metrics
from cx_warehouse.project import PROJECT
from cx_warehouse.settings import Settings
from cx_warehouse.warehouse import open_published

TOOLS = ["hubspot", "qualtrics", "shopify", "zendesk"]
# What the tests look at, so that no more of the project is built.
READ = {
    "dim_customers",
    "fct_answers",
    "fct_contacts",
    "fct_orders",
    "mart_promise_reliability",
    "stg_fulfilment__adjustments",
    "stg_rejects",
}

CUSTOMERS = "select customer_id from dim_customers where is_current order by length(customer_id), customer_id"
ORDERS = """
    select order_id, customer_id, cast(ordered_at as varchar), status, cast(amount as varchar)
    from fct_orders order by order_id
"""
CONTACTS = """
    select
        contact_id, customer_id, order_id, channel, reason, date_diff('minute', opened_at, first_response_at),
        date_diff('minute', opened_at, resolved_at)
    from fct_contacts order by contact_id
"""
ANSWERS = """
    select answer_id, customer_id, order_id, question_kind, cast(score as integer), cast(responded_at as varchar)
    from fct_answers order by answer_id
"""
KEPT = """
    select promise_version, due_count, kept_count, missed_count from mart_promise_reliability
    where 'all' = all([month, touchpoint, segment, region, service_level]) order by promise_version
"""


def built(
    folder: Path, files: dict[str, str], without: tuple[str, ...] = (), select: Collection[str] = READ
) -> duckdb.DuckDBPyConnection:
    """A world of these files, personal data hashed."""
    write(folder / "landing", files, without)
    return world(folder / "landing", folder / "warehouse", connectors=TOOLS, pii_key="secret", select=select)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where the exports are loaded."""
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="module")
def exports(folder) -> duckdb.DuckDBPyConnection:
    """The shop from what its tools export."""
    return built(folder, EXPORTS)


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """The shop from what a managed connector lands."""
    return built(tmp_path_factory.mktemp("tables"), TABLES)


@pytest.fixture(scope="module")
def cleo(exports) -> str:
    """What identifies the guest: the hash of her address."""
    return rows(exports, "select customer_id from fct_orders where order_id = '5003'")[0][0]


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    return connection.execute(query).fetchall()


def test_nothing_is_rejected(exports, tables):
    assert rows(exports, "from stg_rejects") == []
    assert rows(tables, "from stg_rejects") == []


def test_people_of_several_tools_are_one_customer_each(exports, tables, cleo):
    """Ann is the shop's, not the CRM's; Cleo has no account; Eve and Gil are the CRM's, and Finn is a lead."""
    assert len(cleo) == 64
    assert [name for (name,) in rows(exports, CUSTOMERS)] == ["502", "504", "9001", "9002", cleo]
    assert [name for (name,) in rows(tables, CUSTOMERS)] == ["502", "9001", cleo]


def test_nothing_personal_is_in_raw(exports, folder):
    words = ("@example.com", "Ann A", "Cleo", "My parcel", "Where?", "192.0.2.1")
    assert holding(folder / "landing", *words).keys() == set(words)
    assert holding(folder / "warehouse" / "raw", *words) == {}


def test_orders_from_the_export_of_shopify(exports, cleo):
    """Two lines are one order; a later export wins; the amount is without taxes; a guest is known by the address."""
    assert rows(exports, ORDERS) == [
        ("5001", "9001", "2026-01-05 09:00:00", "shipped", "50.000000"),
        ("5002", "9002", "2026-01-07 11:00:00", "cancelled", "20.000000"),
        ("5003", cleo, "2026-01-08 07:00:00", "shipped", "10.000000"),
        ("5004", "9001", "2026-02-02 09:00:00", "shipped", "30.000000"),
    ]


def test_a_refund_in_the_export_of_shopify_is_without_taxes(exports):
    """11.96 of 59.80 of which 9.80 are taxes: 10.00."""
    assert rows(exports, "select order_id, kind, cast(amount as varchar) from stg_fulfilment__adjustments") == [
        ("5001", "refund", "10.000000")
    ]


def test_what_an_export_does_not_tell_is_absent_and_not_empty(exports, tables):
    query = "select source_table from stg_sources where is_present order by 1"
    both = ["crm.contacts", "crm.customers", "fulfilment.adjustments", "fulfilment.orders"]
    assert [name for (name,) in rows(exports, query)] == [*both, "survey.answers"]
    assert [name for (name,) in rows(tables, query)] == [
        *both,
        "fulfilment.promises",
        "fulfilment.shipments",
        "survey.answers",
    ]
    assert rows(exports, "select distinct outcome, outcome_reason from fct_orders") == [("unknown", "no_promise")]


def test_orders_from_the_tables_of_shopify(tables):
    """A deleted order is gone; of a parcel without a message of its carrier nothing is known."""
    assert rows(tables, "select order_id, outcome, round(gap_days, 3) from fct_orders order by order_id") == [
        ("6001", "met", 0.125),
        ("6002", "missed", -0.875),
        ("6003", "unknown", None),
        ("6005", "unknown", None),
    ]
    assert rows(tables, KEPT) == [("first", 2, 1, 1), ("last", 2, 2, 0)]
    assert rows(tables, "select order_id, cast(amount as varchar) from stg_fulfilment__adjustments") == [
        ("6002", "10.500000")
    ]


def test_tickets_of_two_tools_from_their_exports(exports, cleo):
    """Minutes to the answer and to the solution. 302 was opened again since; 303 left no address."""
    assert rows(exports, CONTACTS) == [
        ("301", "9001", None, "email", "where_is_my_order", 30, 120),
        ("302", "9002", None, "chat", None, 60, None),
        ("303", "73", None, "phone", "praise", 0, None),
        ("304", cleo, "5003", "email", "damaged_item", 90, 1440),
        ("701", "9001", None, "web", "product_question", 20, 120),
        ("702", "502", None, "chat", None, None, None),
    ]
    assert rows(exports, "select order_id, contact_count from fct_orders where contact_count > 0") == [("5003", 1)]


def test_tickets_of_two_tools_from_the_tables(tables):
    """An internal note is no answer, the second solution counts, a deleted ticket is gone."""
    assert rows(tables, CONTACTS) == [
        ("401", "9001", "6002", "web", "late_delivery", 45, 210),
        ("402", "9001", None, "phone", None, None, None),
        ("711", "502", None, "unknown", "billing_question", 30, 180),
    ]


def test_answers_from_the_export_of_qualtrics(exports):
    """Denver is seven hours behind; a preview is nobody's answer, and an empty field none."""
    assert rows(exports, ANSWERS) == [
        ("R_1-Q1", "9001", "5001", "nps", 10, "2026-01-20 17:01:00"),
        ("R_1-Q2", "9001", "5001", "csat", 4, "2026-01-20 17:01:00"),
        ("R_2-Q1", "9002", "5002", "nps", 3, "2026-01-21 17:01:00"),
    ]


def test_two_answers_in_the_same_words_are_two_rejects_of_one_line(tmp_path):
    """Exported as words and not as numbers: each is quoted, and nothing else of the run is held up."""
    files = {
        name: text.replace("Promoter,10,4,Fine", "Promoter,Very much,Very much,Fine")
        for name, text in EXPORTS.items()
        if name.startswith("qualtrics/")
    }
    there = built(tmp_path, files, select={"rejects", "fct_answers"})
    assert rows(there, "select line, column_name, found from rejects") == [(5, "score", "Very much")] * 2
    assert rows(there, "select answer_id from fct_answers") == [("R_2-Q1",)]
    assert failures(there) == {}


def test_answers_from_the_tables_of_qualtrics(tables):
    assert rows(tables, ANSWERS) == [
        ("R_8-Q1", "9001", "6002", "nps", 6, "2026-03-10 08:00:00"),
        ("R_8-Q2", "9001", "6002", "csat", 2, "2026-03-10 08:00:00"),
    ]


def test_deals_are_orders_where_no_orders_of_a_shop_are_landed(tmp_path):
    files = {name: text for name, text in EXPORTS.items() if name.startswith("hubspot/")}
    alone = built(tmp_path, files)
    assert rows(alone, ORDERS) == [
        ("601", "502", "2026-01-03 10:00:00", "placed", "100.000000"),
        ("602", "504", "2026-01-04 10:00:00", "placed", "50.000000"),
    ]
    assert rows(alone, CUSTOMERS) == [("501",), ("502",), ("504",)]
    assert rows(alone, "select contact_id, customer_id from fct_contacts order by 1") == [
        ("701", "501"),
        ("702", "502"),
    ]


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("files", [EXPORTS, TABLES], ids=["exports", "tables"])
def test_what_a_page_says_is_withheld_is_what_is_withheld(tool, files, tmp_path):
    """With the files of one tool in one of its shapes: tables that are filled, metrics by what they lack."""
    shape = "the exports of the tool" if files is EXPORTS else "the tables of a managed connector"
    sections = (PROJECT / f"docs/connectors/{tool}.md").read_text().split("\n## Withheld with ")[1:]
    (section,) = (text for text in sections if text.startswith((f"{shape} alone", "either shape alone")))
    filled = re.findall(r"`([\w.]+)`", section.split("They fill ")[1].split("For want of")[0])
    said = {
        metric: tuple(re.findall(r"`([\w.]+)`", lacking))
        for lacking, metrics in re.findall(r"^\| (`.*`) \| (`.*`) \|$", section, re.MULTILINE)
        for metric in re.findall(r"`(\w+)`", metrics)
    }
    mine = {name: text for name, text in files.items() if name.startswith(f"{tool}/")}
    found = built(tmp_path, mine, select={"int_metrics_available"})
    assert rows(found, "select source_table from stg_sources where is_present order by 1") == [(one,) for one in filled]
    withheld = rows(found, "select metric_id, absent_tables from int_metrics_available where not is_available")
    assert {metric for metric, _ in withheld} == said.keys()
    # Where a metric can be had in several ways the warehouse names what the nearest of them lacks, the page all.
    assert {metric for metric, lacking in withheld if not set(lacking.split(", ")) <= set(said[metric])} == set()


def test_all_at_once_are_published_without_what_they_cannot_fill(tmp_path):
    """`cx run` on the tables of the four tools."""
    landing, warehouse = write(tmp_path / "landing", TABLES), tmp_path / "warehouse"
    command = [CX, "run", "--landing", landing, "--warehouse", warehouse, *(f"--connector={tool}" for tool in TOOLS)]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"CX_PII_KEY": "secret"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    settings = Settings(_env_file=None, landing=landing, warehouse=warehouse)
    absent = {table.id for table in contract_tables()} - {table for tool in TOOLS for table in feeds(tool)}
    lacking = {each.metric_id for each in withheld_metrics(absent)}
    assert {"response_rate", "npv", "roi"} <= lacking and "kept_rate" not in lacking
    with open_published(settings) as connection:
        trusted = (
            "select metric_id from mart_metric_trust where reason like 'source missing: %' and fitness = 'withheld'"
        )
        assert {metric for (metric,) in rows(connection, trusted)} == lacking
        assert rows(connection, "select count(*) from fct_orders") == [(4,)]


# Each with the table of the contract that it fills row by row.
SAMPLES = {
    "shopify/shopify_customer_data.csv": ("shopify/customer.csv", "shopify__crm__customers"),
    "shopify/shopify_order_data.csv": ("shopify/order.csv", "shopify__fulfilment__orders"),
    "shopify/shopify_refund_data.csv": ("shopify/refund.csv", "shopify__fulfilment__adjustments"),
    "zendesk/ticket_data.csv": ("zendesk/ticket.csv", "zendesk__crm__contacts"),
    "zendesk/user_data.csv": ("zendesk/user.csv", None),
    "zendesk/ticket_comment_data.csv": ("zendesk/ticket_comment.csv", None),
    "zendesk/ticket_field_history_data.csv": ("zendesk/ticket_field_history.csv", None),
    "zendesk/ticket_tag_data.csv": ("zendesk/ticket_tag.csv", None),
    "hubspot/contact_data.csv": ("hubspot/contact.csv", "hubspot__crm__customers"),
    "hubspot/ticket_data.csv": ("hubspot/ticket.csv", "hubspot__crm__contacts"),
    "hubspot/ticket_contact_data.csv": ("hubspot/ticket_contact.csv", None),
    "hubspot/deal_data.csv": ("hubspot/deal.csv", None),
    "hubspot/deal_contact_data.csv": ("hubspot/deal_contact.csv", None),
    "hubspot/deal_pipeline_stage_data.csv": ("hubspot/deal_pipeline_stage.csv", None),
    "qualtrics/survey_response.csv": ("qualtrics/survey_response.csv", None),
    "qualtrics/question_response.csv": ("qualtrics/question_response.csv", None),
    "qualtrics/question.csv": ("qualtrics/question.csv", None),
    "qualtrics/survey_embedded_data.csv": ("qualtrics/survey_embedded_data.csv", None),
}


@pytest.mark.realdata
def test_samples_of_a_managed_connector_are_taken_and_mapped_row_by_row(real_data, tmp_path):
    samples = {name: (real_data / "fivetran" / source).read_text("utf-8-sig") for source, (name, _) in SAMPLES.items()}
    write(tmp_path / "landing", samples)
    models = {model: name for name, model in SAMPLES.values() if model}
    mapped = world(tmp_path / "landing", tmp_path / "warehouse", connectors=TOOLS, pii_key="secret", select=models)
    ledger = f"read_parquet('{tmp_path}/warehouse/raw/ops.files.*.parquet', union_by_name = true)"
    assert rows(mapped, f"select file, reason from {ledger} where file_status = 'refused'") == []
    assert rows(mapped, f"select count(*) from {ledger} where file_status = 'loaded'") == [(len(SAMPLES),)]
    for model, name in models.items():
        lines = list(csv.DictReader(samples[name].splitlines()))
        ids = {line["id"] for line in lines}
        key = {
            "adjustments": "adjustment_id",
            "contacts": "contact_id",
            "customers": "customer_id",
            "orders": "order_id",
        }
        found = rows(mapped, f"select {key[model.split('__')[2]]} from {model}")
        assert ids <= {value for (value,) in found}, model


def test_the_numbers_change_when_one_line_of_each_tool_is_missing(tmp_path):
    lines = ("#1004", '{"id":304', "2026-01-20 10:00:00", "701,")
    without = built(tmp_path / "exports", EXPORTS, lines)
    assert rows(without, "select count(*), cast(sum(amount) as varchar) from fct_orders") == [(3, "80.000000")]
    assert rows(without, "select contact_id from fct_contacts order by 1") == [("301",), ("302",), ("303",), ("702",)]
    assert rows(without, "select answer_id from fct_answers") == [("R_2-Q1",)]
    undelivered = built(tmp_path / "tables", TABLES, ("2,70,6001,delivered",))
    assert rows(undelivered, KEPT) == [("first", 2, 0, 2), ("last", 2, 1, 1)]
