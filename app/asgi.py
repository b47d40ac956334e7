"""What the server runs: the pages, their headers, /healthz and the board pack, in one process."""

import logging
import sys
from pathlib import Path

# Streamlit puts this folder on the path, not the one above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route
from streamlit import net_util

from app import messages
from app.gate import SignedIn
from app.health import healthz
from app.pack import CHECKS, PATHS, board_pack, checks
from app.security import SecurityHeaders
from app.sign_in import is_on, secrets
from app.views import PAGES
from cx_warehouse.settings import Settings

_log = logging.getLogger(__name__)

# Streamlit asks a server on the internet for this machine's address, at start-up on a wildcard address and when a
# WebSocket comes from another origin; this app asks no other host for anything.
net_util.get_external_ip = lambda: None


def on_script_error(error: Exception) -> bool:
    """Our words on the page, the traceback in the server's log only.

    Returns:
        True, so that Streamlit shows nothing of its own.
    """
    _log.error("A page failed.", exc_info=error)
    st.error(messages.PAGE_FAILED, icon=":material/error:")
    return True


def front(request: Request) -> RedirectResponse:
    """The first page by its name: it lives at the root, and Streamlit knows no other address for it.

    Returns:
        The way there, with the filters that were asked for.
    """
    return RedirectResponse(str(request.url.replace(path="/")).removeprefix(str(request.base_url).rstrip("/")))


_settings = Settings()
_gate = [Middleware(SignedIn, settings=_settings)] if is_on(_settings) else []

app = st.App(
    Path(__file__).with_name("main.py"),
    secrets=secrets(_settings),
    routes=[
        Route("/healthz", healthz),
        Route(f"/{PAGES[0].slug}", front),
        Route(CHECKS, checks),
        *(Route(path, board_pack) for path in PATHS),
    ],
    middleware=[Middleware(SecurityHeaders), *_gate],
    on_script_error=on_script_error,
)
