"""Fixtures that several modules share: the demo, built once, and the real data sets where they are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cx_warehouse.project import PROJECT

# The folders beside the library (orchestration, expectations, app) are imported from the project itself.
sys.path.insert(0, str(PROJECT))

CX = Path(sys.executable).with_name("cx")
DEMO_ORDERS = 6_000


@pytest.fixture(autouse=True, scope="session")
def _environment_of_nobody():
    """Settings of whoever runs the tests must not reach them; the place of the real data is not a setting."""
    for name in [name for name in os.environ if name.startswith("CX_") and name != "CX_REAL_DATA"]:
        del os.environ[name]


@pytest.fixture(scope="session")
def demo_landing(tmp_path_factory) -> Path:
    """A landing folder with the sample shop of 6,000 orders."""
    folder = tmp_path_factory.mktemp("demo") / "landing"
    subprocess.run([CX, "sample", folder, "--orders", str(DEMO_ORDERS)], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def demo_warehouse(demo_landing) -> Path:
    """A warehouse folder in which `cx run` has published the sample shop; for reading only."""
    folder = demo_landing.with_name("warehouse")
    command = [CX, "run", "--landing", demo_landing, "--warehouse", folder]
    done = subprocess.run(command, capture_output=True, text=True, cwd=demo_landing.parent)
    assert done.returncode == 0, f"cx run ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return folder


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data sets: CX_REAL_DATA, else `shared/data` beside the project."""
    folder = Path(os.environ.get("CX_REAL_DATA") or PROJECT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"The real data sets are not on this machine: {folder} does not exist (CX_REAL_DATA says where).")
    return folder
