"""A real server on a real warehouse, and Debian's Chromium in front of it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "python")]

import app_worlds  # noqa: E402

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
VERSION = "20261121T221700000000Z"
SCREENSHOTS = ROOT / "build" / "screenshots"


@dataclass
class Server:
    """A running app: `url` without a slash at its end, and the folder it reads."""

    url: str
    warehouse: Path
    log: Path

    def get(self, path: str) -> tuple[int, dict[str, str], str]:
        """Status, headers by lower-case name, and text of one request."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return (
                    answer.status,
                    {k.lower(): v for k, v in answer.headers.items()},
                    answer.read().decode(errors="replace"),
                )
        except urllib.error.HTTPError as error:
            return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read().decode(errors="replace")


@pytest.fixture(scope="session")
def serve(tmp_path_factory) -> Iterator[Callable[[Path], Server]]:
    """Starts the app on a warehouse folder, as `cx app` does, and stops it at the end."""
    running: list[subprocess.Popen] = []

    def start(warehouse: Path) -> Server:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folder = tmp_path_factory.mktemp("server")
        environment = {**os.environ, "CX_WAREHOUSE": str(warehouse), "CX_APP_PORT": str(port)}
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
    path = os.environ.get("CX_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.fail("Chromium is missing: `apt-get install chromium fonts-inter`, or name one in CX_CHROMIUM.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


class Visit:
    """One tab, with everything that went wrong in it."""

    def __init__(self, browser: Browser, server: Server, width: int = 1440, theme: str = "light") -> None:
        self.server = server
        self.context = browser.new_context(
            viewport={"width": width, "height": 844 if width < 600 else 900},
            color_scheme=theme,
            device_scale_factor=2 if width < 600 else 1,
            accept_downloads=True,
        )
        self.faults: list[str] = []
        self.tab = self.open("about:blank")

    def open(self, address: str):
        """A new tab of the same browser session."""
        tab = self.context.new_page()
        tab.on("console", self._hear)
        tab.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        tab.on("request", self._see)
        tab.goto(address)
        return tab

    def go(self, path: str = "/"):
        """Opens a page in the first tab and waits until it is drawn."""
        self.tab.goto(self.server.url + path)
        self.settle()
        return self.tab

    def settle(self, tab=None) -> None:
        """Waits until the answer stands, nothing runs and every chart has its marks."""
        tab = tab or self.tab
        tab.locator("h1").first.wait_for(timeout=60_000)
        tab.locator('[data-test-script-state="notRunning"]').first.wait_for(state="attached", timeout=60_000)
        last = -1
        for _ in range(100):
            drawn = tab.locator('[data-testid="stVegaLiteChart"] svg path').count()
            if drawn == last:
                return
            last = drawn
            tab.wait_for_timeout(400)

    def _hear(self, message) -> None:
        # Vega says this of the empty first frame that Streamlit gives it.
        if message.type in ("error", "warning") and "Infinite extent" not in message.text:
            self.faults.append(f"console {message.type}: {message.text}")

    def _see(self, request) -> None:
        if not request.url.startswith((self.server.url, "data:", "blob:", "about:")):
            self.faults.append(f"request to another host: {request.url}")


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
