"""What an export looks like: its columns, and of what kind their values are. No value leaves this module."""

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cx_warehouse.errors import CxError
from cx_warehouse.landing.discover import FORMATS, format_of
from cx_warehouse.landing.engine import path_literal

_ROWS = 1_000
_READERS = {
    "csv": "read_csv({path}, all_varchar = true, header = true, hive_partitioning = false)",
    "csv.gz": "read_csv({path}, all_varchar = true, header = true, hive_partitioning = false)",
    "jsonl": "read_json({path}, format = 'newline_delimited', hive_partitioning = false)",
    "jsonl.gz": "read_json({path}, format = 'newline_delimited', hive_partitioning = false)",
    "parquet": "read_parquet({path}, hive_partitioning = false)",
}
# By what values look like; the made-up examples get values of the same kind.
_KINDS = (
    ("instant", r"\d{4}-\d{2}-\d{2}([T ].*)?"),
    ("number", r"[+-]?\d*[.]?\d+"),
)
_PERSONAL = re.compile(r"name|phone|mobile|address|street|city|zip|postal|birth|iban|comment|message|note|subject|body")


@dataclass(frozen=True)
class ExportColumn:
    """One column: `name` as SQL calls it, `header` as the file does; `kind` is instant, number, email or text."""

    name: str
    header: str
    kind: str

    @property
    def is_personal(self) -> bool:
        """Whether its name says that it may be somebody's; to be looked at by a person."""
        return self.kind == "email" or bool(_PERSONAL.search(self.name))


@dataclass(frozen=True)
class ExportSample:
    """One file of an export: `name` of the table, `files` a glob for files like it."""

    name: str
    files: str
    columns: tuple[ExportColumn, ...]


def sample_of(path: Path) -> ExportSample:
    """Look at one file of an export.

    Raises:
        CxError: it is not there, or no reader knows it.
    """
    kind = format_of(path.name)
    if kind is None or not path.is_file():
        found = "is not there" if not path.is_file() else "has another suffix"
        raise CxError(f"{path} {found}; expected a file that ends in one of {', '.join('.' + one for one in FORMATS)}.")
    stem = path.name[: -len(kind) - 1]
    # Exports carry their date; what is left of the name is what the next one will share.
    lasting = re.sub(r"[^a-z]+$", "", re.split(r"[-_ ]*\d", stem.lower())[0]) or stem.lower()
    connection = duckdb.connect()
    try:
        rows = connection.execute(f"from {_READERS[kind].format(path=path_literal(path))} limit {_ROWS}")
        headers = [column[0] for column in rows.description]
        values = list(zip(*rows.fetchall(), strict=True)) or [()] * len(headers)
    except duckdb.Error as error:
        words = str(error).split("\n")[0]
        raise CxError(f"{path} cannot be read as .{kind}: {words}") from None
    names: list[str] = []
    for header in headers:
        name = re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_") or "column"
        names.append(name if name not in names else f"{name}_{len(names) + 1}")
    columns = tuple(
        ExportColumn(name, header, _kind([str(value).strip() for value in of if value not in (None, "")]))
        for name, header, of in zip(names, headers, values, strict=True)
    )
    return ExportSample(re.sub(r"[^a-z0-9]+", "_", lasting).strip("_"), f"{lasting}*", columns)


def _kind(values: list[str]) -> str:
    if any(re.fullmatch(r"\S+@\S+\.\S+", value) for value in values):
        return "email"
    for kind, pattern in _KINDS:
        if values and all(re.fullmatch(pattern, value) for value in values):
            return kind
    return "text"
