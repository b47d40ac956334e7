"""Makes every fault as often as asked and writes what came of it: `make faults`, or `python tests/faults/run.py --help`.

Each fault says how often it was made and how often it did harm: readers without a whole version, rows lost or doubled, a
next run that does not work, a result mixed of two versions. The control takes the care out of publication; if it did no
harm, the harm could not have been seen, so the command fails.
"""

import argparse
import contextlib
import errno
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.faults import short_run
from tests.faults.files import malformed_files, replays
from tests.faults.result import Result, child_succeeds
from tests.faults.short_run import ROOT, in_child, is_whole, land, published, run, settings_of
from tests.faults.whole_runs import whole_runs

PAGE = ROOT / "docs" / "reliability.md"


@contextlib.contextmanager
def world():
    """A folder with a landed world that is published once, and how long that took in seconds."""
    with tempfile.TemporaryDirectory(prefix="cx-faults-") as name:
        folder = Path(name)
        settings = land(folder)
        assert child_succeeds(lambda: run(settings)), "the world cannot be published"
        began = time.monotonic()
        assert child_succeeds(lambda: run(settings)), "the world cannot be published again"
        yield folder, time.monotonic() - began


def land_more(folder: Path) -> None:
    """One more file, so that a run has something to load."""
    orders = folder / "landing" / "fulfilment" / "orders"
    header, *rows = (orders / "all.csv").read_text().splitlines()
    (orders / "more.csv").write_text("\n".join([header, rows[0].replace("sao_paulo", "one_more")]) + "\n")


def goes_on(folder: Path, reference: Path) -> bool:
    """In a child: what is published is whole; the next run works and publishes what a world without the fault has."""

    def look() -> bool:
        settings = settings_of(folder)
        if not is_whole(settings):
            return False
        run(settings)
        return is_whole(settings) and published(settings) == published(settings_of(reference))

    return child_succeeds(look)


@contextlib.contextmanager
def prepared():
    """A world about to load one more file, a copy in which that went well, and the time that a run takes."""
    with world() as (folder, seconds), tempfile.TemporaryDirectory(prefix="cx-faults-") as name:
        land_more(folder)
        reference = Path(name) / "reference"
        shutil.copytree(folder, reference, symlinks=True)
        assert child_succeeds(lambda: run(settings_of(reference)))
        yield folder, reference, seconds


def copy_of(folder: Path) -> Path:
    """A copy to do harm to."""
    name = Path(tempfile.mkdtemp(prefix="cx-faults-"))
    shutil.copytree(folder, name, symlinks=True, dirs_exist_ok=True)
    return name


def killed_at_random_moments(count: int, seed: int) -> Result:
    """SIGKILL at a random moment of a run that has a file to load."""
    moments, killed, harms = random.Random(seed), 0, 0
    with prepared() as (folder, reference, seconds):
        while killed < count:
            own = copy_of(folder)
            began, moment = time.monotonic(), moments.uniform(0, seconds)
            child = in_child(lambda own=own: run(settings_of(own)))
            while (took := time.monotonic() - began) < moment and not short_run.has_ended(child):
                time.sleep(0.01)
            short_run.kill(child)
            if short_run.ended(child):
                # Faster than the kill, so it does not count; but it tells how long a run takes on the machine as it is.
                seconds = took
            else:
                killed += 1
                began = time.monotonic()
                harms += not goes_on(own, reference)
                seconds = time.monotonic() - began
            shutil.rmtree(own)
    return Result(
        "SIGKILL at a random moment of a run (loader, models and publisher)", killed, harms,
        "the version before stays or the new one is there, whole; the next run publishes what an unharmed world has",
    )  # fmt: skip


