"""Whether somebody has to sign in, and what is wrong with how that is set up."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings

LOOPBACK = ("localhost", "127.0.0.1", "::1")
NEEDED = ("oidc_metadata_url", "oidc_client_id", "oidc_client_secret", "oidc_redirect_uri", "oidc_cookie_secret")
# Shorter ones can be guessed, and whoever guesses it signs himself in.
LEAST_SECRET_CHARACTERS = 32


def is_on(settings: Settings) -> bool:
    """Whether sign-in is set up.

    Raises:
        CxError: set up in part, too weakly, or not set up where the server can be reached from elsewhere.
    """
    missing = [f"CX_{name.upper()}" for name in NEEDED if not getattr(settings, name)]
    if len(missing) == len(NEEDED):
        if settings.app_host in LOOPBACK:
            return False
        raise CxError(
            f"The app would listen on {settings.app_host}, where others reach it, and nobody has to sign in. Set "
            f"{', '.join(missing)}, or listen on 127.0.0.1."
        )
    if missing:
        raise CxError(f"Sign-in is set up in part. Set {', '.join(missing)} too.")
    if len(settings.oidc_cookie_secret.get_secret_value()) < LEAST_SECRET_CHARACTERS:
        raise CxError(f"CX_OIDC_COOKIE_SECRET is shorter than {LEAST_SECRET_CHARACTERS} characters.")
    redirect = urlsplit(settings.oidc_redirect_uri)
    if redirect.scheme != "https" and redirect.hostname not in LOOPBACK:
        raise CxError("CX_OIDC_REDIRECT_URI must begin with https://, or the session could be read on its way.")
    return True


def secrets(settings: Settings) -> dict:
    """What Streamlit needs for its sign-in, from the environment and in no file; empty when sign-in is off."""
    if not is_on(settings):
        return {}
    return {
        "auth": {
            "redirect_uri": settings.oidc_redirect_uri,
            "cookie_secret": settings.oidc_cookie_secret.get_secret_value(),
            "client_id": settings.oidc_client_id,
            "client_secret": settings.oidc_client_secret.get_secret_value(),
            "server_metadata_url": settings.oidc_metadata_url,
        }
    }


def roles_of(settings: Settings, user: Mapping) -> set[str]:
    """Roles in the claims of somebody who has signed in; a text is a list of them between blanks."""
    held = user.get(settings.oidc_role_claim, [])
    held = held.split() if isinstance(held, str) else held
    return {role for role in held if isinstance(role, str)} if isinstance(held, list) else set()


def may_propose(settings: Settings, user: Mapping) -> bool:
    """Whether somebody may propose assumptions and goals: whoever sits at this machine, else those with the role."""
    return not is_on(settings) or bool(roles_of(settings, user) & set(settings.oidc_proposing_roles))
