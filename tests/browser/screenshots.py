"""A picture of every page and tab, light and dark, on a desk and on a phone: `make screenshots`, then look at them.

Of what is published (`--warehouse`), not of a made-up world: what a person judges is the real thing. Ends with 1 where
a browser finds fault with a page: an error in its console, a request to another host, a page wider than the screen, a
rule of accessibility that it breaks.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]

from browsing import CHROMIUM, FLAGS, LOOKS, ROOT, SCREENSHOTS, Server, Visit, address, picture, violations  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from app.views import PAGES  # noqa: E402


def main() -> int:
    """Draws what the arguments name.

    Returns:
        0, or 1 where something went wrong in a page.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warehouse", type=Path, default=Path("warehouse"))
    parser.add_argument("--out", type=Path, default=SCREENSHOTS)
    parser.add_argument("--url", help="of an app that runs already, instead of one on --warehouse")
    parser.add_argument("--only", nargs="*", help="page, or page/tab")
    parser.add_argument("--looks", nargs="*", default=[f"{width}-{theme}" for width, theme in LOOKS])
    asked = parser.parse_args()
    if not CHROMIUM:
        print("There is no Chromium here: run scripts/chromium, or name one in CX_CHROMIUM.", file=sys.stderr)
        return 2
    log = Path(tempfile.mkdtemp()) / "log"
    process = None if asked.url else _serve(asked.warehouse, log)
    try:
        url = asked.url or f"http://127.0.0.1:{process[1]}"
        faults = _draw(Server(url, asked.warehouse, log), asked.out, asked.looks, asked.only)
    finally:
        if process:
            process[0].terminate()
            process[0].wait(timeout=30)
    print("\n".join(faults) or f"Nothing went wrong. Look at {asked.out}.")
    return 1 if faults else 0


def _serve(warehouse: Path, log: Path) -> tuple[subprocess.Popen, int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "CX_WAREHOUSE": str(warehouse.resolve()), "CX_APP_PORT": str(port)}
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app" / "serve.py")], env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    for _ in range(300):
        try:
            Server(f"http://127.0.0.1:{port}", warehouse, log).get("/_stcore/health")
            return process, port
        except OSError:
            time.sleep(0.2)
    process.kill()
    raise SystemExit(f"The app did not start within 60 s:\n{log.read_text()}")


def _draw(server: Server, out: Path, looks: list[str], only: list[str] | None) -> list[str]:
    found = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for width, theme in LOOKS:
            if f"{width}-{theme}" not in looks:
                continue
            visit = Visit(chromium, server, width=width, theme=theme)
            for page in PAGES:
                for tab in page.tabs:
                    name = f"{page.slug}/{tab.slug}"
                    if only and not {page.slug, name} & set(only):
                        continue
                    shown = visit.go(address(page, tab))
                    wide = shown.evaluate("document.documentElement.scrollWidth")
                    if wide > width:
                        visit.faults.append(f"is {wide} px wide")
                    if shown.locator('[data-testid="stException"], [data-testid="stAlert"]').count():
                        visit.faults.append("shows an error")
                    picture(visit, out / f"{page.slug}-{tab.slug}-{width}-{theme}.png")
                    visit.faults += violations(shown)
                    found += [f"{name} {width} {theme}: {fault}" for fault in visit.faults]
                    visit.faults.clear()
            visit.context.close()
        chromium.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
