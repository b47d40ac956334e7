"""Publication: whole or not at all, one run at a time, and a way back."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from stand_ins import published_mark, settings_in, small_build

from cx_warehouse import publish as publish_module
from cx_warehouse import versions as versions_module
from cx_warehouse.basis import kept
from cx_warehouse.errors import CxError
from cx_warehouse.project import PROJECT
from cx_warehouse.publish import STORAGE_VERSION, acquire_lock, new_version, publish, rollback, staged, versions
from cx_warehouse.versions import readable
from expectations.comparisons import measure


@pytest.fixture
def settings(tmp_path):
    return settings_in(tmp_path)


def publish_one(settings, mark, **summary):
    version = small_build(settings, mark)
    publish(settings, version, summary)
    return version


def test_version_ids_sort_by_time():
    ids = [new_version() for _ in range(100)]
    assert ids == sorted(ids)


def test_published_file_is_read_only_linked_relatively_and_without_a_log(settings):
    version = publish_one(settings, "first")

    published = settings.versions / f"{version}.duckdb"
    assert str(settings.current.readlink()) == f"versions/{version}.duckdb"
    assert published.stat().st_mode & 0o777 == 0o444
    assert not list(settings.warehouse.rglob("*.wal"))
    assert published_mark(settings) == "first"


def test_summary_says_what_was_published(settings):
    version = publish_one(settings, "first", check_count=7, failed_check_count=1)

    published = settings.versions / f"{version}.duckdb"
    summary = json.loads(published.with_suffix(".json").read_text())
    assert summary["version"] == version
    assert summary["as_of"] == "2026-06-30T12:00:00Z"
    assert summary["rows"] == {"content": 3, "mart_publication": 1}
    assert summary["sha256"] == hashlib.sha256(published.read_bytes()).hexdigest()
    assert summary["bytes"] == published.stat().st_size
    with duckdb.connect(published, read_only=True) as connection:
        row = connection.execute(
            "select version, reporting_currency, check_count, failed_check_count, as_of::text "
            "from marts.mart_publication"
        ).fetchone()
    assert row == (version, "EUR", 7, 1, "2026-06-30 12:00:00")


def test_data_docs_travel_with_the_version(settings):
    version = small_build(settings, "first")
    docs = staged(settings, version).with_name("docs")
    docs.mkdir()
    (docs / "index.html").write_text("what was checked")

    publish(settings, version, {})

    assert (settings.versions / f"{version}.docs" / "index.html").read_text() == "what was checked"


def test_oldest_versions_go_and_their_papers_with_them(settings):
    settings.keep_versions = 2
    ids = [publish_one(settings, f"build {number}") for number in range(4)]

    assert [one.id for one in versions(settings)] == [ids[3], ids[2]]
    assert {path.name.split(".")[0] for path in settings.versions.iterdir()} == {ids[3], ids[2]}


def test_the_current_version_stays_however_old_it_is(settings):
    settings.keep_versions = 1
    first = publish_one(settings, "first")
    settings.keep_versions = 5
    publish_one(settings, "second")
    rollback(settings, first)
    settings.keep_versions = 1

    versions_module.prune(settings)

    assert published_mark(settings) == "first"
    assert [one.id for one in versions(settings) if one.is_current] == [first]


def test_rollback_goes_back_one_or_to_the_named_version(settings):
    first, second, third = (publish_one(settings, mark) for mark in ("first", "second", "third"))

    assert rollback(settings).id == second
    assert published_mark(settings) == "second"
    assert rollback(settings, first).id == first
    assert rollback(settings, third).id == third
    assert [(one.id, one.is_current) for one in versions(settings)] == [(third, True), (second, False), (first, False)]


def test_rollback_says_which_versions_there_are(settings):
    with pytest.raises(CxError, match="Nothing is published"):
        rollback(settings)
    only = publish_one(settings, "only")
    with pytest.raises(CxError, match=f"older than {only}.*There are: {only} \\(current\\)"):
        rollback(settings)
    with pytest.raises(CxError, match=f"no version 2020.*There are: {only}"):
        rollback(settings, "2020")
    assert published_mark(settings) == "only"


def test_a_version_that_is_damaged_or_gone_is_nothing_to_compare_with_or_keep_from(settings):
    """Readers are told to publish anew then, so whoever publishes must not need it."""
    first, second = (publish_one(settings, mark) for mark in ("first", "second"))
    assert [one.id for one in readable(settings)] == [second, first]
    assert measure(settings).id == second

    damaged = settings.versions / f"{second}.duckdb"
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:100] + bytes(50_000))
    assert [(one.id, one.is_current) for one in readable(settings)] == [(first, False)]
    assert measure(settings) is None
    assert kept(settings, {}) == (None, "Nothing is published yet, so everything is built.")
    damaged.unlink()
    assert measure(settings) is None and settings.current.is_symlink()


def test_a_build_that_is_not_there_is_not_published(settings):
    publish_one(settings, "first")
    with pytest.raises(CxError, match="no build 2020"):
        publish(settings, "2020", {})
    assert published_mark(settings) == "first"


def test_a_second_run_is_told_who_runs(settings):
    code = (
        "import sys; from pathlib import Path; from cx_warehouse.lock import acquire_lock\n"
        "from cx_warehouse.settings import Settings\n"
        "with acquire_lock(Settings(_env_file=None, warehouse=Path(sys.argv[1]))):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(settings.warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "held\n"
    told = rf"Another run is under way .*\(pid {other.pid}, since 20"
    with pytest.raises(CxError, match=told) as raised, acquire_lock(settings):
        pass
    assert raised.value.exit_code == 2

    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    with acquire_lock(settings):  # a killed run leaves no lock behind
        assert json.loads(settings.lock.read_text())["pid"] == os.getpid()


def test_the_lock_can_be_taken_again_by_its_holder(settings):
    with acquire_lock(settings):
        with acquire_lock(settings):
            pass
        assert settings.lock.read_text()  # the inner exit has not given it back
    assert not settings.lock.read_text()


def test_leftovers_of_a_killed_run_go_at_the_next(settings):
    first = publish_one(settings, "first")
    killed = small_build(settings, "killed")
    (settings.versions / "20200101T000000000000Z.docs").mkdir()
    (settings.versions / "20200101T000000000000Z.json").write_text("{}")

    second = publish_one(settings, "second")

    assert killed not in {first, second}
    assert {path.name.split(".")[0] for path in settings.versions.iterdir()} == {first, second}
    assert not any(settings.staging.iterdir())


STALE = (
    "insert into marts.content values ('from the log')",
    "delete from marts.content",
    "drop table marts.content",
    "create table marts.of_the_log as select 1 as one",
)


@pytest.mark.parametrize("change", STALE)
def test_a_strangers_log_of_writes_is_never_replayed(settings, tmp_path, change):
    """DuckDB replays the log that lies beside a file; one of an older file of that name would bring back its rows."""
    version = small_build(settings, "first")
    build = staged(settings, version)
    writer = duckdb.connect(build)
    writer.execute("pragma disable_checkpoint_on_shutdown")
    writer.execute(change)
    stale = tmp_path / "stale.wal"
    shutil.copy(f"{build}.wal", stale)
    writer.execute("create or replace table marts.content as select 'first' as mark from range(3)")
    writer.execute("drop table if exists marts.of_the_log")
    writer.close()
    publish(settings, version, {})

    published = settings.current.resolve()
    shutil.copy(stale, f"{published}.wal")
    with pytest.raises(duckdb.IOException, match="WAL"):
        duckdb.connect(published, read_only=True)

    publish_one(settings, "second")
    assert not list(settings.versions.glob("*.wal"))
    rollback(settings, version)
    assert published_mark(settings) == "first"


def test_the_storage_version_is_pinned(settings):
    publish_one(settings, "first")
    with duckdb.connect(settings.current.resolve(), read_only=True) as connection:
        (tags,) = connection.execute(
            "select tags from duckdb_databases() where database_name = current_database()"
        ).fetchone()
    assert tags["storage_version"] == f"{STORAGE_VERSION}+"


def test_another_writer_stops_publication(settings):
    first = publish_one(settings, "first")
    version = small_build(settings, "second")
    code = (
        "import sys, duckdb; c = duckdb.connect(sys.argv[1]); c.execute('create table t (i int)')\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(staged(settings, version))]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "open\n"
    try:
        with pytest.raises(duckdb.IOException, match="lock"):
            publish(settings, version, {})
    finally:
        writer.communicate("")
    assert [one.id for one in versions(settings) if one.is_current] == [first]


# --- killed at every line ---------------------------------------------------------------------------------------------


def in_a_child(work, line_number=None):
    """Fork and do `work`, killed with SIGKILL before the `line_number`-th line that it runs in our modules.

    Returns:
        True when the child came to its end without being killed.
    """
    child = os.fork()
    if child == 0:
        ours = {publish_module.__file__, versions_module.__file__}
        seen = 0

        def trace(frame, event, _argument):
            nonlocal seen
            if frame.f_code.co_filename not in ours:
                return None
            if event == "line":
                seen += 1
                if seen == line_number:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        work()
        sys.settrace(None)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0
    return True


def kill_everywhere(folder: Path) -> int:
    """Publish over a published version, killed before line 1, 2, 3 … until it ends unharmed. Returns the kill count.

    Runs in a process of its own that never opens DuckDB before it forks: a fork with its threads running may hang.
    """
    before = settings_in(folder / "before", keep_versions=1)
    assert in_a_child(lambda: publish_one(before, "old"))
    assert in_a_child(lambda: small_build(before, "new"))
    (version,) = (path.name for path in before.staging.iterdir())
    kills = 0
    while True:
        settings = settings_in(folder / str(kills), keep_versions=1)
        shutil.copytree(before.warehouse, settings.warehouse, symlinks=True)
        ended = in_a_child(lambda settings=settings: publish(settings, version, {"check_count": 1}), kills + 1)
        assert in_a_child(lambda settings=settings, ended=ended: is_whole_and_goes_on(settings, ended))
        shutil.rmtree(folder / str(kills))
        if ended:
            return kills
        kills += 1


def is_whole_and_goes_on(settings, ended):
    """Readers see one version or the other with its summary; the next run works and leaves no trace of the killed."""
    assert published_mark(settings) in ({"new"} if ended else {"old", "new"})
    (current,) = (one for one in versions(settings) if one.is_current)
    assert current.summary["sha256"] == hashlib.sha256(current.path.read_bytes()).hexdigest()

    published = publish_one(settings, "next")

    assert published_mark(settings) == "next"
    assert {path.name for path in settings.versions.iterdir()} == {f"{published}.duckdb", f"{published}.json"}


def test_killed_before_any_of_its_lines_it_leaves_a_whole_version(tmp_path):
    # DuckDB imports pandas and pyarrow when first used; imported before the forks, they are not paid for at each.
    code = (
        "import sys, pandas, pyarrow; from pathlib import Path; import test_publish\n"
        "print(test_publish.kill_everywhere(Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 28  # every line of publish(), prune() and point_to() was a place to die