def killed_at_each_line() -> Result:
    """SIGKILL before each line of the publisher."""
    code = (
        "import sys, pandas, pyarrow; from pathlib import Path; import test_publish\n"
        "print(test_publish.kill_everywhere(Path(sys.argv[1])))"
    )
    with tempfile.TemporaryDirectory(prefix="cx-faults-") as folder:
        done = subprocess.run(
            [sys.executable, "-c", code, folder], cwd=ROOT / "tests" / "python", capture_output=True, text=True
        )
    count = int(done.stdout) if done.returncode == 0 else 1
    return Result(
        "SIGKILL before each line of the publisher", count, int(done.returncode != 0),
        "readers see the old version or the new one, whole; the next publication leaves no trace of the killed one",
    )  # fmt: skip


def disk_full(count: int) -> Result:
    """Nothing more can be written from the beginning of load, build or publication, on a file system that is full."""
    stages, harms, made = ("load", "build", "publish"), 0, 0
    how = "a full tmpfs" if _may_mount() else "a limit on the size of files (no right to mount a tmpfs)"
    with prepared() as (folder, reference, _):
        for number in range(count):
            stage = stages[number % len(stages)]
            with _small_disk(folder) as own:

                def fill_up(now: str, stage=stage, own=own) -> None:
                    if now == stage:
                        _fill(own)

                failed = not child_succeeds(lambda own=own, fill=fill_up: run(settings_of(own), fill))
                made += failed
                (own / "ballast").unlink(missing_ok=True)
                harms += not failed or not goes_on(own, reference)
    return Result(
        f"disk full at load, build, publication ({how})", made, harms,
        "the run fails; what is published stays whole; with room again the next run publishes what an unharmed world has",
    )  # fmt: skip


def _may_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True)
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return done.returncode == 0


@contextlib.contextmanager
def _small_disk(folder: Path):
    own = Path(tempfile.mkdtemp(prefix="cx-faults-"))
    is_mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", own], capture_output=True
    ).returncode == 0  # fmt: skip
    try:
        shutil.copytree(folder, own, symlinks=True, dirs_exist_ok=True)
        yield own
    finally:
        if is_mounted:
            subprocess.run(["umount", own], check=True)
        shutil.rmtree(own)


def _fill(own: Path) -> None:
    if not os.path.ismount(own):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
        return
    with (own / "ballast").open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


def publications_under_readers(count: int, sessions: int) -> Result:
    """Publications while sessions of the app read: each asks twice in one lease, and both answers must be one version's."""
    trouble, reads, seen = _read_while(count, sessions, is_careful=True)
    return Result(
        f"{count} publications under {sessions} reading sessions", count, len(trouble) + (seen < 2),
        f"{reads:,} reads of {seen} versions, no error, no mixed result",
    )  # fmt: skip


def control(count: int, sessions: int) -> Result:
    """The same with a publication that copies over the file that readers have open."""
    trouble, reads, _ = _read_while(count, sessions, is_careful=False)
    return Result(
        "CONTROL: the same, published by copying over the file", count, len(trouble),
        f"{reads:,} reads, {len(trouble)} errors or mixed results: harm is seen where it is done", is_control=True,
    )  # fmt: skip


