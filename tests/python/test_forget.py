"""`cx forget`: found in every kind of file before, gone from every file after, and nobody else touched."""

import gzip
import json
import shutil
import sqlite3
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typst
from compiled import build
from decoded import holding
from stand_ins import settings_in

from cx_warehouse.erasure import forget
from cx_warehouse.erasure.files import rewrite_unread
from cx_warehouse.erasure.person import Person
from cx_warehouse.errors import CxError
from cx_warehouse.landing import ensure_raw, load_table, tables_to_load
from cx_warehouse.landing.discover import LandedFile
from cx_warehouse.landing.ledger import TableLedger
from cx_warehouse.publish import new_build, new_version, publish, versions
from cx_warehouse.settings import Settings

# Each word stands for one way to the person.
PERSON, TOOL_ID, EMAIL = "customer-4711", "helpdesk-id-0815", "erika.mustermann@example.com"
ORDER, CONTACT, SHIPMENT, RESPONSE = "order-of-erika-1", "contact-of-erika-1", "shipment-to-erika-1", "response-erika-1"
WORDS = (PERSON, TOOL_ID, EMAIL, ORDER, CONTACT, SHIPMENT, RESPONSE)
AT = "2024-03-21T00:00:00Z"
OTHERS = 200
# What somebody else's contact points at; nothing leads from there to her any more.
OF_SOMEBODY_ELSE = {ORDER}
MODELS = {
    "fct_orders",
    "fct_contacts",
    "fct_answers",
    "fct_interactions",
    "dim_customers",
    "rejects",
    "mart_load_audit",
}

CUSTOMERS = [
    {
        "customer_id": PERSON,
        "email": EMAIL,
        "segment": "loyal",
        "acquired_at": "2024-01-01T00:00:00Z",
        "updated_at": AT,
    },
    *(
        {"customer_id": f"C{n}", "email": f"c{n}@example.com", "acquired_at": "2024-01-01T00:00:00Z", "updated_at": AT}
        for n in range(OTHERS)
    ),
]
IDENTITIES = [
    {"identity_id": "I1", "tool": "helpdesk", "tool_customer_id": TOOL_ID, "customer_id": PERSON},
    {"identity_id": "I2", "tool": "helpdesk", "tool_customer_id": "H2", "customer_id": "C1"},
]
ORDERS = [
    {"order_id": order, "customer_id": customer, "ordered_at": "2024-03-01T12:00:00Z", "promised_by": "2024-03-10",
     "amount": "50.00", "currency": "EUR", "status": "delivered", "updated_at": AT}
    for order, customer in [(ORDER, TOOL_ID), *((f"O{n}", f"C{n}") for n in range(OTHERS))]
]  # fmt: skip
SHIPMENTS = [
    {"shipment_id": shipment, "order_id": order, "shipped_at": "2024-03-02T12:00:00Z",
     "delivered_at": "2024-03-05T12:00:00Z", "updated_at": AT}
    for shipment, order in [(SHIPMENT, ORDER), *((f"S{n}", f"O{n}") for n in range(OTHERS))]
]  # fmt: skip
CONTACTS = [
    {"contact_id": CONTACT, "customer_id": PERSON, "order_id": ORDER, "touchpoint": "phone_support", "channel": "phone",
     "reason": f"She said:\nwrite to {EMAIL}", "opened_at": "2024-03-12T10:00:00Z", "updated_at": AT},
    # Somebody else's contact that names an order of hers: it stays, with her address gone from its text.
    {"contact_id": "K2", "customer_id": "C2", "order_id": ORDER, "touchpoint": "phone_support", "channel": "phone",
     "reason": f"for {EMAIL}", "opened_at": "2024-03-12T10:00:00Z", "updated_at": AT},
]  # fmt: skip
ANSWERS = [
    {"answer_id": answer, "response_id": response, "customer_id": customer, "order_id": "", "touchpoint": "delivery",
     "question_kind": "csat", "score": "5", "scale_min": "1", "scale_max": "5", "responded_at": "2024-03-12T10:00:00Z",
     "updated_at": AT}
    for answer, response, customer in [("A1", RESPONSE, PERSON), ("A2", RESPONSE, ""), ("A3", "R3", "C3")]
]  # fmt: skip


