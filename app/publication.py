"""The one reader of this process, shared by pages and by /healthz."""

import os
from functools import cache
from pathlib import Path

from cx_warehouse.settings import Settings
from cx_warehouse.snapshots import Reader


@cache
def _reader(warehouse: Path) -> Reader:
    return Reader(Settings(warehouse=warehouse))


@cache
def _folder(_named: str | None, _here: Path) -> Path:
    # Settings are read from the environment once, not on every run of every page.
    return Settings().warehouse.resolve()


def reader() -> Reader:
    """The reader of the warehouse that CX_WAREHOUSE names.

    Returns:
        The same reader for the same folder, for as long as the process lives.
    """
    return _reader(_folder(os.environ.get("CX_WAREHOUSE"), Path.cwd()))
