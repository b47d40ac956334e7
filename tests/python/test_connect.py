"""`cx connect`: a connector of one's own, laid out and checked in a project of `cx init`, by the command line."""

import os
import subprocess
from pathlib import Path

import pytest
from conftest import CX

from cx_warehouse.contract import contract_tables

TICKETS = """\
Contact ID,Opened at,Channel,Caller e-mail,Customer ID,Updated at,Remark
{lines}"""
LINE = "{n},2026-01-{n:02d} 09:00,phone,jane.roe@example.org,c{n},2026-01-{n:02d} 09:30,Jane called\n"


def cx(*arguments, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CX, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, env=os.environ)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project in which a connector was laid out."""
    folder = tmp_path_factory.mktemp("project")
    assert cx("init", cwd=folder).returncode == 0
    (folder / "tickets-2026-01.csv").write_text(TICKETS.format(lines="".join(LINE.format(n=n) for n in range(1, 13))))
    tables = ("--table", "crm.contacts", "--table", "crm.customer_identities")
    done = cx("connect", "acme_desk", "tickets-2026-01.csv", *tables, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_it_lays_out_models_page_example_and_test(project):
    written = {path.relative_to(project).as_posix() for path in project.rglob("*acme_desk*") if path.is_file()}
    folder = "models/connectors/acme_desk"
    assert written == {
        f"{folder}/_acme_desk__sources.yml",
        f"{folder}/_acme_desk__models.yml",
        f"{folder}/acme_desk__crm__contacts.sql",
        f"{folder}/acme_desk__crm__customer_identities.sql",
        "docs/connectors/acme_desk.md",
        "tests/test_acme_desk.py",
    }
    assert (project / "tests/acme_desk/tickets_example.csv").is_file()


def test_every_column_of_the_contract_is_in_the_model(project):
    sql = (project / "models/connectors/acme_desk/acme_desk__crm__contacts.sql").read_text()
    (table,) = (table for table in contract_tables() if table.id == "crm.contacts")
    mapped = sql.split("select\n")[1].split("    from tickets")[0]
    selected = [line.strip(" ,").split(" as ")[-1] for line in mapped.splitlines() if "-- required" not in line]
    assert [name for name in selected if not name.startswith("_")] == [column.name for column in table.columns]
    assert "-- required (text): Where it happened." in sql


def test_no_value_of_the_export_is_written_anywhere(project):
    for path in (path for path in project.rglob("*") if path.is_file() and path.name != "tickets-2026-01.csv"):
        assert "Jane" not in path.read_text() and "jane.roe" not in path.read_text(), path


def test_the_check_names_what_is_missing_and_previews_ten_rows(project):
    """The touchpoint is written by hand, the id of the person is an address, and identities are not mapped yet."""
    model = project / "models/connectors/acme_desk/acme_desk__crm__contacts.sql"
    by_hand = model.read_text().replace("{{ cx_warehouse.unfilled() }} as touchpoint", "'phone_support' as touchpoint")
    model.write_text(by_hand)
    done = cx("connect", "acme_desk", "tickets-2026-01.csv", "--check", cwd=project)
    assert done.returncode == 1, done.stdout + done.stderr
    contacts, identities = done.stdout.split("crm.contacts: 12 rows\n")[1], done.stdout.split("crm.contacts:")[0]
    assert "required column" not in contacts.split("acme_desk is not complete")[0]
    shown = [line for line in contacts.splitlines() if "phone_support" in line]
    assert len(shown) == 10
    assert "2026-01-10 09:00" in shown[-1] and "c10" in shown[-1]
    for name in ("identity_id", "tool", "tool_customer_id"):
        assert f"required column {name} is missing in every row: expected a text" in identities
    assert "acme_desk is not complete: 3 required columns, 0 files not taken." in done.stdout
    assert "jane" not in done.stdout.lower()
    assert not (project / "warehouse").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("acme_desk", "tickets-2026-01.csv", "--table", "crm.contacts"), "There is a connector 'acme_desk' already."),
        (("other", "tickets-2026-01.csv", "--table", "crm.tickets"), "'crm.tickets' is no table of the contract."),
        (("other", "tickets.xlsx", "--table", "crm.contacts"), "tickets.xlsx has another suffix"),
        (("Other", "tickets-2026-01.csv", "--table", "crm.contacts"), "cannot be the name of a connector"),
        (("nosuchtool", "tickets-2026-01.csv", "--check"), "There is no connector 'nosuchtool'."),
    ],
)
def test_a_wrong_request_is_a_sentence_and_writes_nothing(project, arguments, said):
    (project / "tickets.xlsx").touch()
    before = sorted(project.rglob("*"))
    done = cx("connect", *arguments, cwd=project)
    assert done.returncode == 2
    assert said in done.stderr
    assert sorted(project.rglob("*")) == before
