"""The command line as a user meets it: sentences, exit codes, and numbers that agree with what is published."""

import csv
import errno
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import CX
from stand_ins import published_mark, settings_in, small_build

from cx_warehouse import cli
from cx_warehouse.cli import dagster_pages
from cx_warehouse.errors import CxError
from cx_warehouse.lock import acquire_lock
from cx_warehouse.preflight import check_place
from cx_warehouse.publish import publish
from cx_warehouse.settings import Settings


def cx(*arguments, cwd, **environment):
    """Run `cx` in `cwd`; returns the completed process with text streams."""
    return subprocess.run(
        [CX, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, env={**os.environ, **environment}
    )


def refused(*arguments, cwd, **environment) -> str:
    """What `cx` says when it ends with 2: one sentence of ours on stderr, nothing on stdout, no traceback."""
    done = cx(*arguments, cwd=cwd, **environment)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.startswith("cx: ") and "Traceback" not in done.stderr
    return done.stderr


def test_help_names_every_setting_with_its_default(tmp_path):
    shown = cx("--help", cwd=tmp_path).stdout
    for name, field in Settings.model_fields.items():
        default = "none" if field.default in (None, []) else field.default
        assert f"CX_{name.upper()} [{default}]: {field.description}" in shown


def test_the_command_line_comes_without_what_only_a_run_needs():
    """Importing one of these costs seconds, which no `--help` should take."""
    heavy = ["dagster", "dbt", "great_expectations", "streamlit", "pandas", "duckdb"]
    code = f"import sys, cx_warehouse.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_option_is_bad_usage(tmp_path):
    done = cx("run", "--lading", "x", cwd=tmp_path)
    assert done.returncode == 2
    assert "--lading" in done.stderr


def test_no_landing_folder_names_it_and_the_layout(tmp_path):
    said = refused("run", "--landing", "nowhere", cwd=tmp_path)
    assert "The landing folder nowhere does not exist" in said
    assert "fulfilment/: orders, shipments, promises, adjustments" in said
    assert not (tmp_path / "warehouse").exists()


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--as-of", "yesterday"], {}, "as-of is 'yesterday'; expected an instant in ISO 8601"),
        (["--as-of", "9999-12-31T23:00:00-05:00"], {}, "as-of is '9999-12-31T23:00:00-05:00'; expected an instant"),
        (["--connector", "sap"], {}, "There is no connector 'sap'. There are: boston311, "),
        (["--target", "oracle"], {}, "There is no target 'oracle' in profiles.yml. There are: duckdb"),
        ([], {"CX_BUSINESS_TIMEZONE": "Mars/Base"}, "There is no time zone 'Mars/Base'"),
        ([], {"CX_REPORTING_CURRENCY": "euro"}, "The reporting currency is 'euro'"),
        ([], {"CX_MEMORY_LIMIT": "lots"}, "The memory limit is 'lots'; expected a size such as '2GB'"),
        ([], {"CX_THREADS": "many"}, "Setting threads (CX_THREADS) is 'many'"),
    ],
)
def test_a_wrong_setting_is_told_before_any_work(arguments, environment, said, tmp_path):
    (tmp_path / "landing").mkdir()
    assert said in refused("run", *arguments, cwd=tmp_path, **environment)
    assert not (tmp_path / "warehouse").exists()


@pytest.mark.parametrize("command", [["status"], ["versions"], ["rollback"], ["query", "select 1"]])
def test_before_the_first_run_it_says_that_nothing_is_published(command, tmp_path):
    assert "Nothing is published in warehouse" in refused(*command, cwd=tmp_path)


def test_a_second_run_is_told_who_runs(tmp_path):
    settings = settings_in(tmp_path)
    settings.landing.mkdir()
    with acquire_lock(settings):
        assert f"Another run is under way in warehouse (pid {os.getpid()}, since 20" in refused("run", cwd=tmp_path)


def test_versions_and_rollback(tmp_path):
    settings = settings_in(tmp_path)
    ids = []
    for mark in ("first", "second"):
        ids.append(small_build(settings, mark))
        publish(settings, ids[-1], {})

    assert cx("rollback", cwd=tmp_path).stdout == f"Readers now see version {ids[0]}.\n"
    assert published_mark(settings) == "first"
    listed = cx("versions", cwd=tmp_path).stdout.splitlines()
    assert [line[: 2 + len(ids[0])] for line in listed] == [f"  {ids[1]}", f"* {ids[0]}"]
    assert "There is no version 1999" in refused("rollback", "1999", cwd=tmp_path)


