"""Light versions of `make faults`, so that what it does cannot rot; its counts are in docs/reliability.md."""

import json
import subprocess
import sys
from pathlib import Path

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


def test_an_audit_that_can_check_nothing_fails(tmp_path):
    without = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    script = Path(PROJECT / "scripts" / "audit")
    done = subprocess.run([script], env=without, capture_output=True, text=True)
    assert done.returncode == 2 and "nothing was checked" in done.stderr

    checker = tmp_path / "pip-audit"
    checker.write_text("#!/bin/sh\nexit 0\n")  # finds nothing, since it looks at nothing
    checker.chmod(0o755)
    done = subprocess.run([script], env=without, capture_output=True, text=True)
    assert done.returncode == 2 and "could be checked" in done.stderr
