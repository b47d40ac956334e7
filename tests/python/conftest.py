"""Fixtures that several modules share: the demo, built once, the real data sets where they are, a server for alerts."""

import fcntl
import gc
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from installed_wheel import install

from cx_warehouse.cli import MANY_OBJECTS
from cx_warehouse.project import PROJECT

# The folders beside the library (orchestration, expectations, app) are imported from the project itself.
sys.path.insert(0, str(PROJECT))

# As in a run: of dbt's objects, which stay.
gc.set_threshold(MANY_OBJECTS)

CX = Path(sys.executable).with_name("cx")
DEMO_ORDERS = 6_000


@pytest.fixture(autouse=True, scope="session")
def _environment_of_nobody():
    """Settings of whoever runs the tests must not reach them; the place of the real data is not a setting."""
    for name in [name for name in os.environ if name.startswith("CX_") and name != "CX_REAL_DATA"]:
        del os.environ[name]
    # Drawn for the demo only: three seconds that no other test looks at.
    os.environ["CX_BOARD_PACK"] = "false"


@pytest.fixture(scope="session")
def demo_landing(tmp_path_factory) -> Path:
    """A landing folder with the sample shop of 6,000 orders."""

    def write(folder: Path) -> None:
        subprocess.run(
            [CX, "sample", folder / "landing", "--orders", str(DEMO_ORDERS)], check=True, capture_output=True
        )

    return made_once(tmp_path_factory, "demo_landing", write) / "landing"


@pytest.fixture(scope="session")
def demo_warehouse(demo_landing, tmp_path_factory) -> Path:
    """A warehouse folder in which `cx run` has published the sample shop; for reading only."""

    def publish(folder: Path) -> None:
        command = [CX, "run", "--landing", demo_landing, "--warehouse", folder / "warehouse"]
        environment = os.environ | {"CX_BOARD_PACK": "true"}
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
        assert done.returncode == 0, f"cx run ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"

    return made_once(tmp_path_factory, "demo_warehouse", publish) / "warehouse"


@pytest.fixture(scope="session")
def installed(tmp_path_factory) -> Path:
    """The `cx` of an environment that has the wheel, and of the checkout nothing of ours."""
    return made_once(tmp_path_factory, "wheel", install) / "environment" / "bin" / "cx"


def made_once(tmp_path_factory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first worker of a session (pytest-xdist) to ask for it fills, while the others wait.

    Args:
        name: of the folder; the same for all workers.
        make: fills the folder that it is given.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # each worker has a folder of its own in the session's
    folder, done = root / name, root / f"{name}.done"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data sets: CX_REAL_DATA, else `shared/data` beside the project."""
    folder = Path(os.environ.get("CX_REAL_DATA") or PROJECT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"The real data sets are not on this machine: {folder} does not exist (CX_REAL_DATA says where).")
    return folder


class serving:
    """Runs a server in a thread; gives its port."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self.server.server_address[1]

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def webhook():
    """A server that keeps what is posted to it: (path, body)."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    with serving(HTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}/secret-of-the-address", received