def test_a_defect_of_ours_is_a_sentence_with_the_log(tmp_path):
    settings = settings_in(tmp_path)
    version = small_build(settings, "first")
    publish(settings, version, {})
    (settings.versions / f"{version}.json").chmod(0o644)
    (settings.versions / f"{version}.json").write_text("{")

    done = cx("versions", cwd=tmp_path, TMPDIR=str(tmp_path))

    assert done.returncode == 1
    assert done.stderr.startswith("cx: this is a defect: JSONDecodeError") and "Traceback" not in done.stderr
    (log,) = tmp_path.glob("cx-*.log")
    assert str(log) in done.stderr and "Traceback" in log.read_text()


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full. Free some space"),
        (duckdb.IOException('Could not write file "x": No space left on device'), "The disk is full. Free some space"),
        (
            OSError(errno.EROFS, "Read-only file system", "w/run.lock"),
            "w/run.lock cannot be read or written (Read-only",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "w"), "w cannot be read or written (Permission denied)."),
    ],
)
def test_a_full_or_shut_disk_is_a_sentence_and_no_defect(trouble, words, monkeypatch, capsys):
    def app():
        raise trouble

    monkeypatch.setattr(cli, "app", app)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert told.startswith(f"cx: {words}") and told.endswith("What was published stays.\n") and "defect" not in told


def test_a_warehouse_that_is_a_file_is_said(tmp_path):
    (tmp_path / "landing").mkdir()
    (tmp_path / "warehouse").write_text("")
    assert "The warehouse warehouse is a file. Name a folder" in refused("run", cwd=tmp_path)


@pytest.mark.parametrize("name", ["o'brien", "acme [prod]", "all*", "{new}"])
def test_a_warehouse_whose_path_the_engine_would_misread_is_said(name, tmp_path):
    with pytest.raises(CxError, match="which the engine reads as something else"):
        check_place(tmp_path / name / "warehouse")
    check_place(tmp_path / "ü ñ, 50 % & more; region=eu" / "warehouse")


def test_the_environment_file_is_read_and_an_option_wins(tmp_path):
    (tmp_path / ".env").write_text("CX_WAREHOUSE=from_file\n")
    assert "Nothing is published in from_file" in refused("status", cwd=tmp_path)
    assert "Nothing is published in from_option" in refused("status", "--warehouse", "from_option", cwd=tmp_path)


def test_the_command_line_says_that_a_mean_of_one_customer_has_no_interval() -> None:
    from cx_warehouse.headline import _figure

    row = {"status": "final", "unit": "currency", "reporting_currency": "EUR", "value": 3.0, "reason": None}
    row |= {"value_low": None, "value_high": None, "observation_count": 40}
    assert _figure(row) == "3.00 EUR (no interval), n = 40"
    row |= {"value_low": 2.5, "value_high": 3.5}
    assert _figure(row) == "3.00 EUR (95 %: 2.50 EUR to 3.50 EUR), n = 40"


# --- on the demo -----------------------------------------------------------------------------------------------------


