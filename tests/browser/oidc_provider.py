"""An identity provider on this machine in OpenID Connect: discovery, keys, authorization code with PKCE, token.

It asks for no password: its page has a link for each person it knows.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

PEOPLE = {"lea": ["leader"], "ana": ["analyst"], "guest": []}


class Provider:
    """Runs until `close`; `refused` lists what was wrong with requests for a token."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self.client_id, self.client_secret = client_id, client_secret
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
        self.codes: dict[str, dict] = {}
        self.refused: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                asked = {name: values[0] for name, values in parse_qs(address.query).items()}
                if address.path == "/.well-known/openid-configuration":
                    self._json(provider.metadata())
                elif address.path == "/keys":
                    self._json({"keys": [provider.key.as_dict(private=False)]})
                elif address.path == "/authorize" and "person" in asked:
                    self.send_response(302)
                    self.send_header("location", provider.granted(asked))
                    self.end_headers()
                elif address.path == "/authorize":
                    links = "".join(f'<a href="?{urlencode(asked | {"person": each})}">{each}</a> ' for each in PEOPLE)
                    self._answer(f"<h1>Who are you?</h1>{links}".encode(), "text/html")
                elif address.path == "/favicon.ico":
                    self._answer(b"", "image/x-icon", 204)
                else:
                    self.send_error(404)

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["content-length"])).decode()
                asked = {name: values[0] for name, values in parse_qs(text).items()}
                try:
                    self._json(provider.tokens(asked, self.headers.get("authorization", "")))
                except (KeyError, ValueError) as error:
                    provider.refused.append(repr(error))
                    self._json({"error": "invalid_grant"}, 400)

            def _json(self, content: dict, status: int = 200) -> None:
                self._answer(json.dumps(content).encode(), "application/json", status)

            def _answer(self, content: bytes, kind: str, status: int = 200) -> None:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments) -> None:
                """Nothing to the screen."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def metadata(self) -> dict:
        """OpenID Connect Discovery 1.0, section 3."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def granted(self, asked: dict) -> str:
        """Where the browser goes with a code for the person it chose."""
        if asked["client_id"] != self.client_id or asked["response_type"] != "code":
            raise ValueError("another client, or another flow")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def tokens(self, asked: dict, authorization: str) -> dict:
        """A signed identity for a code, once, to the client that asked for it (RFC 6749, 4.1.3; RFC 7636, 4.6)."""
        basic = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        given = basic or f"{asked.get('client_id')}:{asked.get('client_secret')}"
        if given != f"{self.client_id}:{self.client_secret}":
            raise ValueError("another client")
        granted = self.codes.pop(asked["code"])
        challenge = base64.urlsafe_b64encode(hashlib.sha256(asked["code_verifier"].encode()).digest()).decode()
        if challenge.rstrip("=") != granted["code_challenge"] or asked["redirect_uri"] != granted["redirect_uri"]:
            raise ValueError("not who asked for the code")
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": self.client_id, "sub": granted["person"], "iat": now, "exp": now + 300,
            "nonce": granted["nonce"], "email": f"{granted['person']}@example.com", "roles": PEOPLE[granted["person"]],
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 300, "id_token": token}
