"""Nobody sees a page without having signed in with a role.

Streamlit does the sign-in (OpenID Connect). The middleware stands before every route, so that a page, its WebSocket, a
download and a route added later are behind it alike; what it leaves open holds no figure. Streamlit sends whoever has
signed in to its first page, so the page that was asked for waits in a cookie.
"""

import json
from urllib.parse import quote, unquote, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.auth_util import encode_provider_token, get_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from app.sign_in import roles_of
from cx_warehouse.settings import Settings

# The sign-in itself, whether the server lives, and Streamlit's own scripts.
NEXT = "cx_next"
NEXT_SECONDS = 600
OPEN = ("/auth/", "/oauth2callback", "/healthz", "/_stcore/health", "/static/", "/favicon.png")


class SignedIn:
    """ASGI middleware: who has not signed in is sent to do so, who has no role is turned away."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        redirect = urlsplit(settings.oidc_redirect_uri)
        self._origin = f"{redirect.scheme}://{redirect.netloc}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(OPEN):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        user = self._user(connection)
        if user is not None and roles_of(self._settings, user) & set(self._settings.oidc_roles):
            wanted = (
                unquote(connection.cookies.get(NEXT, "")) if scope["type"] == "http" and scope["path"] == "/" else ""
            )
            if is_own_page(wanted):
                back = RedirectResponse(wanted, 302, {"cache-control": "no-store"})
                back.delete_cookie(NEXT)
                await back(scope, receive, send)
                return
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif user is not None:
            words = "You have signed in, but without a role for this dashboard. Ask whoever runs it."
            await PlainTextResponse(words, 403)(scope, receive, send)
        else:
            login = f"/auth/login?provider={quote(encode_provider_token('default'))}"
            away = RedirectResponse(login, 302, {"cache-control": "no-store"})
            query = scope.get("query_string", b"").decode("latin-1")
            wanted = scope["path"] + (f"?{query}" if query else "")
            if is_own_page(wanted):
                is_https = self._origin.startswith("https:")
                away.set_cookie(
                    NEXT, quote(wanted), NEXT_SECONDS, path="/", secure=is_https, httponly=True, samesite="lax"
                )
            await away(scope, receive, send)

    def _user(self, connection: HTTPConnection) -> dict | None:
        def one(name: str) -> bytes | None:
            value = connection.cookies.get(name)
            if value is None:
                return None
            secret = self._settings.oidc_cookie_secret.get_secret_value()
            return decode_signed_value(secret, name, value.encode("latin-1"))

        value = get_cookie_with_chunks(one, USER_COOKIE_NAME)
        user = json.loads(value) if value else {}
        # A cookie of another server that shares the secret is none of ours.
        return user if user.get("is_logged_in") is True and user.get("origin") == self._origin else None


def is_own_page(path: str) -> bool:
    """Whether this is a page of the app to come back to: no other host, and nothing that a page loads by itself."""
    return path.startswith("/") and path != "/" and not path.startswith(("//", "/\\", "/_stcore/", "/media/"))
