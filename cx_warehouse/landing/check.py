"""The dry run: what a load of a folder would do, without writing anything."""

import csv
import time

import duckdb

from cx_warehouse.contract import SourceTable, contract_tables, feeds
from cx_warehouse.errors import CxError
from cx_warehouse.landing.discover import files_of, tables_to_load, unclaimed_files
from cx_warehouse.landing.engine import loader_connection
from cx_warehouse.landing.forecast import typed_problems
from cx_warehouse.landing.load import NO_KEY, Progress, considered, count_rows, read_into_landed
from cx_warehouse.landing.pii import Protection, id_key, key_parameters, padded
from cx_warehouse.landing.report import CheckReport, FileCheck, FileResult, Problem, WithheldMetric
from cx_warehouse.landing.rows import Reading
from cx_warehouse.project import PROJECT
from cx_warehouse.settings import Settings

METRICS = PROJECT / "seeds" / "reference" / "ref_metrics.csv"
_EXAMPLES = 5


def check(settings: Settings, progress: Progress | None = None) -> CheckReport:
    """What a load of `settings.landing` into an empty warehouse would accept, reject and refuse, and what it withholds.

    Args:
        settings: landing folder, connectors, memory and threads.
        progress: called after each file with files done, files in all, rows so far, seconds so far.

    Returns:
        One FileCheck per file, the absent tables, the metrics they withhold, and the files nobody claims.

    Raises:
        CxError: there is no landing folder, no such connector, or no registry of metrics.
    """
    started = time.monotonic()
    tables = tables_to_load(settings)
    found = {table.id: files_of(settings, table) for table in tables}
    report = CheckReport()
    total = sum(len(files) for files, _ in found.values())
    # Without a key personal data would be left out; for a forecast any key does.
    protected = Protection(key_parameters(settings) or padded(b"forecast"), id_key(settings))
    rows = 0
    with loader_connection(settings) as connection:
        for table in tables:
            seen: dict[str, str] = {}
            for file in found[table.id][0]:
                result = considered(table, file)
                checked = FileCheck(result)
                report.files.append(checked)
                if result.file_status == "loaded" and result.file_hash in seen:
                    result.file_status = "skipped"
                    result.notes.append(f"It has the same content as {seen[result.file_hash]}.")
                elif result.file_status == "loaded" and (
                    reading := read_into_landed(connection, file, table, protected, settings.threads, result)
                ):
                    seen[result.file_hash] = file.name
                    count_rows(connection, table, reading, result)
                    _forecast(connection, table, reading, checked)
                    rows += result.loaded_count
                if progress:
                    progress(len(report.files), total, rows, time.monotonic() - started)
    claimed = {file.name for files, _ in found.values() for file in files}
    ignored = {name for _, names in found.values() for name in names}
    report.unclaimed = unclaimed_files(settings, claimed, ignored)
    report.absent_tables = _absent_tables(settings, report)
    report.withheld = withheld_metrics(set(report.absent_tables))
    _note_personal_data(settings, tables, report)
    return report


def withheld_metrics(absent: set[str]) -> list[WithheldMetric]:
    """Metrics of the registry that cannot be had without certain tables.

    `required_tables` names tables that are all needed between semicolons, and alternatives between bars.

    Args:
        absent: ids of tables that are absent.

    Raises:
        CxError: the registry is missing.
    """
    if not METRICS.is_file():
        raise CxError(f"The registry of metrics is missing: expected {METRICS.relative_to(PROJECT)}.")
    withheld = []
    with METRICS.open(encoding="utf-8", newline="") as stream:
        for metric in csv.DictReader(stream):
            alternatives = [
                [table.strip() for table in group.split(";") if table.strip()]
                for group in metric["required_tables"].split("|")
            ]
            if all(absent & set(group) for group in alternatives):
                lacking = sorted({table for group in alternatives for table in group if table in absent})
                withheld.append(WithheldMetric(metric["metric_id"], metric["metric_name"], tuple(lacking)))
    return withheld


def _forecast(connection: duckdb.DuckDBPyConnection, table: SourceTable, reading: Reading, checked: FileCheck) -> None:
    result = checked.result
    lines = connection.execute(
        f"""
        select
            reason_kind,
            count(*),
            any_value(expected),
            list({{line: line, found: found}} order by line)[:{_EXAMPLES}]
        from rejected_lines
        group by reason_kind
        order by reason_kind
        """
    ).fetchall()
    for kind, count, expected, examples in lines:
        shown = tuple((example["line"], example["found"]) for example in examples)
        checked.problems.append(Problem(None, kind, True, count, expected, shown))
    problems, checked.typed_rejected_count = typed_problems(connection, table, reading.mapping, _EXAMPLES)
    checked.problems += problems
    checked.accepted_count = result.loaded_count - checked.typed_rejected_count


def _absent_tables(settings: Settings, report: CheckReport) -> list[str]:
    accepted: set[str] = {_table_id(check.result) for check in report.files if check.result.file_status != "refused"}
    fed = {
        table
        for tool in settings.connectors
        for table, exports in feeds(tool).items()
        if any(f"{tool}.{export}" in accepted for export in exports)
    }
    return [table.id for table in contract_tables() if table.id not in accepted | fed]


def _table_id(result: FileResult) -> str:
    return f"{result.system}.{result.table_name}"


def _note_personal_data(settings: Settings, tables: list[SourceTable], report: CheckReport) -> None:
    if key_parameters(settings) is not None:
        return
    landed = {_table_id(check.result) for check in report.files if check.result.file_status == "loaded"}
    columns = [f"{table.id}.{name}" for table in tables if table.id in landed for name in table.pii]
    if columns:
        report.notes.append(NO_KEY.format(columns=", ".join(columns)))
