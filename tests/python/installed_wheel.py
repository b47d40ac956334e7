"""The wheel, built from this checkout and installed in an environment apart from it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from cx_warehouse.project import PROJECT

# Where `make wheel` wants the wheel; then what it depends on is installed too, as pip does for a user.
KEPT = "TEST_WHEEL"


def install(folder: Path) -> None:
    """Build the wheel and install it into `folder`/environment.

    Without `make wheel` the packages that the wheel depends on are those of the environment that runs the tests.
    """
    # Built from a copy: setuptools leaves folders where it builds.
    sources = folder / "sources"
    sources.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True
    )
    assert listed.returncode == 0, listed.stderr
    for name in listed.stdout.splitlines():
        if (PROJECT / name).is_file():
            (sources / name).parent.mkdir(parents=True, exist_ok=True)
            (sources / name).write_bytes((PROJECT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, sources], check=True)
    home = folder / "environment"
    venv.create(home, with_pip=False)
    (wheel,) = folder.glob("*.whl")
    python = home / "bin" / "python"
    if KEPT in os.environ:
        kept = PROJECT / os.environ[KEPT]
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copy(wheel, kept)
        # The versions of the lock: the newest that the ranges allow may be of tomorrow.
        uv = [Path(sys.executable).with_name("uv"), "pip", "install", "--quiet", "--python", python]
        constraint = ["--constraint", PROJECT / "requirements.lock"]
        subprocess.run([*uv, *constraint, wheel], check=True, env=environment(), cwd=folder)
        return
    alone = ["install", "--no-deps", "--no-index", "--ignore-installed", wheel]
    subprocess.run([*pip, "--python", python, *alone], check=True, env=environment(), cwd=folder)
    # Behind the wheel's own folder on the path; `.pth` files of the checkout's environment are not read from here.
    (packages,) = home.glob("lib/python3*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")


def environment() -> dict[str, str]:
    """What a shell of somebody else has: no settings of ours, no way back to the checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("CX_", "PYTHON"))}
