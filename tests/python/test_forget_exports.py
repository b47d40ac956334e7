"""`cx forget` of people whom the exports of tools know: what the sources of a connector say leads to them."""

import shutil

import pytest
import test_forget
from decoded import holding
from shop_exports import EXPORTS, TABLES, write
from stand_ins import settings_in
from test_forget import published
from test_tools import TOOLS

from cx_warehouse.contract import connector_tables, connectors, contract_tables
from cx_warehouse.erasure import forget
from cx_warehouse.errors import CxError
from cx_warehouse.landing.pii import address_hashes, protection
from cx_warehouse.landing.pointers import pointers_of
from cx_warehouse.settings import Settings

READ = {"fct_orders", "fct_contacts", "fct_answers", "dim_customers", "rejects", "mart_load_audit"}
ADDRESSES = ("ann@example.com", "Ann@example.com", "ANN@example.com")


@pytest.fixture(autouse=True)
def _models(monkeypatch):
    monkeypatch.setattr(test_forget, "MODELS", READ)


def world(folder, files: dict[str, str]) -> Settings:
    """The shop of test_tools, published once."""
    settings = settings_in(folder, pii_key="secret", connectors=TOOLS)
    write(settings.landing, files)
    publish(settings)
    return settings


def publish(settings: Settings) -> None:
    test_forget.publish_now(settings)


def lines(settings: Settings, name: str) -> list[str]:
    """First fields of the lines of a landed file."""
    return [line.split(",")[0] for line in (settings.landing / name).read_text().splitlines()]


def column(settings: Settings, table: str, name: str) -> list[str]:
    return [value for (value,) in published(settings, f"select {name} from marts.{table} order by 1")]


def test_whom_exports_know_by_an_id_or_an_address_is_gone_from_all_of_them(tmp_path):
    settings = world(tmp_path, EXPORTS)
    theirs = address_hashes(protection(settings), "ann@example.com").pop()
    words = (*ADDRESSES, "#1001", "#1004", theirs)
    assert holding(tmp_path, *words).keys() == set(words)
    everybody = column(settings, "dim_customers", "customer_id")

    # By the id of the shop; neither it nor her address stands in the choice of connectors of this call.
    erased = forget(settings.model_copy(update={"connectors": []}), "9001", (), lambda: publish(settings))

    assert holding(tmp_path, *words) == {}
    assert erased.unsearched == erased.dropped == [] and all(erased.version_counts.values())
    # Her order of two lines went whole, though only its first names her; everybody else's lines stay.
    assert lines(settings, "shopify/orders_export_1.csv")[1:] == ["#1002", "#1003"]
    assert lines(settings, "shopify/orders_export_2.csv")[1:] == ["#1003"]
    assert lines(settings, "shopify/customers_export.csv")[1:] == ["'9002", "'9004"]
    assert [line.split(",")[1] for line in EXPORTS["zendesk/export-2026-01-11.csv"].splitlines()][1] == "301"
    ((_, *tickets),) = [
        [line.split(",")[1] for line in (settings.landing / "zendesk/export-2026-01-11.csv").read_text().splitlines()]
    ]
    assert tickets == ["302", "303"]
    assert lines(settings, "hubspot/hubspot-crm-exports-all-contacts-2026-01-20.csv")[1:] == ["502", "503", "504"]
    assert lines(settings, "hubspot/hubspot-crm-exports-all-tickets-2026-01-20.csv")[1:] == ["702"]
    for name in ("zendesk/tickets.jsonl", "zendesk/users.jsonl", "qualtrics/questions.csv"):
        assert (settings.landing / name).read_text() == EXPORTS[name]
    assert ",R_1," not in (settings.landing / "qualtrics/Delivery_January+22,+2026_03.12.csv").read_text()
    assert column(settings, "dim_customers", "customer_id") == [one for one in everybody if one != "9001"]
    assert column(settings, "fct_orders", "order_id") == ["5002", "5003"]
    assert column(settings, "fct_contacts", "contact_id") == ["302", "303", "304", "702"]
    assert column(settings, "fct_answers", "response_id") == ["R_2"]

    # The tools do not know of it: what they export tomorrow is left out.
    for name in EXPORTS:
        if "questions" not in name:
            (settings.landing / name).write_text(EXPORTS[name])
    publish(settings)
    assert holding(settings.warehouse, *words) == {}
    assert column(settings, "fct_orders", "order_id") == ["5002", "5003"]
    assert column(settings, "fct_contacts", "contact_id") == ["302", "303", "304", "702"]


