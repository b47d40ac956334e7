"""Pulls from a real PostgreSQL and a real HTTP server: first, again, corrected, failed, killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import duckdb
import psycopg
import pytest
from postgres_server import postgres_server

from cx_warehouse.contract import contract_tables
from cx_warehouse.errors import CxError
from cx_warehouse.landing import ensure_raw, load_table
from cx_warehouse.project import PROJECT
from cx_warehouse.pull import pull_rows, pulls
from cx_warehouse.settings import Settings

POSTGRES = """
[fulfilment.orders]
kind = "postgres"
dsn_from = "SHOP_DSN"
relation = "shop.orders"
cursor = "changed_at"
key = "id"
columns = {order_id = "id", updated_at = "changed_at"}
"""
REST = """
[crm.contacts]
kind = "rest"
url = "http://127.0.0.1:PORT/api/"
path = "tickets"
token_from = "DESK_TOKEN"
rows = "tickets"
next = "next"
cursor = "updated_at"
since = "updated_since"
key = "id"
columns = {contact_id = "id", opened_at = "created_at"}
"""
PULL = """
import os, signal, sys
from cx_warehouse import pull
from cx_warehouse.settings import Settings
chosen = Settings(_env_file=None, landing=sys.argv[1], warehouse=sys.argv[2], pulls=sys.argv[3])
land = pull._land

