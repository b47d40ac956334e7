"""The command line `cx`. Exit codes: 0 done, 1 refused by a check (what is published stays), 2 bad usage or input."""

import errno
import gc
import os
import sys
import tempfile
import traceback
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cx_warehouse.errors import CxError
from cx_warehouse.options import every_setting, option, settings
from cx_warehouse.project import PROJECT
from cx_warehouse.settings import Settings

# New objects after which a run looks for cycles among them; Python's own choice is 700.
MANY_OBJECTS = 200_000

# What a command needs beyond this is imported inside it: `cx --help` must not wait for dbt, Dagster or DuckDB.

app = typer.Typer(
    help="Customer expectation against customer experience: from source files to a checked, published warehouse.",
    epilog=every_setting(),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)

Landing = Annotated[Path | None, option("landing")]
Warehouse = Annotated[Path | None, option("warehouse")]
Connectors = Annotated[list[str] | None, option("connectors", "--connector")]
Pulls = Annotated[Path | None, option("pulls")]
Systems = Annotated[list[str] | None, option("systems", "--system")]
AsOf = Annotated[str | None, option("as_of")]
Target = Annotated[str | None, option("target")]


class Format(StrEnum):
    """How rows are written."""

    table = "table"
    csv = "csv"
    json = "json"


@app.command()
def run(
    landing: Landing = None,
    warehouse: Warehouse = None,
    connector: Connectors = None,
    as_of: AsOf = None,
    target: Target = None,
    system: Systems = None,
) -> None:
    """Load, transform, check, publish.

    Runs the Dagster job in this process. A failed check leaves what is published as it is.
    """
    chosen = settings(
        landing=landing, warehouse=warehouse, connectors=connector, as_of=as_of, target=target, systems=system
    )
    _run_job("cx", chosen)
    from cx_warehouse.headline import headline

    print(f"Published {chosen.current} -> {chosen.current.readlink()}. The last twelve complete months:")
    for line in headline(chosen):
        print(f"  {line}")
    where = "" if chosen.warehouse == Path("warehouse") else f" --warehouse {chosen.warehouse}"
    print(f'Open the dashboard with `cx app{where}`, ask with `cx query{where} "from mart_scorecard"`.')


@app.command()
def load(
    landing: Landing = None, warehouse: Warehouse = None, connector: Connectors = None, system: Systems = None
) -> None:
    """Load only; `dbt build` does the rest.

    For those who run dbt themselves.
    """
    chosen = settings(landing=landing, warehouse=warehouse, connectors=connector, systems=system)
    _run_job("load", chosen)
    print(f"Raw rows are in {chosen.raw}. Build with CX_WAREHOUSE={chosen.warehouse} dbt build.")


@app.command()
def pull(landing: Landing = None, warehouse: Warehouse = None, pulls: Pulls = None, system: Systems = None) -> None:
    """Pull only: what has changed in databases and REST interfaces, into the landing folder.

    `cx run` does it first by itself.
    """
    from cx_warehouse.pull import pulls as named

    chosen = settings(landing=landing, warehouse=warehouse, pulls=pulls, systems=system)
    if not named(chosen):
        raise CxError(f"There is nothing to pull: no file {chosen.pulls}. docs/pull.md says what stands in it.")
    chosen.landing.mkdir(parents=True, exist_ok=True)
    _run_job("pull", chosen)


@app.command()
def check(
    directory: Annotated[Path, typer.Argument(help="Folder of source files.", show_default=False)],
    connector: Connectors = None,
    warehouse: Warehouse = None,
) -> None:
    """Dry run over a folder, writing nothing.

    Says per file what a run would accept, reject and refuse and why, and which metrics it would withhold.
    """
    from cx_warehouse.forecast_text import lines
    from cx_warehouse.landing import check as check_landing
    from cx_warehouse.preflight import preflight
    from cx_warehouse.screen import Screen

    chosen = settings(landing=directory, warehouse=warehouse, connectors=connector)
    preflight(chosen)
    screen = Screen()
    report = check_landing(
        chosen, lambda done, total, rows, seconds: screen.doing(f"{done} of {total} files, {rows:,} rows")
    )
    screen.close()
    for line in lines(report):
        print(line)


