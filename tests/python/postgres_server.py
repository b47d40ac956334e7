"""A real PostgreSQL for the length of a block."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def postgres_server() -> Iterator[dict[str, str]]:
    """A PostgreSQL for the length of the block, of which PGHOST and the like tell; also yielded.

    Where PGHOST is set already: a database of its own on that server. The server refuses to run as root, so root starts
    it as `postgres`.
    """
    if os.environ.get("PGHOST"):
        with _database() as environment:
            yield environment
        return
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o777)
        data = f"{home}/data"
        subprocess.run([*user, "initdb", "-D", data, "-U", "cx", "--auth=trust", "--locale=C", "-E", "UTF8"],
                       check=True, stdout=subprocess.DEVNULL)  # fmt: skip
        options = f"-c listen_addresses='' -c fsync=off -k {home}"
        control = [*user, "pg_ctl", "-D", data, "-w", "-l", f"{home}/log", "-o", options]
        subprocess.run([*control, "start"], check=True, stdout=subprocess.DEVNULL)
        environment = {"PGHOST": home, "PGUSER": "cx", "PGDATABASE": "postgres"}
        os.environ.update(environment)
        try:
            yield environment
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL)
            for name in environment:
                del os.environ[name]


@contextmanager
def _database() -> Iterator[dict[str, str]]:
    """A new database on the server that PGHOST names."""
    before = os.environ.get("PGDATABASE")
    name = f"cx_test_{os.getpid()}"
    with psycopg.connect(autocommit=True) as connection:
        connection.execute(f"create database {name} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'")
        os.environ["PGDATABASE"] = name
        try:
            yield {"PGDATABASE": name}
        finally:
            del os.environ["PGDATABASE"]
            if before is not None:
                os.environ["PGDATABASE"] = before
            connection.execute(f"drop database {name} with (force)")