def killed(*arguments):
    land(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

# Landed, and nobody has noted that it was.
pull._land = killed
pull.pull_rows(chosen, pull.pulls(chosen)[0])
"""


def settings(folder: Path, text: str) -> Settings:
    (folder / "landing").mkdir()
    (folder / "pulls.toml").write_text(text)
    return Settings(
        _env_file=None, landing=folder / "landing", warehouse=folder / "warehouse", pulls=folder / "pulls.toml"
    )


def landed(chosen: Settings, columns: str) -> list[tuple]:
    files = f"{chosen.landing}/*/*/*.parquet"
    return duckdb.sql(f"select {columns} from read_parquet('{files}', union_by_name = true) order by all").fetchall()


@pytest.fixture(scope="module")
def server() -> Iterator[psycopg.Connection]:
    with postgres_server() as where, psycopg.connect(autocommit=True) as connection:
        host, name = os.environ["PGHOST"], where["PGDATABASE"]
        os.environ["SHOP_DSN"] = f"postgresql://{connection.info.user}@/{name}?host={host}"
        yield connection
        del os.environ["SHOP_DSN"]


@pytest.fixture
def shop(server) -> psycopg.Connection:
    server.execute("drop schema if exists shop cascade")
    server.execute("create schema shop")
    server.execute(
        "create table shop.orders (id text, customer_id text, ordered_at timestamp, changed_at timestamptz, "
        "amount numeric(10, 2), currency text, status text default 'delivered')"
    )
    server.execute(
        "insert into shop.orders values "
        "('o1', 'c1', '2026-03-01 09:00', '2026-03-01 09:00Z', 10.50, 'EUR'), "
        "('o2', null, '2026-03-02 09:00', '2026-03-02 09:00Z', 20.00, 'EUR')"
    )
    return server


def test_only_what_changed_is_pulled_again_and_a_corrected_row_is_a_later_version(shop, tmp_path):
    chosen = settings(tmp_path, POSTGRES)
    (orders,) = pulls(chosen)
    assert pull_rows(chosen, orders) == 2
    # As the database has it: an instant without an offset stays one, and money keeps its cents.
    assert landed(chosen, "order_id, customer_id, ordered_at, amount") == [
        ("o1", "c1", datetime(2026, 3, 1, 9), Decimal("10.50")),
        ("o2", None, datetime(2026, 3, 2, 9), Decimal("20.00")),
    ]
    assert pull_rows(chosen, orders) == 0
    shop.execute("update shop.orders set amount = 12, changed_at = '2026-03-03 09:00Z' where id = 'o1'")
    shop.execute("insert into shop.orders values ('o3', 'c2', '2026-03-03', '2026-03-03 10:00Z', 5, 'EUR')")
    assert pull_rows(chosen, orders) == 2
    assert [row[0] for row in landed(chosen, "order_id")] == ["o1", "o1", "o2", "o3"]
    table = next(table for table in contract_tables() if table.id == "fulfilment.orders")
    ensure_raw(chosen)
    report = load_table(chosen, table, "20990101T000000000000Z", datetime(2099, 1, 1))
    assert (report.loaded_count, report.rejected_count, report.refused) == (4, 0, [])
    latest = "select max_by(amount, updated_at) from '{}' group by order_id order by order_id"
    raw = f"{chosen.raw}/fulfilment.orders.*.parquet"
    assert duckdb.sql(latest.format(raw)).fetchall() == [("12.00",), ("20.00",), ("5.00",)]


def test_what_could_not_be_landed_is_landed_next_time_once(shop, tmp_path):
    chosen = settings(tmp_path, POSTGRES)
    (orders,) = pulls(chosen)
    # A file where the folder should be: the disk refuses what was asked for already.
    (chosen.landing / "fulfilment").mkdir()
    (chosen.landing / "fulfilment" / "orders").touch()
    with pytest.raises(CxError, match=r"fulfilment\.orders could not be pulled"):
        pull_rows(chosen, orders)
    (chosen.landing / "fulfilment" / "orders").unlink()
    shop.execute("insert into shop.orders values ('o3', 'c2', '2026-03-03', '2026-03-03 10:00Z', 5, 'EUR')")
    assert pull_rows(chosen, orders) == 3
    assert [row[0] for row in landed(chosen, "order_id")] == ["o1", "o2", "o3"]


def test_a_source_that_does_not_answer_is_a_sentence_without_its_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_DSN", "postgresql://anna:quite-secret@127.0.0.1:1/shop")
    chosen = settings(tmp_path, POSTGRES)
    with pytest.raises(CxError, match=r"fulfilment\.orders could not be pulled") as refused:
        pull_rows(chosen, pulls(chosen)[0])
    assert "quite-secret" not in str(refused.value)
    monkeypatch.delenv("SHOP_DSN")
    with pytest.raises(CxError, match="needs the environment variable SHOP_DSN"):
        pull_rows(chosen, pulls(chosen)[0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[fulfilment.ordres]" + POSTGRES.split("]", 1)[1], "no table fulfilment.ordres"),
        (POSTGRES.replace("relation", "relatoin"), "relatoin"),
        (POSTGRES.replace('"postgres"', '"oracle"'), "fulfilment.orders"),
        ("[fulfilment", "no TOML"),
    ],
)
def test_a_file_of_pulls_that_is_wrong_is_a_sentence(tmp_path, text, said):
    with pytest.raises(CxError, match=said):
        pulls(settings(tmp_path, text))


class Desk(ThreadingHTTPServer):
    """A help desk that answers two tickets a page, and stops in the middle while `is_stuck`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.tickets = [
            {
                "id": n,
                "created_at": f"2026-03-0{n} 08:00",
                "updated_at": f"2026-03-0{n}T08:00:00Z",
                "touchpoint": "email_support",
                "channel": "email",
                "tags": ["a", "b"],
            }
            for n in range(1, 6)
        ]
        self.asked: list[str] = []
        self.is_stuck = False


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        desk: Desk = self.server
        asked = parse_qs(urlsplit(self.path).query)
        since, page = asked["updated_since"][0], int(asked.get("page", ["1"])[0])
        desk.asked.append(f"{since} {page}")
        if self.headers["Authorization"] != "Bearer quite-secret":
            self.send_error(401)
            return
        while desk.is_stuck and page == 2:
            time.sleep(0.1)
        found = [ticket for ticket in desk.tickets if ticket["updated_at"] >= since]
        more = len(found) > 2 * page
        following = f"http://127.0.0.1:{desk.server_port}/api/tickets?updated_since={since}&page={page + 1}"
        body = json.dumps({"tickets": found[2 * page - 2 : 2 * page], "next": following if more else None}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def desk(monkeypatch) -> Iterator[Desk]:
    monkeypatch.setenv("DESK_TOKEN", "quite-secret")
    with Desk() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.is_stuck = False
        running.shutdown()
        thread.join()


def test_pages_of_an_interface_are_pulled_from_the_last_change_on(desk, tmp_path):
    chosen = settings(tmp_path, REST.replace("PORT", str(desk.server_port)))
    (contacts,) = pulls(chosen)
    assert pull_rows(chosen, contacts) == 5
    assert desk.asked == ["1970-01-01T00:00:00Z 1", "1970-01-01T00:00:00Z 2", "1970-01-01T00:00:00Z 3"]
    assert landed(chosen, "contact_id, opened_at, tags")[0] == ("1", "2026-03-01 08:00", '["a", "b"]')
    desk.tickets[0] |= {"touchpoint": "phone_support", "updated_at": "2026-03-09T08:00:00Z"}
    desk.asked.clear()
    assert pull_rows(chosen, contacts) == 1
    assert desk.asked == ["2026-03-05T08:00:00Z 1"]
    assert landed(chosen, "contact_id, touchpoint")[:2] == [
        ("1", "email_support"), ("1", "phone_support"),
    ]  # fmt: skip


def test_a_pull_that_was_killed_while_it_asked_loses_nothing_and_doubles_nothing(desk, tmp_path):
    chosen = settings(tmp_path, REST.replace("PORT", str(desk.server_port)))
    desk.is_stuck = True
    command = [sys.executable, "-c", PULL, chosen.landing, chosen.warehouse, chosen.pulls]
    killed = subprocess.Popen(command, cwd=PROJECT)
    while not any(asked.endswith(" 2") for asked in desk.asked):
        assert killed.poll() is None
        time.sleep(0.1)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    desk.is_stuck = False
    assert pull_rows(chosen, pulls(chosen)[0]) == 5
    assert [row[0] for row in landed(chosen, "contact_id")] == ["1", "2", "3", "4", "5"]


def test_a_pull_that_was_killed_when_a_file_had_landed_lands_it_again_in_its_place(desk, tmp_path):
    chosen = settings(tmp_path, REST.replace("PORT", str(desk.server_port)))
    killed = subprocess.run(
        [sys.executable, "-c", PULL, chosen.landing, chosen.warehouse, chosen.pulls], cwd=PROJECT, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (before,) = (chosen.landing / "crm" / "contacts").iterdir()
    content = before.read_bytes()
    desk.tickets.append(desk.tickets[-1] | {"id": 6, "updated_at": "2026-03-06T08:00:00Z"})
    assert pull_rows(chosen, pulls(chosen)[0]) == 6
    assert before.read_bytes() == content
    assert [row[0] for row in landed(chosen, "contact_id")] == ["1", "2", "3", "4", "5", "6"]


def test_dagster_pulls_before_it_loads(desk, tmp_path):
    from cx_warehouse.screen import Screen
    from orchestration.run import run

    chosen = settings(tmp_path, REST.replace("PORT", str(desk.server_port)))
    run(chosen, "pull", Screen())
    run(chosen, "load", Screen())
    assert len(list((chosen.landing / "crm" / "contacts").iterdir())) == 1
    assert duckdb.sql(f"select count(*) from '{chosen.raw}/crm.contacts.*.parquet'").fetchone() == (5,)