def test_what_hangs_on_a_row_of_theirs_in_the_tables_of_a_managed_connector_is_gone_too(tmp_path):
    settings = world(tmp_path, TABLES)
    before = {name: set(lines(settings, name)) for name in TABLES}

    # By an address, as somebody writes it who asks to be forgotten.
    forget(settings, "ANN@example.com", (), lambda: publish(settings))

    assert holding(tmp_path, *ADDRESSES, "#2001", "#2005") == {}
    left = {name: set(lines(settings, name)) for name in TABLES}
    gone = {name: before[name] - left[name] for name in TABLES if before[name] != left[name]}
    assert gone == {
        "shopify/customer.csv": {"9001"},
        "shopify/order.csv": {"6001", "6002", "6004", "6005"},
        "shopify/order_line.csv": {"1", "2", "3"},
        "shopify/order_shipping_line.csv": {"1"},
        "shopify/refund.csv": {"800"},
        "shopify/order_line_refund.csv": {"1"},
        "shopify/order_adjustment.csv": {"1"},
        "shopify/fulfillment.csv": {"70", "71"},
        "shopify/fulfillment_event.csv": {"1", "2", "3", "4", "5", "6"},
        # 402 names no address, but a user whom the firm knows as 9001.
        "zendesk/ticket.csv": {"401", "402", "403"},
        "zendesk/user.csv": {"71", "75"},
        "zendesk/ticket_comment.csv": {"1", "2", "3"},
        "zendesk/ticket_field_history.csv": {"status"},
        "zendesk/ticket_tag.csv": {"late_delivery", "vip"},
        "qualtrics/survey_response.csv": {"R_8", "R_9"},
        "qualtrics/question_response.csv": {"a", "b", "c", "d"},
        "qualtrics/survey_embedded_data.csv": {"x"},
    }
    assert column(settings, "fct_orders", "order_id") == ["6003"]
    assert column(settings, "fct_contacts", "contact_id") == ["711"]


def test_an_id_that_two_tools_give_to_different_people_must_say_whose(tmp_path):
    settings = settings_in(tmp_path, pii_key="secret", connectors=["shopify", "zendesk"])
    customer = "id,email,created_at,updated_at\n71,carl@example.com,2026-03-01 09:00:00,2026-03-01 09:30:00\n"
    write(settings.landing, {"shopify/customer.csv": customer, "zendesk/user.csv": TABLES["zendesk/user.csv"]})
    with pytest.raises(CxError, match=r"71 is an id in crm and in zendesk, .* `cx forget crm:71`"):
        forget(settings, "71", (), lambda: None)
    forget(settings, "zendesk:71", (), lambda: None)
    assert lines(settings, "shopify/customer.csv") == ["id", "71"]
    assert lines(settings, "zendesk/user.csv") == ["id", "75"]


def test_raw_that_was_hashed_with_another_key_is_not_half_erased(tmp_path):
    settings = world(tmp_path, {"shopify/orders_export_1.csv": EXPORTS["shopify/orders_export_1.csv"]})
    landed = shutil.copytree(settings.landing, tmp_path / "copy")
    other = settings.model_copy(update={"pii_key": settings_in(tmp_path, pii_key="another").pii_key})
    with pytest.raises(CxError, match="loaded with another CX_PII_KEY"):
        forget(other, "ann@example.com", (), lambda: None)
    assert not settings.forgotten.exists()
    name = "shopify/orders_export_1.csv"
    assert (settings.landing / name).read_bytes() == (landed / name).read_bytes()


@pytest.mark.parametrize("tool", connectors())
def test_every_personal_column_of_a_connector_leads_to_its_person(tool):
    tables = {table.id: table for table in [*contract_tables(), *connector_tables(tool)]}
    for table in connector_tables(tool):
        addresses = {each.name for each in table.columns if each.is_email}
        pointers = pointers_of(table, tables)
        assert not addresses or addresses <= {name for _, name in pointers.owners}, table.id
        # A reference that is no table of the contract or of the tool would lead nowhere, silently.
        for each in table.columns:
            assert each.references is None or each.references in {*tables, "response"}, f"{table.id}.{each.name}"