@app.command()
def status(warehouse: Warehouse = None) -> None:
    """What is published, and what is withheld.

    Version, when, as of when, from which loads, rows by table, failed checks, withheld metrics.
    """
    from cx_warehouse.headline import status as status_lines

    for line in status_lines(settings(warehouse=warehouse)):
        print(line)


class Server(StrEnum):
    """Where `cx serve` publishes to."""

    postgres = "postgres"


@app.command("serve")
def serve_to(
    server: Annotated[Server, typer.Argument(help="Where to.", show_default=False)],
    dsn: Annotated[str, typer.Option(help="Connection string; default: PGHOST and the like.")] = "",
    schema: Annotated[str, typer.Option(help="Schema that is replaced as a whole.")] = "cx",
    reader: Annotated[str, typer.Option(help="Role that may read it; created where absent.")] = "cx_reader",
    warehouse: Warehouse = None,
) -> None:
    """Publish the marts to PostgreSQL, for BI tools.

    Readers see the old version or the new one, whole; tables bring keys, indexes and comments.
    """
    from cx_warehouse.serve_postgres import serve as serve_postgres

    counts = serve_postgres(settings(warehouse=warehouse), dsn, schema, reader)
    print(f"Published {len(counts)} tables, {sum(counts.values()):,} rows, to the schema {schema}.")


@app.command()
def fetch(
    source: Annotated[
        str,
        typer.Argument(
            help="PostgreSQL's connection string ('': PGHOST and the like), or the folder of Spark's tables.",
            show_default=False,
        ),
    ],
    warehouse: Warehouse = None,
) -> None:
    """Publish here what PostgreSQL or Spark built, for the app and `cx query`.

    Behind the same checks of live data. See docs/engines.md.
    """
    from cx_warehouse.screen import Screen

    _find_project()
    from orchestration.fetch import fetch as fetch_version

    chosen = settings(warehouse=warehouse)
    screen = Screen()
    try:
        path = fetch_version(chosen, source, screen)
    finally:
        screen.close()
    print(f"Published {chosen.current} -> versions/{path.name}.")


@app.command("versions")
def list_versions(warehouse: Warehouse = None) -> None:
    """The published versions, newest first.

    A star marks the one that readers see.
    """
    from cx_warehouse.headline import version_line
    from cx_warehouse.versions import versions

    chosen = settings(warehouse=warehouse)
    known = versions(chosen)
    if not known:
        raise CxError(f"Nothing is published in {chosen.warehouse}. Run `cx run` first.")
    for version in known:
        print(version_line(version))


@app.command()
def rollback(
    version: Annotated[str | None, typer.Argument(help="Its id; default: the one before the current.")] = None,
    warehouse: Warehouse = None,
) -> None:
    """Make an older version the published one."""
    from cx_warehouse.versions import rollback as go_back

    print(f"Readers now see version {go_back(settings(warehouse=warehouse), version).id}.")


@app.command()
def backfill(
    instants: Annotated[list[str], typer.Argument(help="Where time stops, one after the other.", show_default=False)],
    warehouse: Warehouse = None,
    connector: Connectors = None,
) -> None:
    """Build what would have been published at earlier instants.

    Of what is loaded; each into a warehouse of its own below <warehouse>/as_of, so that what readers see stays.
    """
    from cx_warehouse.lock import acquire_lock

    base = settings(warehouse=warehouse, connectors=connector)
    # All of them first: an instant that nobody can read must not be found after an hour of building.
    for instant, chosen in [(instant, _stopped(base, instant)) for instant in instants]:
        with acquire_lock(base):  # nothing may be loaded meanwhile
            _run_job("cx", chosen, loads=False)
        print(f"As of {instant}: {chosen.warehouse}. Ask with --warehouse {chosen.warehouse}.")


def _stopped(chosen: Settings, instant: str) -> Settings:
    from cx_warehouse.preflight import as_of

    if not chosen.raw.is_dir():
        raise CxError(f"Nothing is loaded in {chosen.warehouse}. Run `cx load` first.")
    folder = chosen.as_of_folder / as_of(chosen.model_copy(update={"as_of": instant})).replace(":", "")
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "raw").exists():
        (folder / "raw").symlink_to(Path("..") / ".." / chosen.raw.name)
    return chosen.model_copy(update={"as_of": instant, "warehouse": folder, "landing": chosen.raw})


