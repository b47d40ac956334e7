"""The dry run of a landing folder, in words."""

from collections.abc import Iterator

from cx_warehouse.landing import CheckReport, FileCheck, Problem


def lines(report: CheckReport) -> Iterator[str]:
    """What would happen to each file, then which metrics would be withheld."""
    for checked in report.files:
        yield from _file(checked)
    for name, reason in report.unclaimed:
        yield f"{name}: not read. {reason}"
    yield from report.notes
    if report.absent_tables:
        yield f"Absent tables: {', '.join(report.absent_tables)}."
    for metric in report.withheld:
        yield f"Withheld: {metric.metric_id} ({metric.metric_name}), for want of {', '.join(metric.absent_tables)}."
    accepted = sum(checked.accepted_count for checked in report.files)
    refused = len(report.refused)
    yield (
        f"{_counted(len(report.files), 'file')}: {_counted(accepted, 'row')} would be accepted, "
        f"{_counted(refused, 'file')} refused, {_counted(len(report.withheld), 'metric')} withheld for want of tables. "
        "Nothing was written."
    )


def _file(checked: FileCheck) -> Iterator[str]:
    result = checked.result
    table = f"{result.system}.{result.table_name}"
    if result.file_status == "refused":
        yield f"{result.file} ({table}): refused. {result.reason}"
        return
    if result.file_status == "skipped":
        yield f"{result.file} ({table}): skipped. {' '.join(result.notes)}"
        return
    rejected = (result.rejected_count or 0) + checked.typed_rejected_count
    yield f"{result.file} ({table}): {_counted(checked.accepted_count, 'row')} accepted, {rejected:,} rejected"
    for problem in checked.problems:
        yield f"  {_problem(problem)}"
    if result.missing_column_names:
        yield f"  missing columns (read as empty): {result.missing_column_names}"
    if result.unknown_column_names:
        yield f"  unknown columns (kept, used by nothing): {result.unknown_column_names}"
    for note in result.notes:
        yield f"  {note}"


def _problem(problem: Problem) -> str:
    what = "rejected" if problem.is_rejected else "value becomes empty"
    where = f"column {problem.column}" if problem.column else "whole line"
    shown = "; ".join(f"line {line}: {found}" for line, found in problem.examples)
    count = _counted(problem.row_count, "row")
    return f"{count} {what} ({where}, {problem.kind}): expected {problem.expected}; found {shown}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
