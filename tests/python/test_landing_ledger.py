"""What is loaded is loaded once, and a load that was killed leaves nothing half done."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from landing_files import HEADER, LOADED_AT, ROW, SHIPMENTS, Landing

from cx_warehouse import landing
from cx_warehouse.contract import contract_tables
from cx_warehouse.errors import CxError
from cx_warehouse.landing.discover import unread_files
from cx_warehouse.landing.ledger import ops_schemas, raw_schema

RAGGED = HEADER + ROW + b"s,o\n"


def test_a_second_load_changes_nothing(tmp_path):
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/a.csv", RAGGED)
    first = landed.load(load_id="L1")
    data = {name: (landed.settings.raw / name).stat().st_mtime_ns for name in landed.raw_files() if "L1" not in name}
    second = landed.load(load_id="L2")
    assert (first.loaded_count, first.skipped_count) == (1, 0)
    assert (second.loaded_count, second.skipped_count, second.is_present) == (0, 1, True)
    assert landed.query("select load_id, file_status, loaded_count from {files} order by 1") == [
        ("L1", "loaded", 1),
        ("L2", "skipped", None),
    ]
    assert landed.query("select count(*) from {rejects}") == [(1,)]
    assert landed.query("select distinct load_id from {columns}") == [("L1",)]
    assert all((landed.settings.raw / name).stat().st_mtime_ns == instant for name, instant in data.items())


def test_the_same_content_under_other_names_is_loaded_once(tmp_path):
    landed = Landing(tmp_path)
    for name in ("a.csv", "b.csv", "dt=2026-01-01/c.csv"):
        landed.put(f"fulfilment/shipments/{name}", HEADER + ROW)
    landed.put("fulfilment/orders/a.csv", HEADER + ROW)
    report = landed.load()
    assert [file.file_status for file in report.files] == ["loaded", "skipped", "skipped"]
    landed.put("fulfilment/shipments/d.csv", HEADER + ROW + ROW)
    assert landed.load(load_id="L2").loaded_count == 2
    assert landed.query("select count(*) from {shipments}") == [(3,)]


def test_ledger_and_lineage_of_a_row(tmp_path):
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/a.csv", HEADER + ROW)
    (result,) = landed.load().files
    assert landed.query("select _file, _line, _load_id, _loaded_at, _file_hash from {shipments}") == [
        ("fulfilment/shipments/a.csv", 2, "L1", LOADED_AT, result.file_hash)
    ]
    assert landed.raw_files() == [
        f"{SHIPMENTS}.{result.file_hash[:16]}.parquet",
        f"ops.columns.L1.{SHIPMENTS}.parquet",
        f"ops.files.L1.{SHIPMENTS}.parquet",
    ]
    for name, schema in ops_schemas().items():
        for path in landed.settings.raw.glob(f"ops.{name}.*"):
            assert pq.read_schema(path).names == schema.names
    assert pq.read_schema(landed.settings.raw / landed.raw_files()[0]).names == raw_schema(landed.table()).names


def test_progress_tells_files_and_rows(tmp_path):
    landed = Landing(tmp_path)
    for number in range(3):
        landed.put(f"fulfilment/shipments/{number}.csv", HEADER + ROW * (number + 1))
    calls = []
    landed.load(progress=lambda *numbers: calls.append(numbers))
    assert [call[:3] for call in calls] == [(1, 3, 1), (2, 3, 3), (3, 3, 6)]
    assert all(later[3] >= earlier[3] > 0 for earlier, later in pairwise(calls))


def test_ensure_raw_gives_every_glob_a_schema_and_clears_half_files(tmp_path):
    landed = Landing(tmp_path, connectors=["boston311"])
    landed.settings.raw.mkdir(parents=True)
    half = landed.settings.raw / f".{SHIPMENTS}.0123456789abcdef.parquet.part"
    half.write_bytes(b"PAR1")
    landing.ensure_raw(landed.settings)
    assert not half.exists()
    names = {path.name for path in landed.settings.raw.iterdir()}
    tables = [table.id for table in contract_tables()] + [
        "boston311.requests",
        "ops.files",
        "ops.rejects",
        "ops.columns",
        "ops.proposals",
    ]
    assert names == {f"{table}.absent.parquet" for table in tables}
    assert landed.query("select count(*) from {shipments}") == [(0,)]


def test_a_stand_in_of_an_older_contract_is_renewed(tmp_path):
    landed = Landing(tmp_path)
    landing.ensure_raw(landed.settings)
    path = landed.settings.raw / f"{SHIPMENTS}.absent.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["lane"]), path)
    landing.ensure_raw(landed.settings)
    assert "lane" in pq.read_schema(path).names


def test_no_table_folder_is_absent_and_no_landing_folder_is_an_error(tmp_path):
    landed = Landing(tmp_path)
    report = landed.load()
    assert (report.files, report.is_present) == ([], False)
    assert landed.raw_files() == []
    shutil.rmtree(landed.settings.landing)
    with pytest.raises(CxError, match="There is no landing folder"):
        landed.load()


def test_a_folder_that_cannot_be_read_is_not_taken_for_an_absent_table(tmp_path, monkeypatch):
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/dt=2026-01-01/a.csv", HEADER + ROW)
    landed.put("lost+found/a.csv", HEADER + ROW)
    shut = {"dt=2026-01-01", "lost+found"}
    opened = os.scandir

    def scandir(folder):
        if not isinstance(folder, int) and Path(folder).name in shut:
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return opened(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(CxError, match=r"dt=2026-01-01 cannot be read \(Permission denied\)"):
        landed.load()
    # What no table takes stops no run, and is told.
    shut.remove("dt=2026-01-01")
    assert landed.load().loaded_count == 1
    assert unread_files(landed.settings) == [("lost+found", "The folder cannot be read (Permission denied).")]


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/a.csv", HEADER + ROW)
    os.mkfifo(landed.settings.landing / "fulfilment" / "shipments" / "b.csv")
    good, pipe = landed.load().files
    assert (good.file_status, pipe.file_status, pipe.reason_kind) == ("loaded", "refused", "unreadable_file")
    assert pipe.reason.startswith("fulfilment/shipments/b.csv is no file but a pipe or a device.")


def test_a_name_that_is_not_utf8_is_refused_by_what_can_be_written_of_it(tmp_path):
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/a.csv", HEADER + ROW)
    landed.put("fulfilment/shipments/" + os.fsdecode(b"b\xfcro.csv"), HEADER + ROW)
    good, odd = landed.load().files
    assert (good.file_status, odd.file_status, odd.reason_kind) == ("loaded", "refused", "unreadable_name")
    assert odd.reason == (
        "fulfilment/shipments/b\\xfcro.csv has a name or a folder whose name is not UTF-8. Rename it."
    )
    assert landed.query("select file from {rejects}") == [(odd.file,)]


class Killed(BaseException):
    """What becomes of a process, for the test of it: nothing else happens to a file."""


@pytest.fixture
def killed_at(monkeypatch):
    """Does work up to a step, at each of which a file gets its name or goes. True when it was killed there."""
    steps = {"left": 0}

    def stepping(method):
        def step(*arguments, **options):
            if steps["left"] == 0:
                raise Killed
            steps["left"] -= 1
            return method(*arguments, **options)

        return step

    def work_until(number: int, work) -> bool:
        steps["left"] = number
        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", stepping(Path.replace))
            patched.setattr(Path, "unlink", stepping(Path.unlink))
            try:
                work()
            except Killed:
                return True
        return False

    return work_until


def assert_ledger_tells_raw(landed: Landing) -> None:
    """Rows in are rows accepted and rows rejected with a reason, by the load that they came with; each is told once."""
    rows = landed.query("select _load_id, _file, count(*) from {shipments} group by all order by all")
    told = landed.query(
        "select load_id, file, loaded_count from {files} where file_status = 'loaded' and loaded_count > 0 order by all"
    )
    assert rows == told
    assert landed.query("select load_id, file, count(*) from {rejects} group by all order by all") == landed.query(
        "select load_id, file, rejected_count from {files} where rejected_count > 0 order by all"
    )
    columns = len(landed.table().columns)
    assert landed.query("select load_id, file, count(*) from {columns} group by all order by all") == landed.query(
        f"select load_id, file, {columns} from {{files}} where file_status = 'loaded' order by all"
    )
    assert not list(landed.settings.raw.glob(".*")) + list(landed.settings.raw.glob("*.rejected"))


@pytest.mark.parametrize(("is_gone", "load_id"), [(True, "L1"), (False, "L0")])
def test_a_load_killed_at_any_step_loses_no_row_and_no_reason(tmp_path, killed_at, is_gone, load_id):
    """Its files may be gone by the next load, which is killed too. Under the id of a whole load it is a retry."""
    before = Landing(tmp_path / "before")
    before.put("fulfilment/shipments/0.csv", HEADER + ROW + b"s,o\ns\n")
    before.load(load_id="L0")
    paths = [
        before.put("fulfilment/shipments/a.csv", RAGGED.replace(b"s1", b"s2")),
        before.put("fulfilment/shipments/b.csv", HEADER + b"s3,o3,2026-01-01T00:00:00Z\ns,o,t,too,many\n"),
    ]
    steps, kills, is_killed = 0, 0, True
    while is_killed:
        shutil.copytree(tmp_path / "before", tmp_path / str(steps))
        landed = Landing(tmp_path / str(steps))
        is_killed = killed_at(steps, lambda landed=landed: landed.load(load_id=load_id))
        (written,) = landed.query("select count(*) from {shipments}")
        if is_gone:
            for path in paths:
                (landed.settings.landing / "fulfilment" / "shipments" / path.name).unlink()
        # Mending takes fewer steps than loading does.
        kills += killed_at(steps % 6, lambda landed=landed: landed.load(load_id="L2"))
        landing.ensure_raw(landed.settings)
        landed.load(load_id="L3")
        assert_ledger_tells_raw(landed)
        assert landed.query("select count(*) from {shipments}") == [written if is_gone else (3,)]
        names = landed.raw_files()
        landed.load(load_id="L3")
        assert landed.raw_files() == names
        assert_ledger_tells_raw(landed)
        steps += 1
    assert steps > 8 and kills > 4


def test_without_ledger_and_rejected_lines_a_sentence_says_what_to_do(tmp_path):
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/a.csv", RAGGED)
    landed.load()
    (landed.settings.raw / f"ops.files.L1.{SHIPMENTS}.parquet").unlink()
    with pytest.raises(CxError, match="Nothing says any more which lines of fulfilment/shipments/a"):
        landed.load(load_id="L2")


def test_a_foreign_file_in_raw_is_named(tmp_path):
    landed = Landing(tmp_path)
    landing.ensure_raw(landed.settings)
    path = landed.settings.raw / f"{SHIPMENTS}.0123456789abcdef.parquet"
    shutil.copy(landed.settings.raw / f"{SHIPMENTS}.absent.parquet", path)
    with pytest.raises(CxError, match="was not written by the loader"):
        landed.load()


def test_a_load_repeated_under_its_id_loses_nothing(tmp_path):
    """An orchestrator may retry one table within one run."""
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/a.csv", RAGGED)
    landed.put("fulfilment/shipments/b.csv", b"")
    landed.load()
    landed.put("fulfilment/shipments/c.csv", HEADER + ROW + b"x,y\n")
    landed.load()
    landed.load()
    assert landed.query("select file, file_status, loaded_count from {files} order by 1") == [
        ("fulfilment/shipments/a.csv", "loaded", 1),
        ("fulfilment/shipments/b.csv", "refused", None),
        ("fulfilment/shipments/c.csv", "loaded", 1),
    ]
    assert landed.query("select file, reason_kind from {rejects} order by 1") == [
        ("fulfilment/shipments/a.csv", "too_few_fields"),
        ("fulfilment/shipments/b.csv", "empty_file"),
        ("fulfilment/shipments/c.csv", "too_few_fields"),
    ]
    columns = len(landed.table().columns)
    assert landed.query("select count(*) from {columns}") == [(2 * columns,)]


def test_data_that_was_deleted_from_raw_is_loaded_again(tmp_path):
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/a.csv", HEADER + ROW)
    (result,) = landed.load(load_id="L1").files
    (landed.settings.raw / f"{SHIPMENTS}.{result.file_hash[:16]}.parquet").unlink()
    assert landed.load(load_id="L2").loaded_count == 1


def test_killed_at_any_instant(tmp_path):
    """A load in a process of its own is killed ever later, then a load to the end must give what one load gives."""
    landed = Landing(tmp_path)
    for number in range(40):
        landed.put(f"fulfilment/shipments/{number:02}.csv", HEADER + b"s%d,o,t\n" % number + b"s,o\n")
    script = tmp_path / "load.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys
        from datetime import datetime
        from pathlib import Path
        from cx_warehouse import landing
        from cx_warehouse.settings import Settings
        folder = Path({str(tmp_path)!r})
        settings = Settings(_env_file=None, landing=folder / "landing", warehouse=folder / "warehouse", pii_key="k")
        table = next(table for table in landing.tables_to_load(settings) if table.id == {SHIPMENTS!r})
        landing.ensure_raw(settings)
        print("ready", flush=True)
        landing.load_table(settings, table, sys.argv[1], datetime(2026, 7, 1))
        """)
    )
    kills = 0
    for attempt in range(8):
        process = subprocess.Popen([sys.executable, str(script), f"K{attempt}"], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(0.08 * attempt)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
        # Whatever lies under a real name is whole, and no ledger row is without its data.
        for path in landed.settings.raw.glob("*.parquet"):
            pq.read_table(path)
        hashes = landed.query("select file_hash[:16] from {files} where file_status = 'loaded'")
        assert all((landed.settings.raw / f"{SHIPMENTS}.{short}.parquet").exists() for (short,) in hashes)
    assert kills
    landing.ensure_raw(landed.settings)
    landed.load(load_id="L9")
    assert landed.query("select count(*), count(distinct shipment_id) from {shipments}") == [(40, 40)]
    assert landed.query("select count(*), sum(loaded_count) from {files} where file_status = 'loaded'") == [(40, 40)]
    assert landed.query("select count(*), count(distinct file) from {rejects}") == [(40, 40)]
    assert not list(landed.settings.raw.glob(".*"))
