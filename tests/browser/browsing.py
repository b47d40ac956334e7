"""A server's answers and a visitor's session, and all that can go wrong in either."""

import os
import re
import shutil
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import Browser, expect

from app.views import PAGES

ROOT = Path(__file__).resolve().parents[2]

# Read while tests are collected: other tests clear these variables for themselves.
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CX_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
VERSION = "20261121T221700000000Z"
SCREENSHOTS = ROOT / "build" / "screenshots"
LOOKS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


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


class Visit:
    """One tab, with everything that went wrong in it."""

    def __init__(self, browser: Browser, server: Server, width: int = 1440, theme: str = "light", others=()) -> None:
        self.server = server
        self._known = (server.url, *others, "data:", "blob:", "about:")
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
        # Parts of Streamlit's own code are fetched when they are first needed; until then a grey bar holds their place.
        expect(tab.locator('[data-testid="stSkeleton"]')).to_have_count(0, timeout=60_000)
        last = -1
        for _ in range(100):
            drawn = tab.locator('[data-testid="stVegaLiteChart"] svg path').count()
            if drawn == last:
                return
            last = drawn
            tab.wait_for_timeout(400)

    def _hear(self, message) -> None:
        # On a page below the root Streamlit asks for its own address there first, and is told that it is not.
        asks_where = re.search(r"/_stcore/(health|host-config)$", message.location.get("url", ""))
        # Vega says this of the empty first frame that Streamlit gives it.
        if message.type in ("error", "warning") and "Infinite extent" not in message.text and not asks_where:
            self.faults.append(f"console {message.type}: {message.text}")

    def _see(self, request) -> None:
        if not request.url.startswith(self._known):
            self.faults.append(f"request to another host: {request.url}")


def address(page, tab) -> str:
    """Path of a tab: the first page is the root, and has no other.

    Args:
        page: of app.views.PAGES.
        tab: one of its tabs.
    """
    slug = "" if page is PAGES[0] else page.slug
    return f"/{slug}?tab={tab.slug}"


# WCAG 2.0, 2.1 and 2.2 at A and AA, and what axe-core calls best practice.
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def _axe() -> str:
    # The package is wanted for this file alone: axe-core (MPL-2.0) as npm ships it, at a version that the lock pins.
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


# The box in which Streamlit's table scrolls sideways on a phone takes no key in browsers that do not let every such box
# (Chromium does since version 130); an application cannot give it a tabindex.
_STREAMLITS = "node => node.closest('[data-testid=stTable]')"


def violations(tab) -> list[str]:
    """What axe-core finds wrong with the page in a tab: rule, element and what is missing, one line an element.

    Args:
        tab: a page of Playwright, drawn to its end.
    """
    # Evaluated by the debugger, which the page's policy does not bind.
    tab.evaluate(_axe())
    found = tab.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", AXE_RULES)
    return [
        f"{rule['id']} {node['target']} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
        if rule["id"] != "scrollable-region-focusable" or not tab.locator(node["target"][0]).evaluate(_STREAMLITS)
    ]


def picture(visit: Visit, path: Path) -> None:
    """The whole page as it stands in the first tab, however long it is.

    Args:
        visit: whose first tab shows the page.
        path: of the PNG; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    size = visit.tab.viewport_size
    height = visit.tab.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    visit.tab.set_viewport_size({"width": size["width"], "height": height + 8})
    visit.settle()
    visit.tab.screenshot(path=path)
    visit.tab.set_viewport_size(size)
