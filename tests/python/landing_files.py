"""A landing folder to fill and a warehouse to look into, for the tests of the loader."""

import csv
import gzip
import io
from datetime import datetime
from pathlib import Path

import duckdb

from cx_warehouse import landing
from cx_warehouse.contract import SourceTable
from cx_warehouse.settings import Settings

LOADED_AT = datetime(2026, 7, 1, 8, 0)
SHIPMENTS = "fulfilment.shipments"
# Every required column of shipments, and nothing else.
HEADER = b"shipment_id,order_id,updated_at\n"
ROW = b"s1,o1,2026-01-01T00:00:00Z\n"


class Landing:
    """A landing folder under `folder`, and the warehouse it is loaded into."""

    def __init__(self, folder: Path, **settings) -> None:
        values = {"pii_key": "a key for tests"} | settings
        self.settings = Settings(_env_file=None, landing=folder / "landing", warehouse=folder / "warehouse", **values)
        self.settings.landing.mkdir(parents=True, exist_ok=True)

    def put(self, name: str, content: bytes) -> Path:
        """Writes one landed file; `.gz` is compressed here."""
        path = self.settings.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    def put_raw(self, name: str, content: bytes) -> Path:
        """Writes one landed file byte for byte."""
        path = self.settings.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def table(self, name: str = SHIPMENTS) -> SourceTable:
        return next(table for table in landing.tables_to_load(self.settings) if table.id == name)

    def load(self, name: str = SHIPMENTS, load_id: str = "L1", **arguments) -> landing.LoadReport:
        return landing.load_table(self.settings, self.table(name), load_id, LOADED_AT, **arguments)

    def query(self, sql: str) -> list[tuple]:
        """Runs SQL in which {rows}, {files}, {rejects} and {columns} stand for what lies in raw."""
        sources = {
            name: f"read_parquet('{self.settings.raw}/{pattern}.*.parquet', union_by_name = true)"
            for name, pattern in {
                "shipments": SHIPMENTS,
                "customers": "crm.customers",
                "orders": "fulfilment.orders",
                "answers": "survey.answers",
                "files": "ops.files",
                "rejects": "ops.rejects",
                "columns": "ops.columns",
            }.items()
        }
        with duckdb.connect() as connection:
            return connection.execute(sql.format(**sources)).fetchall()

    def raw_files(self) -> list[str]:
        """Names of everything in raw that is not an empty stand-in."""
        return sorted(path.name for path in self.settings.raw.iterdir() if ".absent." not in path.name)


def csv_bytes(rows: list[list[str]], newline: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    """Rows as Python's csv module writes them."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator=newline, quoting=quoting).writerows(rows)
    return stream.getvalue().encode()


def assert_balanced(result: landing.FileResult) -> None:
    """Every physical line of a loaded file is accounted for."""
    assert result.physical_line_count == (
        result.header_line_count + result.loaded_count + result.embedded_newline_count + result.rejected_count
    )
