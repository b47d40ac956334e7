"""The one reader of this process, shared by pages and by /healthz."""

from functools import cache
from pathlib import Path

from cx_warehouse.settings import Settings
from cx_warehouse.snapshots import Reader


@cache
def _reader(warehouse: Path) -> Reader:
    return Reader(Settings(warehouse=warehouse))


def reader() -> Reader:
    """The reader of the warehouse that CX_WAREHOUSE names.

    Returns:
        The same reader for the same folder, for as long as the process lives.
    """
    return _reader(Settings().warehouse.resolve())