@app.command("dagster")
def dagster_pages(
    warehouse: Warehouse = None,
    landing: Landing = None,
    port: Annotated[int, typer.Option(help="Where its pages are.")] = 3000,
) -> None:
    """Dagster's own pages, schedule and sensors until interrupted.

    On this machine only: they have no sign-in.
    """
    _find_project()
    from orchestration.history import home

    chosen = settings(warehouse=warehouse, landing=landing)
    environment = {
        **os.environ,
        "CX_WAREHOUSE": str(chosen.warehouse.resolve()),
        "CX_LANDING": str(chosen.landing.resolve()),
        "DAGSTER_HOME": str(home(chosen)),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    command = str(Path(sys.executable).with_name("dagster"))
    os.chdir(PROJECT)
    os.execve(command, [command, "dev", "--host", "127.0.0.1", "--port", str(port)], environment)


@app.command()
def forget(
    customer_id: Annotated[
        str | None,
        typer.Argument(help="Their id in any tool, or address; without it an interrupted erasure is finished."),
    ] = None,
    email: Annotated[list[str] | None, typer.Option(help="An address of theirs to look for in free text.")] = None,
    landing: Landing = None,
    warehouse: Warehouse = None,
    connector: Connectors = None,
    as_of: AsOf = None,
) -> None:
    """Erase a person from landing, raw and every version.

    Their landed files are written anew without their rows; what lands of them later is left out. See docs/erasure.md.
    """
    from cx_warehouse.erasure import forget as erase
    from cx_warehouse.preflight import preflight

    chosen = settings(landing=landing, warehouse=warehouse, connectors=connector, as_of=as_of)
    preflight(chosen)
    erased = erase(chosen, customer_id, tuple(email or ()), lambda: _run_job("cx", chosen, during_erasure=True))
    print(f"Erased: {erased.id_count} id{'s' if erased.id_count > 1 else ''} of one person.")
    print(f"Landed files written anew: {', '.join(erased.files) or 'none'}.")
    print(f"Rows taken out of raw: {erased.raw_count:,}.")
    for version, count in erased.version_counts.items():
        print(f"Version {version}: {count:,} rows taken out.")
    for version in erased.dropped:
        print(f"Version {version}: removed, since it could not be copied.")
    if erased.unsearched:
        names = ", ".join(erased.unsearched)
        raise CxError(f"These landed files cannot be read, so they were not searched; remove them: {names}.")


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="Where to; default: here.")] = Path(),
    warehouse: Warehouse = None,  # every command takes it; a new project has none yet
) -> None:
    """Lay out a new project: landing folders, settings, what git leaves out.

    Nothing is overwritten.
    """
    from cx_warehouse.scaffold import scaffold

    for path in scaffold(directory):
        print(path)


@app.command()
def connect(
    tool: Annotated[str, typer.Argument(help="Its name: small letters, digits and _.", show_default=False)],
    files: Annotated[list[Path], typer.Argument(help="Files as the tool exports them.", show_default=False)],
    table: Annotated[
        list[str] | None, typer.Option(help="A table of the contract that it fills, e.g. crm.contacts.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Map the files and say what is missing; writes nothing.")
    ] = False,
    warehouse: Warehouse = None,  # every command takes it; nothing is built there
) -> None:
    """Lay out a connector for a tool, or check one.

    Without --check: sources from the headers of the files, a model per --table, a page, made-up examples and a test.
    With it: which required columns of the contract are still missing, and ten mapped rows of each table.
    """
    if check:
        _find_project()
        from cx_warehouse.connect.check import check as check_connector

        report = check_connector(settings(warehouse=warehouse), tool, files)
        for line in report.lines():
            print(line)
        raise typer.Exit(int(not report.is_complete))
    from cx_warehouse.connect.scaffold import scaffold as lay_out

    for path in lay_out(tool, files, table or []):
        print(path)