def csv_of(rows: list[dict]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(_quoted(row.get(name, "")) for name in names) for row in rows]
    return "\n".join([",".join(names), *lines]) + "\n"


def _quoted(value: str) -> str:
    return f'"{value}"' if "\n" in value or "," in value else value


@pytest.fixture(scope="module")
def twice_published(tmp_path_factory) -> Path:
    """A warehouse with two published versions of a world in five formats."""
    folder = tmp_path_factory.mktemp("world")
    settings = settings_in(folder, pii_key="a key for tests")
    put(settings.landing)
    for _ in range(2):
        publish_now(settings)
    return folder


@pytest.fixture
def settings(twice_published, tmp_path) -> Settings:
    """The same in a folder of its own."""
    shutil.copytree(twice_published, tmp_path, symlinks=True, dirs_exist_ok=True)
    return settings_in(tmp_path, pii_key="a key for tests")


def put(landing: Path) -> None:
    folders = ("crm/customers", "crm/customer_identities", "crm/contacts", "fulfilment/orders", "fulfilment/shipments",
               "survey/answers")  # fmt: skip
    for folder in folders:
        (landing / folder).mkdir(parents=True)
    with gzip.open(landing / "crm/customers/all.csv.gz", "wt") as file:
        file.write(csv_of(CUSTOMERS))
    (landing / "crm/customer_identities/all.jsonl").write_text("".join(json.dumps(row) + "\n" for row in IDENTITIES))
    # The second line is a reject, and it names her.
    header, rest = csv_of(CONTACTS).split("\n", 1)
    (landing / "crm/contacts/all.csv").write_text(f"{header}\nbroken,{PERSON}\n{rest}")
    pq.write_table(pa.Table.from_pylist(ORDERS), landing / "fulfilment/orders/all.parquet")
    with gzip.open(landing / "fulfilment/shipments/all.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in SHIPMENTS)
    (landing / "survey/answers/all.csv").write_text(csv_of(ANSWERS))


def publish_now(settings: Settings) -> None:
    """What `cx run` does, with the models as dbt compiled them."""
    version = new_version()
    ensure_raw(settings)
    for table in tables_to_load(settings):
        load_table(settings, table, version, datetime.now(UTC))
    with build(settings, select=MODELS) as connection:
        path = new_build(settings, version)
        connection.execute(f"attach '{path}' as staged")
        (name,) = connection.execute("select current_database()").fetchone()
        connection.execute(f"copy from database {name} to staged")
    for leftover in settings.warehouse.glob("tmp*"):
        shutil.rmtree(leftover)
    publish(settings, version, {})


def quote_her(settings: Settings) -> None:
    """What is written beside the data, each paper with her in it as a sample of a failed check would have her."""
    said = f"a row of {PERSON} failed, write to {EMAIL}\n"
    version = versions(settings)[0].id
    texts = [
        settings.dagster_home / "storage" / "run" / "compute_logs" / "step.err",
        settings.warehouse / "dbt" / "logs" / "dbt.log",
        settings.runs / "20260101T000000Z.json",
        settings.versions / f"{version}.docs" / "index.html",
        settings.versions / f"{version}.pack" / "board-pack.html",
    ]
    for path in texts:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"error": said}) if path.suffix == ".json" else f"one line\n{said}another\n")
    with zipfile.ZipFile(settings.versions / f"{version}.pack" / "board-pack.pptx", "w", zipfile.ZIP_DEFLATED) as deck:
        deck.writestr("ppt/slides/slide1.xml", said * 9)
    page = settings.versions / f"{version}.pack" / "board-pack.pdf"
    typst.compile(f"#{json.dumps(said.strip())}".encode(), output=str(page), format="pdf")
    history = settings.dagster_home / "history" / "runs.db"
    history.parent.mkdir(parents=True)
    with sqlite3.connect(history) as connection:
        connection.execute("create table event_logs (id integer, event text)")
        connection.executemany("insert into event_logs values (?, ?)", [(n, said) for n in range(9)])
        connection.execute("delete from event_logs where id > 4")  # what is left in its free pages is found too
    connection.close()


