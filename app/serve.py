"""Starts the server on what is published: `python app/serve.py`, settings from CX_ variables (see `cx --help`)."""

import os
import sys
from pathlib import Path

from cx_warehouse.settings import Settings

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def command(settings: Settings) -> list[str]:
    """The command that serves the pages.

    Args:
        settings: app_host and app_port are taken from it.

    Returns:
        Arguments for `subprocess`; run it with `environment(settings)`.
    """
    arguments = [
        *(sys.executable, "-m", "streamlit", "run", str(Path(__file__).with_name("asgi.py"))),
        *("--server.address", settings.app_host, "--server.port", str(settings.app_port)),
        # Beside the configuration file, since an environment variable would win over the file.
        *("--browser.gatherUsageStats", "false", "--client.toolbarMode", "viewer"),
        *("--client.showErrorDetails", "none", "--server.headless", "true", "--server.enableAgentApi", "false"),
    ]
    if settings.app_host in _LOOPBACK:
        # A page of another host that names itself like this one gets no WebSocket (DNS rebinding).
        for host in _LOOPBACK:
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
        "CX_MEMORY_LIMIT": settings.memory_limit,
        "CX_THREADS": str(settings.threads),
    }


if __name__ == "__main__":
    chosen = Settings()
    arguments = command(chosen)
    os.execve(arguments[0], arguments, environment(chosen))
