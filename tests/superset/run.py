"""Apache Superset on the published marts, end to end (`make superset`).

A PostgreSQL of its own gets a sample shop by `cx serve postgres`; Superset, from its package, connects as a reader, and
by its REST API every mart becomes a dataset that bears the project's descriptions, and a chart is made and drawn. Ends
with 1 where a description or a number is not the project's.
"""

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import duckdb
import psycopg

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests" / "python")]

from compiled import world  # noqa: E402
from postgres_server import postgres_server  # noqa: E402

from cx_warehouse.sample import write_sample  # noqa: E402
from cx_warehouse.serve_postgres import papers, serve  # noqa: E402
from cx_warehouse.settings import Settings  # noqa: E402

STARTS_WITHIN_SECONDS = 180
ASKED = "select month_start_date, value from {} where metric_id = 'kept_rate' and value is not null order by 1"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--folder", type=Path, default=PROJECT / "build" / "superset")
    parser.add_argument("--python", type=Path, default=PROJECT / ".venv-superset/bin/python", help="that has Superset")
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:4.0f} s  {what}", flush=True)

    settings = published(folder, chosen.orders)
    with postgres_server() as server:
        counts = serve(settings)
        with psycopg.connect(autocommit=True) as connection:
            connection.execute("create role superset_reader login in role cx_reader")
        tell(f"{len(counts)} marts published to PostgreSQL")
        with superset(folder, chosen.python, tell) as ask:
            name, host = server["PGDATABASE"], os.environ["PGHOST"]
            uri = f"postgresql+psycopg2://superset_reader@/{name}?host={host}"
            made = {"database_name": "cx", "sqlalchemy_uri": uri, "expose_in_sqllab": True}
            database = ask("POST", "database/", made)["id"]
            datasets, lacking = described(ask, database)
            tell(f"{len(datasets)} datasets, {len(lacking)} without the project's descriptions")
            drawn = line_of_kept_rate(ask, datasets["mart_scorecard"])
    with duckdb.connect(settings.current.resolve(), read_only=True) as connection:
        expected = connection.execute(ASKED.format("marts.mart_scorecard")).fetchall()
    points = [(day.isoformat(), value) for day, value in expected if day]
    tell(f"a chart of {len(drawn)} months drawn; the mart has {len(points)}")
    wrong = [*lacking, *(f"mart {table} is no dataset" for table in sorted(counts.keys() - datasets.keys()))]
    if drawn != points or not points:
        wrong.append(f"the chart shows {drawn}, the mart has {points}")
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    print("Superset shows the project's words and numbers." if not wrong else f"{len(wrong)} wrong.")
    return int(bool(wrong))


def published(folder: Path, orders: int) -> Settings:
    """A warehouse whose current version is a sample shop."""
    write_sample(folder / "landing", orders)
    connection = world(folder / "landing", folder / "warehouse")
    (database,) = connection.execute("select path from duckdb_databases() where path is not null").fetchone()
    connection.close()
    settings = Settings(_env_file=None, warehouse=folder / "warehouse")
    settings.current.symlink_to(database)
    return settings