def test_sample_is_the_same_for_the_same_seed(tmp_path):
    for name in ("one", "two"):
        done = cx("sample", name, "--orders", "500", "--seed", "7", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    files = {
        name: {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.csv")}
        for name in ("one", "two")
    }
    assert files["one"] and files["one"] == files["two"]


def test_check_says_what_a_run_would_do_and_writes_nothing(demo_landing, tmp_path):
    folder = tmp_path / "landing"
    shutil.copytree(demo_landing, folder)
    shutil.rmtree(folder / "survey" / "answers")
    (folder / "crm" / "customers" / "broken.csv").write_text("name\nEve\n")

    done = cx("check", folder, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "crm/customers/broken.csv (crm.customers): refused." in done.stdout
    assert "customer_id" in done.stdout
    assert "Absent tables: survey.answers." in done.stdout
    assert "Withheld: csat (Satisfaction), for want of survey.answers." in done.stdout
    assert done.stdout.splitlines()[-1].endswith("Nothing was written.")
    assert [path.name for path in tmp_path.iterdir()] == ["landing"]


def test_run_publishes_and_its_headline_is_the_scorecard(demo_warehouse, tmp_path):
    done = cx("query", "--format", "csv", "--warehouse", demo_warehouse, KEPT_RATE, cwd=tmp_path)
    ((value, count),) = list(csv.reader(io.StringIO(done.stdout)))[1:]

    from cx_warehouse.headline import headline

    (line,) = (one for one in headline(settings_of(demo_warehouse)) if one.startswith("Promises kept"))
    assert line.split()[2:4] == [f"{100 * float(value):.1f}", "%"]
    assert line.endswith(f"n = {int(count):,}")


KEPT_RATE = (
    "select value, observation_count from mart_scorecard where metric_id = 'kept_rate' and month = 'last_12_months'"
)


def settings_of(warehouse: Path) -> Settings:
    return Settings(_env_file=None, warehouse=warehouse)


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_query_answers_in_three_forms(form, demo_warehouse, tmp_path):
    sql = "select metric_id, value from mart_scorecard where month = 'all' and metric_id = 'csat'"
    done = cx("query", sql, "--format", form, "--warehouse", demo_warehouse, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with duckdb.connect((demo_warehouse / "current.duckdb").resolve(), read_only=True) as connection:
        ((_, value),) = connection.execute(sql.replace("from ", "from marts.", 1)).fetchall()
    if form == "json":
        assert json.loads(done.stdout) == [{"metric_id": "csat", "value": value}]
    else:
        assert ["csat", str(value)] in [line.replace(",", " ").split() for line in done.stdout.splitlines()]


def test_query_only_reads(demo_warehouse, tmp_path):
    assert "only read" in refused("query", "drop table rejects", "--warehouse", demo_warehouse, cwd=tmp_path)
    assert "nonsense" in refused("query", "from nonsense", "--warehouse", demo_warehouse, cwd=tmp_path)


def test_status_says_what_is_published(demo_warehouse, tmp_path):
    shown = cx("status", "--warehouse", demo_warehouse, cwd=tmp_path).stdout
    current = (demo_warehouse / "current.duckdb").readlink().stem
    assert f"version    {current}" in shown
    assert f"{current}: " in shown  # the load
    with duckdb.connect((demo_warehouse / "current.duckdb").resolve(), read_only=True) as connection:
        (orders,) = connection.execute("select count(*) from marts.fct_orders").fetchone()
        withheld = connection.execute("select metric_id from marts.mart_metric_trust where fitness = 'withheld'")
        names = [name for (name,) in withheld.fetchall()]
    assert f"fct_orders: {orders:,}" in shown
    assert f"withheld   {len(names)} metric" in shown
    assert all(f"           {name}: " in shown for name in names)


def test_output_cut_short_is_no_error(demo_warehouse, tmp_path):
    done = subprocess.run(
        f"{CX} query 'from fct_orders' --warehouse {demo_warehouse} | head -1",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
    )
    assert done.stderr == b""


def test_cx_finds_the_project_from_anywhere(tmp_path):
    code = "from cx_warehouse.cli import _find_project; _find_project(); import orchestration, expectations, app"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_a_run_says_which_files_it_does_not_read(tmp_path):
    folder = tmp_path / "landing" / "crm" / "customer"
    folder.mkdir(parents=True)
    (folder / "x.csv").write_text("customer_id,acquired_at,updated_at\nC1,2024-01-01,2024-01-01\n")
    command = [CX, "load", "--landing", tmp_path / "landing", "--warehouse", tmp_path / "warehouse"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "crm/customer/x.csv: not read. The contract has no table crm.customer." in done.stderr


def test_dagsters_pages_are_for_this_machine_only(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(os, "chdir", lambda _folder: None)
    monkeypatch.setattr(os, "execve", lambda *arguments: started.append(arguments))
    dagster_pages(warehouse=tmp_path / "warehouse", landing=tmp_path, port=3001)
    ((program, command, environment),) = started
    assert program.endswith("/dagster") and command[1:] == ["dev", "--host", "127.0.0.1", "--port", "3001"]
    assert environment["CX_WAREHOUSE"] == str(tmp_path / "warehouse")
    assert environment["DAGSTER_DISABLE_TELEMETRY"] == "1"
