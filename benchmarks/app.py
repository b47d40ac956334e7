"""What the pages cost: CPU a rerun, a filter change, the static brief, a repeat visit, and twenty people at once.

    .venv/bin/python benchmarks/app.py --warehouse warehouse

Every figure is of a server of its own, spoken to as a browser does; its CPU is read from /proc, so that it holds on a
busy machine too, which wall times do not (the load average stands beside them). A plain Streamlit page that asks the
facts directly (plain_page.py) is measured in the same way.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import duckdb  # noqa: E402
import websockets  # noqa: E402
from streamlit.proto.BackMsg_pb2 import BackMsg  # noqa: E402
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg  # noqa: E402
from streamlit.util import calc_hash  # noqa: E402

from app.views import PAGES  # noqa: E402

RESULTS = Path(__file__).with_name("results")
PLAIN = Path(__file__).with_name("plain_page.py")
# Reruns of a page before it counts as warm, and reruns that are counted.
WARM, RERUNS = 3, 15
SESSIONS, SECONDS, THINK_SECONDS = 20, 40, 2.0
TICKS = os.sysconf("SC_CLK_TCK")


class Served:
    """A server under measurement."""

    def __init__(self, port: int, process: subprocess.Popen) -> None:
        self.url, self.process = f"http://127.0.0.1:{port}", process

    def cpu_seconds(self) -> float:
        """CPU that the server has used so far."""
        used = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(used[11]) + int(used[12])) / TICKS

    def memory_mb(self) -> float:
        """Memory that it holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


class Session:
    """One visitor, over the WebSocket that a browser would open."""

    def __init__(self, served: Served) -> None:
        self.address = served.url.replace("http", "ws") + "/_stcore/stream"

    async def __aenter__(self) -> "Session":
        self.socket = await websockets.connect(self.address, subprotocols=["streamlit"], max_size=None)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def rerun(self, slug: str, query: str = "") -> float:
        """Asks for a page and waits until its script has ended.

        Returns:
            Wall seconds.

        Raises:
            RuntimeError: the script failed.
        """
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_script_hash = calc_hash(slug) if slug else ""
        began = time.monotonic()
        await self.socket.send(message.SerializeToString())
        while True:
            told = ForwardMsg.FromString(await asyncio.wait_for(self.socket.recv(), 120))
            element = told.delta.new_element.WhichOneof("type") if told.WhichOneof("type") == "delta" else None
            if element in ("exception", "alert"):
                raise RuntimeError(f"/{slug}?{query} shows an error.")
            # The script of the page, not that of a part of it which looks for a new version.
            if (
                told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
                and told.WhichOneof("type") == "script_finished"
            ):
                return time.monotonic() - began