@contextmanager
def superset(folder: Path, python: Path, tell) -> Iterator:
    """A Superset with a fresh database of its own for the length of the block; yields a function that asks its API."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    password = secrets.token_urlsafe(16)
    environment = os.environ | {
        "SUPERSET_CONFIG_PATH": str(Path(__file__).with_name("superset_config.py")),
        "FLASK_APP": "superset.app:create_app()",
        "CX_SUPERSET_HOME": str(folder),
        "CX_SUPERSET_SECRET": secrets.token_urlsafe(42),
        "SUPERSET_HOME": str(folder),
        "SCARF_ANALYTICS": "false",
    }
    program = python.with_name("superset")
    with (folder / "superset.log").open("w") as log:
        said = {"env": environment, "stdout": log, "stderr": subprocess.STDOUT, "cwd": folder}
        for command in (
            ["db", "upgrade"],
            ["fab", "create-admin", "--username", "cx", "--firstname", "c", "--lastname", "x",
             "--email", "cx@example.org", "--password", password],
            ["init"],
        ):  # fmt: skip
            if subprocess.run([program, *command], **said).returncode:
                raise SystemExit(f"superset {command[0]} failed: {folder / 'superset.log'} says why.")
        tell("Superset's own database is ready")
        server = subprocess.Popen([program, "run", "--host", "127.0.0.1", "--port", str(port)], **said)
        try:
            wait_for(f"http://127.0.0.1:{port}/health", server)
            tell("Superset answers")
            yield logged_in(f"http://127.0.0.1:{port}/api/v1/", password)
        finally:
            server.terminate()
            server.wait(30)


def wait_for(address: str, server: subprocess.Popen) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, TimeoutError):
            time.sleep(1)
    raise SystemExit(f"Superset did not answer within {STARTS_WITHIN_SECONDS} s.")


def logged_in(api: str, password: str):
    def ask(method: str, path: str, body: dict | None = None, token: str = "") -> dict:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # Without a body the type of one is a bad request.
        headers |= {"Content-Type": "application/json"} if body else {}
        request = Request(api + path, json.dumps(body).encode() if body else None, headers, method=method)
        try:
            with urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except HTTPError as error:
            raise SystemExit(f"{method} {path}: {error.code} {error.read().decode()[:1000]}") from error

    who = {"username": "cx", "password": password, "provider": "db"}
    token = ask("POST", "security/login", who)["access_token"]
    return lambda method, path, body=None: ask(method, path, body, token)


def described(ask, database: int) -> tuple[dict[str, int], list[str]]:
    """Every table of the schema as a dataset with its comments as descriptions; ids, and what does not agree."""
    tables = ask("GET", f"database/{database}/tables/?q=(schema_name:cx)")["result"]
    documented = papers()
    ids, wrong = {}, []
    for table in sorted(table["value"] for table in tables):
        made = {"database": database, "schema": "cx", "table_name": table}
        ids[table] = ask("POST", "dataset/", made)["id"]
        about = ask("GET", f"database/{database}/table_metadata/?name={quote(table)}&schema=cx")
        ask("PUT", f"dataset/{ids[table]}", {"description": about["comment"]})
        shown = ask("GET", f"dataset/{ids[table]}")["result"]
        columns = {column["column_name"]: column["description"] for column in shown["columns"]}
        if shown["description"] != documented[table].description or not shown["description"]:
            wrong.append(f"{table} is described as {shown['description']!r}")
        wrong += [
            f"{table}.{name} is described as {columns.get(name)!r}"
            for name, text in documented[table].columns.items()
            if columns.get(name) != text
        ]
    return ids, wrong


def line_of_kept_rate(ask, dataset: int) -> list[tuple[str, float]]:
    """A line chart of promises kept by month, saved, and then drawn: what its data endpoint answers."""
    value = {"expressionType": "SIMPLE", "column": {"column_name": "value"}, "aggregate": "MAX", "label": "kept"}
    kept = [
        {"col": "metric_id", "op": "==", "val": "kept_rate"},
        {"col": "month_start_date", "op": "IS NOT NULL"},
        {"col": "value", "op": "IS NOT NULL"},
    ]
    query = {
        "columns": ["month_start_date"], "metrics": [value], "filters": kept, "orderby": [["month_start_date", True]],
        "row_limit": 1000, "granularity": None, "extras": {},
    }  # fmt: skip
    context = {
        "datasource": {"id": dataset, "type": "table"}, "queries": [query],
        "result_format": "json", "result_type": "full", "force": False, "form_data": {},
    }  # fmt: skip
    shape = {"viz_type": "echarts_timeseries_line", "x_axis": "month_start_date", "metrics": [value]}
    chart = ask("POST", "chart/", {
        "slice_name": "Promises kept", "viz_type": shape["viz_type"], "datasource_id": dataset,
        "datasource_type": "table", "params": json.dumps(shape), "query_context": json.dumps(context),
    })  # fmt: skip
    (result,) = ask("GET", f"chart/{chart['id']}/data/")["result"]
    return [(_day(row["month_start_date"]), row["kept"]) for row in result["data"]]


def _day(value: float) -> str:
    """Superset answers instants in milliseconds."""
    return time.strftime("%Y-%m-%d", time.gmtime(value / 1000))


if __name__ == "__main__":
    sys.exit(main())
