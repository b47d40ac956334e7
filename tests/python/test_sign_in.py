"""Sign-in: refused in part or in the open, and nothing that holds a figure is served without it."""

import asyncio
import json

import pytest
from stand_ins import settings_in
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from app.gate import SignedIn, is_own_page
from app.serve import command
from app.sign_in import NEEDED, is_on, may_propose, secrets
from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings

COOKIE_SECRET = "a secret of more than thirty-two characters"
VALUES = {
    "oidc_metadata_url": "https://id.example.com/.well-known/openid-configuration",
    "oidc_client_id": "cx",
    "oidc_client_secret": "the client's secret",
    "oidc_redirect_uri": "https://cx.example.com/oauth2callback",
    "oidc_cookie_secret": COOKIE_SECRET,
}


def test_off_on_this_machine_and_refused_elsewhere(tmp_path):
    assert is_on(settings_in(tmp_path)) is False
    assert secrets(settings_in(tmp_path)) == {}
    for host in ("0.0.0.0", "::", "192.168.1.5", "cx.example.com"):
        with pytest.raises(CxError, match="nobody has to sign in"):
            command(settings_in(tmp_path, app_host=host))
    command(settings_in(tmp_path, app_host="0.0.0.0", **VALUES))


@pytest.mark.parametrize("name", NEEDED)
def test_set_up_in_part_is_refused_even_on_this_machine(name, tmp_path):
    with pytest.raises(CxError, match=f"CX_{name.upper()}"):
        is_on(settings_in(tmp_path, **{key: value for key, value in VALUES.items() if key != name}))


def test_a_weak_secret_and_an_open_line_are_refused(tmp_path):
    with pytest.raises(CxError, match="shorter than 32"):
        is_on(settings_in(tmp_path, **(VALUES | {"oidc_cookie_secret": "short"})))
    with pytest.raises(CxError, match="https"):
        is_on(settings_in(tmp_path, **(VALUES | {"oidc_redirect_uri": "http://cx.example.com/oauth2callback"})))


def test_no_secret_is_on_the_command_line_or_in_print(tmp_path):
    settings = settings_in(tmp_path, app_host="0.0.0.0", **VALUES)
    shown = " ".join(command(settings)) + repr(settings) + str(settings.model_dump())
    assert COOKIE_SECRET not in shown and "the client's secret" not in shown


@pytest.fixture
def ask(tmp_path):
    """Asks a server behind the gate; returns (status or None where a WebSocket is closed, location or body)."""
    settings: Settings = settings_in(tmp_path, **VALUES)
    secrets_singleton.merge_programmatic_secrets(secrets(settings))

    async def inner(scope, _receive, send):
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"figures"})

    gate = SignedIn(inner, settings)

    def answer(path: str, user: dict | None = None, kind: str = "http", secret: str = COOKIE_SECRET) -> tuple:
        headers = []
        if user is not None:
            value = create_signed_value(secret, USER_COOKIE_NAME, json.dumps(user)).decode()
            headers = [(b"cookie", f"{USER_COOKIE_NAME}={value}".encode())]
        scope = {"type": kind, "path": path, "headers": headers, "query_string": b"", "method": "GET"}
        sent = []

        async def send(message):
            sent.append(message)

        asyncio.run(gate(scope, None, send))
        first = sent[0]
        return first["type"], first.get("status"), dict(first.get("headers", [])).get(b"location", b"").decode()

    yield answer
    secrets_singleton._reset()


USER = {"is_logged_in": True, "origin": "https://cx.example.com", "email": "ceo@example.com", "roles": ["leader"]}
PATHS = (
    "/",
    "/promises",
    "/brief",
    "/checks",
    "/board-pack.pdf",
    "/board-pack.pptx",
    "/media/abc.csv",
    "/_stcore/upload_file/x",
    "/_stcore/host-config",
)


@pytest.mark.parametrize("path", PATHS)
def test_without_sign_in_every_route_leads_to_it(ask, path):
    kind, status, location = ask(path)
    assert (kind, status) == ("http.response.start", 302)
    assert location.startswith("/auth/login?provider=")
    assert ask(path, USER)[1] == 200


def test_a_web_socket_is_closed_without_sign_in(ask):
    assert ask("/_stcore/stream", kind="websocket")[0] == "websocket.close"
    assert ask("/_stcore/stream", USER, kind="websocket")[0] == "websocket.accept"


@pytest.mark.parametrize(
    "path", ["/healthz", "/_stcore/health", "/auth/login", "/oauth2callback", "/static/js/index.js"]
)
def test_what_holds_no_figure_stays_open(ask, path):
    assert ask(path)[1] == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"roles": ["analyst", "other"]}, 200),
        ({"roles": "leader"}, 200),
        ({"roles": []}, 403),
        ({"roles": "leaders"}, 403),
        ({"roles": {"leader": True}}, 403),
        ({"is_logged_in": False}, 302),
        ({"is_logged_in": "yes"}, 302),
        ({"origin": "https://other.example.com"}, 302),
    ],
)
def test_who_is_let_in(ask, change, status):
    assert ask("/", USER | change)[1] == status


@pytest.mark.parametrize(
    ("path", "is_own"),
    [
        ("/promises?tab=causes", True),
        ("/brief", True),
        ("/", False),
        ("", False),
        ("//evil.example.com", False),
        ("/\\evil.example.com", False),
        ("https://evil.example.com", False),
        ("/_stcore/stream", False),
    ],
)
def test_where_sign_in_may_lead_back_to(path, is_own):
    assert is_own_page(path) is is_own


def test_who_may_propose(tmp_path):
    assert may_propose(settings_in(tmp_path), {})
    behind = settings_in(tmp_path, **VALUES)
    assert may_propose(behind, USER)
    assert not may_propose(behind, USER | {"roles": ["analyst"]})
    assert not may_propose(behind, {})


def test_the_client_that_asks_the_provider_is_there():
    from authlib.integrations.starlette_client import OAuth

    assert OAuth


def test_a_session_signed_by_somebody_else_is_none(ask):
    assert ask("/", USER, secret="another secret of more than thirty-two characters")[1] == 302
