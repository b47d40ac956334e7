"""The bounds, read from the one file in which they stand with their reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cx_warehouse.errors import CxError
from cx_warehouse.yaml_files import read_yaml
from expectations import comparisons

FILE = Path(__file__).with_name("bounds.yml")
SEVERITIES = ("structural", "fitness")


@dataclass(frozen=True)
class Bound:
    """One expectation on one mart. When a fitness bound fails, what rests on `columns` is withheld; with `names`, what
    rests on the metrics or source tables that this column calls in the rows that its query finds."""

    name: str
    suite: str
    table: str
    expectation: str
    arguments: dict
    severity: str
    what: str
    why: str
    what_to_do: str
    columns: tuple[str, ...] = ()
    names: str | None = None

    @property
    def is_comparison(self) -> bool:
        """Whether it compares with the version published before."""
        return self.expectation in comparisons.KINDS

    @property
    def query(self) -> str | None:
        """Its query for rows that should not be, {batch} and {before} still in it; None of one that is no query."""
        if self.is_comparison:
            return comparisons.KINDS[self.expectation](**self.arguments)
        return self.arguments.get("unexpected_rows_query")


def read(marts: Mapping[str, dict], file: Path | None = None) -> list[Bound]:
    """All bounds, in the order of the file.

    Args:
        marts: dbt's nodes of the published models, by name.
        file: default: bounds.yml.

    Raises:
        CxError: a bound that names a mart that does not exist, lacks a field, or does not say what it withholds.
    """
    file = file or FILE
    document = read_yaml(file)
    bounds = [
        _bound(file, suite, table, record)
        for suite, tables in document.items()
        for table, records in tables.items()
        for record in records
    ]
    for bound in bounds:
        if bound.table not in marts:
            raise CxError(
                f"{file.name}: {bound.name} is on {bound.table}, which is no mart ({', '.join(sorted(marts))})."
            )
        if bound.severity not in SEVERITIES:
            raise CxError(f"{file.name}: {bound.name} has severity {bound.severity!r}; expected one of {SEVERITIES}.")
        if (bound.severity == "fitness") != bool(bound.columns or bound.names):
            raise CxError(
                f"{file.name}: {bound.name}: a fitness bound says which columns it looks at, or which column of "
                f"what it finds names metrics or source tables; a structural one says neither."
            )
        if unknown := set(bound.columns) - set(marts[bound.table].get("columns") or bound.columns):
            raise CxError(f"{file.name}: {bound.name}: {bound.table} has no column {', '.join(sorted(unknown))}.")
    return bounds


def _bound(file: Path, suite: str, table: str, record: dict) -> Bound:
    known = {
        "name", "expectation", "arguments", "severity", "what", "why", "what_to_do", "columns", "names",
    }  # fmt: skip
    required = known - {"columns", "names", "arguments"}
    if missing := sorted(required - record.keys()):
        raise CxError(f"{file.name}: a bound on {table} lacks {', '.join(missing)}: {record}")
    if unknown := sorted(record.keys() - known):
        raise CxError(f"{file.name}: {record['name']} has unknown fields: {', '.join(unknown)}.")
    return Bound(
        suite=suite,
        table=table,
        arguments=record.get("arguments", {}),
        columns=tuple(record.get("columns", ())),
        **{name: record.get(name) for name in (required | {"names"})},
    )
