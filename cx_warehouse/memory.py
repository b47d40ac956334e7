"""How much memory a DuckDB instance may take."""

import os
import re

from cx_warehouse.errors import CxError

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def memory_limit(limit: str) -> str:
    """DuckDB's notation of a limit that may be a share of this machine's memory.

    DuckDB 1.5 reads sizes ("2GB") and no percentages, so a percentage is worked out here.

    Args:
        limit: a size such as "2GB", or a percentage of physical memory such as "75%".

    Returns:
        A size as DuckDB reads it, in bytes where a percentage was given.

    Raises:
        CxError: the percentage is not above 0 and at most 100.
    """
    match = _PERCENT.fullmatch(limit.strip())
    if not match:
        return limit.strip()
    percent = float(match[1])
    if not 0 < percent <= 100:
        raise CxError(f"The memory limit is {limit!r}; expected a size such as '2GB' or a share above 0% up to 100%.")
    physical_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{int(physical_bytes * percent / 100)}B"