@app.command()
def sample(
    directory: Annotated[Path, typer.Argument(help="Where to; empty or absent.", show_default=False)],
    orders: Annotated[int, typer.Option(help="How many orders.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed writes the same data.")] = 1,
    warehouse: Warehouse = None,  # every command takes it; a sample does not need one
) -> None:
    """Write demo data.

    In the layout of a landing folder, with effects planted in it that the docs list.
    """
    from cx_warehouse.sample import write_sample
    from cx_warehouse.screen import Screen

    screen = Screen()
    written = write_sample(directory, orders, seed, lambda table, rows, seconds: screen.done(f"{table}: {rows:,} rows"))
    print(f"{sum(written.values()):,} rows of {len(written)} tables. Publish them: `cx run --landing {directory}`.")


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One statement; tables are found unqualified.", show_default=False)],
    format: Annotated[Format, typer.Option(help="How the rows are written.")] = Format.table,
    warehouse: Warehouse = None,
) -> None:
    """Ask what is published, read-only."""
    from cx_warehouse.tabular import render
    from cx_warehouse.warehouse import query as ask

    result = ask(settings(warehouse=warehouse), sql)
    sys.stdout.write(render(result.columns, result.rows, format.value))


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="File to write: .pdf, .pptx or .html.")] = Path("board-pack.pdf"),
    warehouse: Warehouse = None,
) -> None:
    """Write the board pack: the published figures as a document."""
    _find_project()
    from app.report import write

    print(write(settings(warehouse=warehouse), out))


@app.command("app")
def serve(
    warehouse: Warehouse = None,
    host: Annotated[str | None, option("app_host", "--host")] = None,
    port: Annotated[int | None, option("app_port", "--port")] = None,
) -> None:
    """Serve the dashboard until interrupted."""
    _find_project()
    from app.serve import command, environment

    chosen = settings(warehouse=warehouse, app_host=host, app_port=port)
    print(f"The dashboard is at http://{chosen.app_host}:{chosen.app_port} (end with Ctrl-C).", file=sys.stderr)
    arguments = command(chosen)
    os.execve(arguments[0], arguments, environment(chosen))


def _run_job(name: str, chosen: Settings, *, during_erasure: bool = False, loads: bool = True) -> None:
    """Run one of the Dagster jobs; what can be known to be wrong is said before the seconds of imports."""
    from cx_warehouse.lock import acquire_lock
    from cx_warehouse.preflight import preflight
    from cx_warehouse.screen import Screen

    preflight(chosen)
    # Python looks through all its objects for cycles again and again. Those of dbt and Dagster are millions, and they
    # stay: it took an eighth of a run.
    gc.set_threshold(MANY_OBJECTS)
    screen = Screen()
    with acquire_lock(chosen):
        if not during_erasure and chosen.erasure.exists():
            raise CxError("An erasure was interrupted. Finish it first: `cx forget`, without an id.")
        _find_project()
        screen.doing("reading the project")
        from orchestration.run import run as run_job

        try:
            run_job(chosen, name, screen, loads=loads)
        finally:
            screen.close()


def _find_project() -> None:
    """Let the folders of the project be imported from wherever `cx` is called; the wheel installs the library only."""
    if str(PROJECT) not in sys.path:
        sys.path.insert(0, str(PROJECT))


def main() -> None:
    """Entry point: every failure is a sentence on stderr and an exit code."""
    try:
        app()
    except CxError as error:
        print(f"cx: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("cx: interrupted; what was published stays.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output (`| head`) has seen enough; nothing may be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if trouble := _of_the_machine(error):
            print(f"cx: {trouble} What was published stays.", file=sys.stderr)
            sys.exit(CxError.exit_code)
        with tempfile.NamedTemporaryFile("w", prefix="cx-", suffix=".log", delete=False) as log:
            log.write(f"{' '.join(sys.argv)}\n{traceback.format_exc()}")
        words = str(error).split("\n")[0]
        print(f"cx: this is a defect: {type(error).__name__}: {words} (whole trace: {log.name})", file=sys.stderr)
        sys.exit(1)


def _of_the_machine(error: Exception) -> str | None:
    """A sentence where disk or rights are at fault, and not we. DuckDB's errors have no number, only words."""
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in str(error):
        return "The disk is full. Free some space and try again."
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{error.filename or 'A file'} cannot be read or written ({error.strerror}). "
            "Check who owns it, and whether its disk is read-only."
        )
    return None


if __name__ == "__main__":
    main()
