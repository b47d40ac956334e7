"""How much memory a DuckDB instance may take."""

import math
import os
import re
from pathlib import Path

import duckdb

from cx_warehouse.errors import CxError

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_SIZE = re.compile(r"\d+(\.\d+)?\s*(b|bytes?|[kmgt](i?b)?|(kilo|mega|giga|tera)bytes?)|-1|none", re.IGNORECASE)


def memory_limit(limit: str) -> str:
    """DuckDB's notation of a limit that may be a share of this machine's memory.

    DuckDB 1.5 reads sizes ("2GB") and no percentages, so a percentage is worked out here.

    Args:
        limit: a size such as "2GB", or a percentage of physical memory such as "75%".

    Returns:
        A size as DuckDB reads it, in bytes where a percentage was given.

    Raises:
        CxError: it is neither, or the percentage is not above 0 and at most 100.
    """
    match = _PERCENT.fullmatch(limit.strip())
    if not match and _SIZE.fullmatch(limit.strip()):
        return limit.strip()
    percent = float(match[1]) if match else 0
    if not 0 < percent <= 100:
        raise CxError(f"The memory limit is {limit!r}; expected a size such as '2GB' or a share above 0% up to 100%.")
    physical_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{int(physical_bytes * percent / 100)}B"


def memory_bytes(limit: str) -> float:
    """How many bytes a limit is; infinitely many where it says that there is none.

    Args:
        limit: as for memory_limit.

    Raises:
        CxError: the limit is no such thing.
    """
    number, unit = re.fullmatch(r"(-?[\d.]*)\s*(\w*)", memory_limit(limit).lower()).groups()
    if unit == "none" or number == "-1":
        return math.inf
    step = 1024 if unit.endswith("ib") else 1000
    return float(number) * step ** "bkmgt".index(unit[:1] or "b")


def opened(database: Path | str, limit: str, read_only: bool = False, **config: str) -> duckdb.DuckDBPyConnection:
    """A connection that keeps to the limit, for what reads tables of any size: left alone, DuckDB takes four fifths of
    the machine.

    Args:
        database: a file that no other connection of this process has open, or `:memory:`.
        limit: as for memory_limit.
        read_only: whether nothing may be written.
        config: other settings of DuckDB.

    Raises:
        CxError: the limit is no such thing.
    """
    return duckdb.connect(database, read_only=read_only, config={"memory_limit": memory_limit(limit), **config})