def _read_while(count: int, sessions: int, is_careful: bool) -> tuple[list[str], int, int]:
    from stand_ins import settings_in, small_build

    from cx_warehouse.errors import CxError
    from cx_warehouse.publish import publish, staged
    from cx_warehouse.snapshots import Reader

    trouble: list[str] = []
    seen: set[str] = set()
    reads = [0] * sessions
    ended = threading.Event()
    with tempfile.TemporaryDirectory(prefix="cx-faults-") as name:
        settings = settings_in(Path(name), keep_versions=3)
        publish(settings, small_build(settings, "first"), {})
        reader = Reader(settings, check_seconds=0)

        def session(number: int) -> None:
            while not ended.is_set():
                try:
                    with reader.lease() as snapshot:
                        sql = f"select mark, version from marts.content cross join marts.mart_publication -- {reads[number]}"
                        first = snapshot.rows(sql)
                        second = snapshot.rows(sql + " again")
                        if first != second or len({row["mark"] for row in first + second}) != 1 or len(first) != 3:
                            trouble.append("mixed")
                        seen.add(snapshot.version)
                    if reader.error:
                        trouble.append(reader.error)
                except (CxError, OSError) as error:
                    trouble.append(str(error))
                reads[number] += 1
                # As a page that somebody looks at, not one that takes the machine from the publisher.
                time.sleep(0.05)

        threads = [threading.Thread(target=session, args=(number,)) for number in range(sessions)]
        for thread in threads:
            thread.start()
        for number in range(count):
            version = small_build(settings, f"build {number}")
            if is_careful:
                publish(settings, version, {})
            else:
                build, target = staged(settings, version), settings.current.resolve()
                target.chmod(0o644)
                content = build.read_bytes()
                with target.open("r+b", buffering=0) as file:
                    file.write(content[: len(content) // 2])
                    time.sleep(0.01)
                    file.write(content[len(content) // 2 :])
                shutil.rmtree(build.parent)
        ended.set()
        for thread in threads:
            thread.join()
        reader.close()
    return trouble, sum(reads), len(seen)


def time_zones_and_clocks() -> Result:
    """The same files in other zones, with a clock that has gone back, and with time stopped before and after all data."""
    zones = ("UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati")
    count, harms = 0, 0
    with tempfile.TemporaryDirectory(prefix="cx-faults-") as name:
        for number, zone in enumerate(zones):

            def run_there(number=number, zone=zone) -> bool:
                os.environ["TZ"] = zone
                time.tzset()
                settings = land(Path(name) / str(number))
                run(settings)
                return number == 0 or published(settings) == published(settings_of(Path(name) / "0"))

            count += 1
            harms += not child_succeeds(run_there)

        def clock_goes_back() -> bool:
            from stand_ins import published_mark, settings_in, small_build

            import cx_warehouse.publish as publishing
            from cx_warehouse.publish import new_build, publish, rollback

            settings = settings_in(Path(name) / "clock")
            publish(settings, small_build(settings, "today"), {})
            yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y%m%dT%H%M%S%fZ")
            source = small_build(settings, "clock went back")
            held = publishing.staged(settings, source).read_bytes()
            new_build(settings, yesterday).write_bytes(held)
            publish(settings, yesterday, {})
            is_new = published_mark(settings) == "clock went back"
            publish(settings, small_build(settings, "right again"), {})
            return is_new and published_mark(settings) == "right again" and rollback(settings).id != yesterday

        count += 1
        harms += not child_succeeds(clock_goes_back)
        for as_of, orders in (("1999-01-01T00:00:00Z", 0), ("2099-01-01T00:00:00Z", 12)):

            def stopped(as_of=as_of, orders=orders) -> bool:
                import duckdb

                settings = settings_of(Path(name) / "0", as_of=as_of)
                run(settings)
                with duckdb.connect(settings.current.resolve(), read_only=True) as connection:
                    return connection.execute("select count(*) from marts.fct_orders").fetchone() == (orders,)

            count += 1
            harms += not child_succeeds(stopped)
    return Result(
        "time zone of the machine, clock gone back a day, time stopped before and after all data", count, harms,
        "equal rows in every zone; readers see what was published last; none of the orders, all of the orders",
    )  # fmt: skip


def rollback_and_forward(count: int) -> Result:
    """To an older version and back, so many times."""

    def there_and_back() -> bool:
        from stand_ins import published_mark, settings_in, small_build

        from cx_warehouse.publish import publish, rollback

        with tempfile.TemporaryDirectory(prefix="cx-faults-") as name:
            settings = settings_in(Path(name))
            ids = {}
            for mark in ("old", "new"):
                ids[mark] = small_build(settings, mark)
                publish(settings, ids[mark], {})
            for number in range(count):
                mark = ("old", "new")[number % 2]
                rollback(settings, ids[mark])
                if published_mark(settings) != mark:
                    return False
        return True

    return Result(
        "rollback and forward", count, int(not child_succeeds(there_and_back)), "each time what was asked for"
    )


def stale_logs() -> Result:
    """A log of writes that belongs to another file lies beside a published one."""
    from stand_ins import settings_in
    from test_publish import STALE, test_a_strangers_log_of_writes_is_never_replayed

    harms = 0
    for change in STALE:
        with tempfile.TemporaryDirectory(prefix="cx-faults-") as name:
            folder = Path(name)
            harms += not child_succeeds(
                lambda change=change, folder=folder: test_a_strangers_log_of_writes_is_never_replayed(
                    settings_in(folder), folder, change
                )
            )
    return Result(
        "a stale log of writes (`.wal`) beside a published file", len(STALE), harms,
        "refused by readers, never replayed; gone with the next publication",
    )  # fmt: skip


def another_writer() -> Result:
    """Another process has the build open for writing."""
    from stand_ins import settings_in
    from test_publish import test_another_writer_stops_publication

    with tempfile.TemporaryDirectory(prefix="cx-faults-") as name:
        harms = not child_succeeds(lambda: test_another_writer_stops_publication(settings_in(Path(name))))
    return Result("another process writes to the build", 1, int(harms), "publication is refused")


IN_TESTS = """
| a check of fitness fails | `test_orchestration.py` | the metrics that rest on it are withheld, all others publish |
| files as hypothesis writes and damages them | `test_landing_csv.py`, `test_landing_malformed.py` | every line is accounted for, or the file is refused |
| an erasure that is interrupted | `test_forget.py` | finished by `cx forget` without an id |
"""


def page(results: list[Result], arguments: argparse.Namespace) -> str:
    """docs/reliability.md."""
    rows = "\n".join(
        f"| {one.fault} | {one.count} | {one.harms} | {one.found if one.is_good else 'NOT AS IT SHOULD BE'} |"
        for one in results
    )
    options = " ".join(
        f"--{name} {value}" for name, value in vars(arguments).items() if value is not None and name != "out"
    )
    return f"""# Reliability: faults made on purpose

Written by `make faults` ({datetime.now(UTC):%Y-%m-%d}); do not edit.
Options: `{options}`.

Harm: readers without a whole version, rows lost or doubled, a next run that does not work, a result mixed of two versions.
Small worlds, since faults are about order and not about size. The control takes the care out of publication; if it did no harm, `make faults` fails.

| fault | times | harm | what happened |
|---|---:|---:|---|
{rows}

In continuous integration, besides light versions of the above (`tests/python/test_faults.py`):

| fault | where | what happens |
|---|---|---|{IN_TESTS}"""


def made(arguments: argparse.Namespace) -> Iterator[Result]:
    """Every fault, one after the other."""
    yield from whole_runs(arguments.commands, arguments.runs, arguments.seed)
    yield malformed_files()
    yield replays(arguments.replays, arguments.seed)
    yield killed_at_each_line()
    yield stale_logs()
    yield another_writer()
    yield killed_at_random_moments(arguments.kills, arguments.seed)
    yield disk_full(6)
    yield time_zones_and_clocks()
    yield rollback_and_forward(50)
    # Last: they open DuckDB in this process, which must not fork afterwards.
    yield publications_under_readers(arguments.publications, arguments.sessions)
    yield control(20, arguments.sessions)


def main() -> None:
    """Make all faults, write the page, end with 1 when one did harm or the control none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="kills at random moments of a run")
    parser.add_argument("--replays", type=int, default=30, help="other orders and files of the same rows")
    parser.add_argument("--commands", type=int, default=3, help="kills of `cx run` itself")
    parser.add_argument("--runs", type=int, default=20, help="runs at the same moment")
    parser.add_argument("--publications", type=int, default=200, help="publications under readers")
    parser.add_argument("--sessions", type=int, default=20, help="reading sessions")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    parser.add_argument("--out", type=Path, default=PAGE, help="page to write")
    arguments = parser.parse_args()
    results = []
    for one in made(arguments):
        results.append(one)
        print(
            f"{'ok ' if one.is_good else 'BAD'} {one.fault}: {one.count} times, harm {one.harms}: {one.found}",
            flush=True,
        )
    arguments.out.write_text(page(results, arguments))
    sys.exit(0 if all(one.is_good for one in results) else 1)


if __name__ == "__main__":
    main()
