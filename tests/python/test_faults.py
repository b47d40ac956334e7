"""Light versions of `make faults`, so that what it does cannot rot; its counts are in docs/reliability.md."""

import hashlib
import json
import os
import shutil
import subprocess
import sys

import pytest

from cx_warehouse.project import PROJECT

# Faults fork, which a process that has opened DuckDB must not: each set is made in a process of its own.
CODE = """
import json, sys
from dataclasses import asdict
from tests.faults import run
results = [eval(f"run.{call}") for call in sys.argv[1:]]
print(json.dumps([asdict(each) | {"is_good": each.is_good} for each in results]))
"""


def made(*calls: str) -> list[dict]:
    done = subprocess.run([sys.executable, "-c", CODE, *calls], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_kills_and_full_disks_do_no_harm():
    killed, full = made("killed_at_random_moments(2, 1)", "disk_full(3)")
    assert (killed["count"], killed["harms"]) == (2, 0)
    assert (full["count"], full["harms"]) == (3, 0)


def test_the_same_rows_in_other_files_are_the_same_rows():
    (each,) = made("replays(2, 1)")
    assert (each["count"], each["harms"]) == (2, 0)


def test_readers_see_one_version_and_the_control_does_harm():
    careful, control = made("publications_under_readers(10, 5)", "control(10, 5)")
    assert (careful["count"], careful["harms"], careful["is_good"]) == (10, 0, True)
    assert control["is_control"] and control["harms"] > 0 and control["is_good"]


def test_rollback_and_forward():
    (each,) = made("rollback_and_forward(6)")
    assert (each["count"], each["harms"]) == (6, 0)


def test_a_control_without_harm_fails_and_so_does_a_fault_that_was_not_made():
    sys.path.insert(0, str(PROJECT))
    from tests.faults.run import Result

    assert not Result("control", 9, 0, "", is_control=True).is_good
    assert not Result("fault", 0, 0, "").is_good
    assert not Result("fault", 9, 1, "").is_good


AUDITED = """#!/bin/sh
while [ "$1" != --output ]; do shift; done
echo '{report}' > "$2"
exit {status}
"""
KNOWN = '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}]}'


@pytest.mark.parametrize(
    ("report", "status", "ends_with", "says"),
    [
        ("", 1, 2, "could be checked"),  # what it does where the advisories do not answer
        ('{"dependencies": []}', 0, 2, "could be checked"),
        ('{"dependencies": [{"name": "a", "skip_reason": "unknown"}]}', 0, 2, "could be checked"),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', 0, 0, "1 of "),
        (KNOWN, 1, 1, "a 1: X-1, mended in 2"),
    ],
)
def test_an_audit_tells_nothing_found_from_nothing_checked(tmp_path, report, status, ends_with, says):
    """The script with a pip-audit that answers so; the real one needs a network, and audits apart from the tests."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    lock = (PROJECT / "scripts" / "audit.lock").read_bytes()
    (tmp_path / "installed").write_text(f"{hashlib.sha256(lock).hexdigest()}  -")
    checker = tmp_path / "bin" / "pip-audit"
    checker.write_text(AUDITED.format(report=report, status=status))
    checker.chmod(0o755)
    environment = os.environ | {"CX_AUDIT_ENVIRONMENT": str(tmp_path)}
    done = subprocess.run([PROJECT / "scripts" / "audit"], env=environment, capture_output=True, text=True)
    assert done.returncode == ends_with, done.stderr
    assert says in done.stdout + done.stderr


def test_an_audit_that_cannot_be_installed_fails(tmp_path):
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    scripts = tmp_path / "project" / "scripts"
    scripts.mkdir(parents=True)
    for name in ("audit", "audit.lock"):
        shutil.copy(PROJECT / "scripts" / name, scripts)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run([scripts / "audit"], env=environment, capture_output=True, text=True)
    assert done.returncode == 2 and "nothing was checked" in done.stderr
