"""A real PostgreSQL for the length of a block."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres_server() -> Iterator[dict[str, str]]:
    """A PostgreSQL for the length of the block; the one that PGHOST names where it is set.

    The server refuses to run as root, so root starts it as `postgres`.
    """
    if os.environ.get("PGHOST"):
        yield {}
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