@contextmanager
def served(warehouse: Path, script: Path, folder: Path) -> Iterator[Served]:
    """A server on a warehouse: app/serve.py, or a Streamlit script."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "CX_WAREHOUSE": str(warehouse.resolve()), "CX_APP_PORT": str(port)}
    command = [sys.executable, str(script)]
    if script == PLAIN:
        options = ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
        command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield Served(port, process)
    finally:
        process.terminate()
        process.wait(timeout=30)


async def reruns(server: Served, slug: str, queries: list[str]) -> dict[str, float]:
    """CPU and wall milliseconds of a rerun of a page, warm; the queries take turns."""
    async with Session(server) as session:
        for turn in range(max(WARM, len(queries))):
            await session.rerun(slug, queries[turn % len(queries)])
        began, walls = server.cpu_seconds(), []
        for turn in range(RERUNS):
            walls.append(await session.rerun(slug, queries[turn % len(queries)]))
        used = server.cpu_seconds() - began
    return {"cpu_ms": round(used / RERUNS * 1000, 1), "wall_median_ms": round(statistics.median(walls) * 1000, 1)}


async def crowd(server: Served, places: list[tuple[str, str]]) -> dict[str, float]:
    """Twenty people who each open a page, think, and open another, for some time."""
    chance = random.Random(7)
    walls: list[float] = []
    errors = 0

    async def person() -> None:
        nonlocal errors
        async with Session(server) as session:
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                try:
                    walls.append(await session.rerun(*chance.choice(places)))
                except (RuntimeError, TimeoutError):
                    errors += 1
                await asyncio.sleep(chance.uniform(0, 2 * THINK_SECONDS))

    async with Session(server) as first:
        await first.rerun(*places[0])
        alone, began, at = server.memory_mb(), server.cpu_seconds(), time.monotonic()
        await asyncio.gather(*(person() for _ in range(SESSIONS)))
        used, lasted = server.cpu_seconds() - began, time.monotonic() - at
    walls.sort()
    return {
        "sessions": SESSIONS,
        "reruns": len(walls),
        "errors": errors,
        "reruns_per_second": round(len(walls) / lasted, 2),
        "cpu_ms_a_rerun": round(used / len(walls) * 1000, 1),
        "wall_median_ms": round(walls[len(walls) // 2] * 1000),
        "wall_p95_ms": round(walls[int(len(walls) * 0.95)] * 1000),
        "memory_mb": round(server.memory_mb()),
        "memory_mb_a_session": round((server.memory_mb() - alone) / SESSIONS, 2),
    }


def brief(server: Served) -> dict[str, float]:
    """The board pack as a page: 20 requests one after the other."""
    walls, size = [], 0
    began = server.cpu_seconds()
    for _ in range(20):
        at = time.monotonic()
        with urllib.request.urlopen(f"{server.url}/brief", timeout=60) as answer:
            size = len(answer.read())
        walls.append(time.monotonic() - at)
    return {
        "wall_median_ms": round(statistics.median(walls) * 1000, 1),
        "cpu_ms": round((server.cpu_seconds() - began) / 20 * 1000, 1),
        "kilobytes": round(size / 1024),
    }


def visits(server: Served) -> dict[str, float] | None:
    """First content in a browser: an empty cache, and then the median of five repeat visits; None without Chromium."""
    sys.path[:0] = [str(ROOT / "tests" / "browser")]
    from browsing import CHROMIUM, FLAGS
    from playwright.sync_api import sync_playwright

    if not CHROMIUM:
        return None
    walls = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        for _ in range(6):
            tab = context.new_page()
            at = time.monotonic()
            tab.goto(server.url, wait_until="commit")
            tab.locator("h1").first.wait_for(timeout=120_000)
            walls.append(time.monotonic() - at)
            tab.close()
        chromium.close()
    return {"first_visit_s": round(walls[0], 2), "repeat_visit_s": round(statistics.median(walls[1:]), 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--warehouse", type=Path, default=Path("warehouse"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--no-browser", action="store_true")
    asked = parser.parse_args()
    with duckdb.connect(str((asked.warehouse / "current.duckdb").resolve()), read_only=True) as connection:
        (orders,) = connection.execute("select count(*) from marts.fct_orders").fetchone()
    found: dict = {"orders": orders, "python": platform.python_version(), "cpus": os.cpu_count()}
    found["load_before"] = os.getloadavg()
    places = [("" if page is PAGES[0] else page.slug, f"tab={tab.slug}") for page in PAGES for tab in page.tabs]
    with tempfile.TemporaryDirectory() as name, served(asked.warehouse, ROOT / "app" / "serve.py", Path(name)) as app:
        found["tabs"] = {
            f"{slug or PAGES[0].slug}/{query[4:]}": asyncio.run(reruns(app, slug, [query])) for slug, query in places
        }
        found["filter_change"] = asyncio.run(reruns(app, "promises", ["period=all", ""]))
        found["brief"] = brief(app)
        found["visit"] = None if asked.no_browser else visits(app)
    with tempfile.TemporaryDirectory() as name, served(asked.warehouse, ROOT / "app" / "serve.py", Path(name)) as app:
        found["crowd"] = asyncio.run(crowd(app, places))
    with tempfile.TemporaryDirectory() as name, served(asked.warehouse, PLAIN, Path(name)) as plain:
        found["plain_page"] = asyncio.run(reruns(plain, "", [""]))
        found["plain_filter_change"] = asyncio.run(reruns(plain, "", ["period=all", ""]))
        found["plain_crowd"] = asyncio.run(crowd(plain, [("", ""), ("", "period=all")]))
    found["load_after"] = os.getloadavg()
    found["most_cpu_ms"] = max(each["cpu_ms"] for each in found["tabs"].values())
    text = json.dumps(found, indent=2)
    out = asked.out or RESULTS / f"app_{orders}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
