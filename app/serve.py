"""Starts the server on what is published: `python app/serve.py`, settings from CX_ variables (see `cx --help`)."""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

# Run as a script, this folder is on the path and not the one above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.sign_in import LOOPBACK, is_on
from cx_warehouse.settings import Settings


def command(settings: Settings) -> list[str]:
    """The command that serves the pages.

    Args:
        settings: app_host and app_port are taken from it.

    Returns:
        Arguments for `subprocess`; run it with `environment(settings)`.

    Raises:
        CxError: others could reach the pages, and nobody would have to sign in.
    """
    has_sign_in = is_on(settings)
    arguments = [
        # -P: a file in the folder where the server is started must not stand in for a library of the same name.
        *(sys.executable, "-P", "-m", "streamlit", "run", str(Path(__file__).with_name("asgi.py"))),
        *("--server.address", settings.app_host, "--server.port", str(settings.app_port)),
        # Beside the configuration file, since an environment variable would win over the file.
        *("--browser.gatherUsageStats", "false", "--client.toolbarMode", "viewer"),
        *("--client.showErrorDetails", "none", "--server.headless", "true", "--server.enableAgentApi", "false"),
    ]
    if settings.app_host in LOOPBACK:
        # A page of another host that names itself like this one gets no WebSocket (DNS rebinding).
        behind = [urlsplit(settings.oidc_redirect_uri).hostname] if has_sign_in else []
        for host in dict.fromkeys([*LOOPBACK, *behind]):
            arguments += ["--server.allowedHosts", host]
    return arguments


def environment(settings: Settings) -> dict[str, str]:
    """The variables that `command` needs.

    Args:
        settings: the warehouse folder, memory and threads are taken from it.

    Returns:
        This process's variables with those of the settings over them.
    """
    return {
        **os.environ,
        "CX_WAREHOUSE": str(settings.warehouse.resolve()),
        "CX_APP_HOST": settings.app_host,
        "CX_MEMORY_LIMIT": settings.memory_limit,
        "CX_THREADS": str(settings.threads),
    }


if __name__ == "__main__":
    chosen = Settings()
    arguments = command(chosen)
    os.execve(arguments[0], arguments, environment(chosen))
