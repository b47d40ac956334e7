"""A real server on a real warehouse, and Debian's Chromium in front of it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent / "python"), str(HERE)]

import app_worlds  # noqa: E402
from browsing import CHROMIUM, FLAGS, ROOT, VERSION, Server, Visit  # noqa: E402

# Waited for only as long as something is missing; on a busy machine a page takes more than the five seconds of default.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def serve(tmp_path_factory) -> Iterator[Callable[..., Server]]:
    """Starts the app on a warehouse folder, as `cx app` does, and stops it at the end.

    `more` gives variables beside those, by the address of the server.
    """
    running: list[subprocess.Popen] = []

    def start(warehouse: Path, more: Callable[[str], dict] = lambda url: {}) -> Server:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folder = tmp_path_factory.mktemp("server")
        environment = {**os.environ, "CX_WAREHOUSE": str(warehouse), "CX_APP_PORT": str(port)}
        environment |= more(f"http://127.0.0.1:{port}")
        log = folder / "log"
        with log.open("w") as out:
            arguments = [sys.executable, str(ROOT / "app" / "serve.py")]
            running.append(
                subprocess.Popen(arguments, env=environment, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
            )
        server = Server(f"http://127.0.0.1:{port}", warehouse, log)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if running[-1].poll() is not None:
                pytest.fail(f"The server ended: {log.read_text()}")
            try:
                server.get("/_stcore/health")
                return server
            except OSError:
                time.sleep(0.2)
        pytest.fail(f"The server did not answer within 120 s: {log.read_text()}")

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def world(tmp_path_factory, serve) -> Callable[[str], Server]:
    """A server on a world of app_worlds, one for the session; `nothing` is a folder without a publication."""
    servers: dict[str, Server] = {}

    def start(name: str) -> Server:
        if name not in servers:
            warehouse = tmp_path_factory.mktemp(name)
            if name != "nothing":
                app_worlds.publish(warehouse, VERSION, app_worlds.WORLDS[name])
            servers[name] = serve(warehouse)
        return servers[name]

    return start


@pytest.fixture
def own_world(tmp_path, serve) -> Server:
    """A server on a warehouse of this test alone, for tests that publish."""
    app_worlds.publish(tmp_path / "warehouse", VERSION, app_worlds.demo)
    return serve(tmp_path / "warehouse")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM and os.environ.get("CI"):
        pytest.fail("There is no Chromium, and CI tests the pages: run scripts/chromium, or name one in CX_CHROMIUM.")
    if not CHROMIUM:
        pytest.skip("There is no Chromium here: `apt-get install chromium fonts-inter`, or name one in CX_CHROMIUM.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser) -> Iterator[Callable[..., Visit]]:
    """Opens a browser session; at the test's end nothing may have gone wrong in any."""
    visits: list[Visit] = []

    def start(server: Server, **options) -> Visit:
        visits.append(Visit(browser, server, **options))
        return visits[-1]

    yield start
    faults = [fault for each in visits for fault in each.faults]
    for each in visits:
        each.context.close()
    assert faults == []