def published(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(settings.current.resolve(), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def ledger(settings: Settings, name: str, columns: str) -> list[tuple]:
    return duckdb.execute(
        f"select {columns} from read_parquet('{settings.raw}/ops.{name}.*.parquet', union_by_name = true) order by all"
    ).fetchall()


def test_found_everywhere_before_and_nowhere_after(settings, tmp_path):
    quote_her(settings)
    before = holding(tmp_path, *WORDS)
    assert before.keys() == set(WORDS)
    # In each kind of file, though a search of the bytes alone would miss most of them.
    suffixes = (
        "csv",
        "csv.gz",
        "jsonl",
        "jsonl.gz",
        "parquet",
        "duckdb",
        "log",
        "err",
        "db",
        "json",
        "html",
        "pptx",
        "pdf",
    )
    assert all(any(path.endswith(f".{suffix}") for paths in before.values() for path in paths) for suffix in suffixes)
    held_by_versions = {path for path in before[PERSON] if path.startswith("warehouse/versions/")}
    assert len({path for path in held_by_versions if path.endswith(".duckdb")}) == 2

    # By the id of a tool: it leads to the person, and from there to everything.
    erased = forget(settings, TOOL_ID, (), lambda: publish_now(settings))

    assert holding(tmp_path, *WORDS).keys() == OF_SOMEBODY_ELSE
    # The CRM's, the tool's, and what stands for her address.
    assert (erased.id_count, erased.dropped, erased.unsearched) == (3, [], [])
    assert len(erased.files) == 6
    assert len(erased.version_counts) == 2 and all(erased.version_counts.values())
    assert not settings.erasure.exists()
    # The rest of what quoted her is still there.
    assert "another" in (settings.warehouse / "dbt" / "logs" / "dbt.log").read_text()
    with sqlite3.connect(settings.dagster_home / "history" / "runs.db") as connection:
        assert connection.execute("select distinct event from event_logs").fetchall() == [
            ("a row of *** failed, write to ***\n",)
        ]


def test_nobody_else_is_touched(settings):
    before = published(settings, "select customer_id, order_id, outcome from marts.fct_orders order by all")
    forget(settings, PERSON, (), lambda: publish_now(settings))
    after = published(settings, "select customer_id, order_id, outcome from marts.fct_orders order by all")
    assert after == [row for row in before if row[1] != ORDER]
    assert len(after) == OTHERS
    assert published(settings, "select contact_id, reason from marts.fct_contacts") == [("K2", "for ***")]
    assert published(settings, "select answer_id from marts.fct_answers") == [("A3",)]
    for one in versions(settings):
        with duckdb.connect(one.path, read_only=True) as connection:
            assert connection.execute("select count(*) from marts.fct_orders").fetchone() == (OTHERS,)
            assert one.summary["rows"]["fct_orders"] == OTHERS
            assert one.path.stat().st_mode & 0o777 == 0o444
        assert one.summary["bytes"] == one.path.stat().st_size


def test_nothing_is_loaded_again_and_the_books_are_those_of_the_files_as_they_are(settings, tmp_path):
    forget(settings, PERSON, (), lambda: publish_now(settings))
    load_id = new_version()
    for table in tables_to_load(settings):
        report = load_table(settings, table, load_id, datetime.now(UTC))
        assert {file.file_status for file in report.files} <= {"skipped"}, table.id

    columns = (
        "file, file_hash, file_bytes, physical_line_count, header_line_count, loaded_count, embedded_newline_count, "
        "rejected_count, duplicate_count"
    )
    fresh = settings_in(tmp_path / "fresh", pii_key="a key for tests")
    shutil.copytree(settings.landing, fresh.landing)
    for table in tables_to_load(fresh):
        load_table(fresh, table, "L1", datetime.now(UTC))
    loaded = [row for row in ledger(settings, "files", columns) if row[5] is not None]
    assert loaded == ledger(fresh, "files", columns)
    profile = "distinct file, file_hash, column_name, filled_count, empty_count, negative_count"
    assert ledger(settings, "columns", profile) == ledger(fresh, "columns", profile)
    rejects = "distinct file, line, found, reason_kind, reason"
    assert ledger(settings, "rejects", rejects) == ledger(fresh, "rejects", rejects)


def test_what_a_killed_load_has_left_is_searched_too(settings, monkeypatch):
    def killed(*_) -> None:
        raise KeyboardInterrupt

    path = settings.landing / "fulfilment/shipments/late.csv"
    path.write_text(
        csv_of([SHIPMENTS[0] | {"shipment_id": "S-erika"}, SHIPMENTS[1] | {"shipment_id": "S-1"}]) + "cut\n"
    )
    table = next(table for table in tables_to_load(settings) if table.id == "fulfilment.shipments")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(TableLedger, "commit", killed)
        load_table(settings, table, "killed", datetime.now(UTC))
    path.unlink()

    forget(settings, PERSON, (), lambda: publish_now(settings))

    assert holding(settings.warehouse, *WORDS).keys() == OF_SOMEBODY_ELSE
    of = "where load_id = 'killed'"
    assert ledger(settings, "files.killed", "loaded_count, rejected_count") == [(1, 1)]
    assert published(settings, f"select landed_count, loaded_count, current_count from marts.mart_load_audit {of}") == [
        (2, 1, 1)
    ]


def test_who_lands_again_is_left_out(settings, tmp_path):
    forget(settings, PERSON, (), lambda: publish_now(settings))
    (settings.landing / "crm/customers/tomorrow.csv").write_text(csv_of(CUSTOMERS))
    (settings.landing / "fulfilment/shipments/tomorrow.csv").write_text(csv_of(SHIPMENTS))

    publish_now(settings)

    assert published(settings, f"select * from marts.dim_customers where customer_id = '{PERSON}'") == []
    assert holding(settings.warehouse, *WORDS).keys() == OF_SOMEBODY_ELSE
    found = ledger(settings, "rejects", "file, line, found, reason_kind")
    assert ("crm/customers/tomorrow.csv", 2, None, "forgotten") in found
    assert ("fulfilment/shipments/tomorrow.csv", 2, None, "forgotten") in found
    balance = "physical_line_count = header_line_count + loaded_count + embedded_newline_count + rejected_count"
    assert ledger(settings, "files", f"distinct coalesce({balance}, true)") == [(True,)]


def test_an_interrupted_erasure_is_finished(settings, tmp_path):
    def fails() -> None:
        raise CxError("The disk is full.")

    with pytest.raises(CxError, match="disk is full"):
        forget(settings, PERSON, (), fails)
    assert settings.erasure.stat().st_mode & 0o777 == 0o600
    # The identities that led to the tool's id are gone by now, so they must have been written down.
    forget(settings, None, (), lambda: publish_now(settings))
    assert holding(tmp_path, *WORDS).keys() == OF_SOMEBODY_ELSE


def test_a_file_that_no_reader_takes_is_searched_or_named(settings, tmp_path):
    refused = settings.landing / "fulfilment/orders/refused.csv"
    refused.write_text(f"no,header\nx,{PERSON}\ny,C1\n")
    (settings.landing / "fulfilment/orders/cut.csv.gz").write_bytes(gzip.compress(PERSON.encode() * 9)[:-9])
    erased = forget(settings, PERSON, (), lambda: publish_now(settings))
    assert refused.read_text() == "no,header\ny,C1\n"
    assert erased.unsearched == ["fulfilment/orders/cut.csv.gz"]


def test_a_landed_link_stays_and_its_file_is_written_anew_where_it_lies(tmp_path, monkeypatch):
    """As where it leads to another disk, onto which nothing can be renamed."""
    file, link = tmp_path / "disk" / "a.csv", tmp_path / "landing" / "b.csv"
    for path in (file, link):
        path.parent.mkdir()
    file.write_text("customer_id,name\nC1,x\nC2,y\n")
    link.symlink_to(file)
    replace = Path.replace

    def rename(self, target):
        assert Path(target).parent == self.parent, "across disks"
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", rename)
    gone = rewrite_unread("crm.customers", LandedFile(link, "b.csv", "csv"), Person({"crm.customers": {"C1"}}))
    assert (gone, file.read_text(), link.is_symlink()) == (1, "customer_id,name\nC2,y\n", True)
    assert [path.name for path in file.parent.iterdir()] == ["a.csv"]


def test_an_id_of_nobody_is_said(settings):
    with pytest.raises(CxError, match="is of customer nobody"):
        forget(settings, "nobody", (), lambda: None)
    with pytest.raises(CxError, match="No erasure was interrupted"):
        forget(settings, None, (), lambda: None)
    assert not settings.forgotten.exists()
