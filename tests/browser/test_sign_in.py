"""The whole way of signing in, in a browser, at a provider on this machine."""

import re
import urllib.request
from collections.abc import Iterator

import app_worlds
import pytest
from browsing import VERSION, Server
from oidc_provider import Provider
from playwright.sync_api import expect

from app import messages

CLIENT, SECRET = "cx", "secret of the client"
DEEP = "/promises?period=all&tab=causes"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    running = Provider(CLIENT, SECRET)
    yield running
    running.close()


@pytest.fixture(scope="module")
def gated(provider, serve, tmp_path_factory) -> Server:
    """The demo behind sign-in at the provider, with a board pack."""
    warehouse = tmp_path_factory.mktemp("gated")
    app_worlds.publish(warehouse, VERSION, app_worlds.demo)
    pack = warehouse / "versions" / f"{VERSION}.pack"
    pack.mkdir()
    (pack / "board-pack.html").write_text("<h1>Brief</h1>")
    (pack / "board-pack.pdf").write_bytes(b"%PDF-1.7")
    return serve(
        warehouse,
        lambda url: {
            "CX_OIDC_METADATA_URL": f"{provider.url}/.well-known/openid-configuration",
            "CX_OIDC_CLIENT_ID": CLIENT,
            "CX_OIDC_CLIENT_SECRET": SECRET,
            "CX_OIDC_REDIRECT_URI": f"{url}/oauth2callback",
            "CX_OIDC_COOKIE_SECRET": "a secret of more than thirty-two characters",
        },
    )


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


def signed_in(visit, server: Server, provider: Provider, person: str, path: str = "/"):
    session = visit(server, others=(provider.url,))
    session.tab.goto(server.url + path)
    expect(session.tab).to_have_url(re.compile(re.escape(provider.url)))
    session.tab.get_by_role("link", name=person).click()
    return session


@pytest.mark.parametrize("path", ["/", DEEP, "/brief", "/board-pack.pdf", "/board-pack.pptx", "/_stcore/host-config"])
def test_nothing_is_served_without_sign_in(gated, path):
    opener = urllib.request.build_opener(NoRedirect)
    with pytest.raises(urllib.error.HTTPError) as raised:
        opener.open(gated.url + path, timeout=10)
    assert raised.value.code == 302
    assert raised.value.headers["location"].startswith("/auth/login?provider=")
    assert gated.get("/healthz")[0] == 200


def test_a_callback_that_nobody_asked_for_signs_nobody_in(gated, visit, provider):
    session = visit(gated, others=(provider.url,))
    session.tab.goto(f"{gated.url}/oauth2callback?code=guessed&state=guessed")
    session.tab.goto(gated.url)
    expect(session.tab).to_have_url(re.compile(re.escape(provider.url)))


def test_a_leader_comes_to_the_page_that_was_asked_for_and_may_propose(gated, visit, provider):
    session = signed_in(visit, gated, provider, "lea", DEEP)
    session.settle()
    expect(session.tab).to_have_url(gated.url + DEEP)
    assert provider.refused == []
    session.go("/roi?tab=propose")
    expect(session.tab.get_by_role("button", name=messages.PROPOSE_SEND)).to_be_visible()
    for path, begins in (("/brief", b"<h1>Brief"), ("/board-pack.pdf", b"%PDF")):
        answer = session.context.request.get(gated.url + path)
        assert answer.status == 200 and answer.body().startswith(begins)
    # Signed out, the same browser is nobody again.
    session.tab.goto(f"{gated.url}/auth/logout")
    session.tab.goto(gated.url + DEEP)
    expect(session.tab).to_have_url(re.compile(re.escape(provider.url)))


def test_an_analyst_sees_everything_and_proposes_nothing(gated, visit, provider):
    session = signed_in(visit, gated, provider, "ana", "/roi?tab=propose")
    session.settle()
    expect(session.tab.get_by_text(messages.PROPOSE_MAY_NOT.format(roles="leader"))).to_be_visible()
    expect(session.tab.get_by_role("button", name=messages.PROPOSE_SEND)).to_have_count(0)
    assert session.context.request.get(gated.url + "/brief").status == 200


def test_somebody_without_a_role_is_turned_away(gated, visit, provider):
    session = signed_in(visit, gated, provider, "guest")
    expect(session.tab.get_by_text("without a role")).to_be_visible()
    assert session.context.request.get(gated.url + "/brief").status == 403
    # The browser says so of every answer of 403.
    session.faults[:] = [fault for fault in session.faults if "403" not in fault]
