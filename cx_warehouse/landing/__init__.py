"""From landed files to raw: lossless, accounted, personal data hashed."""

from cx_warehouse.landing.check import check
from cx_warehouse.landing.discover import tables_to_load
from cx_warehouse.landing.ledger import ensure_raw
from cx_warehouse.landing.load import load_table
from cx_warehouse.landing.report import CheckReport, FileCheck, FileResult, LoadReport, Problem, WithheldMetric

__all__ = [
    "CheckReport",
    "FileCheck",
    "FileResult",
    "LoadReport",
    "Problem",
    "WithheldMetric",
    "check",
    "ensure_raw",
    "load_table",
    "tables_to_load",
]
