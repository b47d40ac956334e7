"""The sample's calendar: thirty months, and how busy the shop is in each hour of them.

Instants are whole seconds, days whole days, both since START (UTC). Busy time runs faster when people buy more: a
process that is memoryless in it has the season, the week and the hours of the day in its hazard, for everybody alike,
so that a ratio of hazards planted in it is exactly constant.
"""

from datetime import date

import numpy as np

START = date(2024, 1, 1)
END = date(2026, 7, 1)  # exclusive: nothing happens from here on
DAY = 86_400
HORIZON_DAYS = 400  # beyond END, for the truth about follow-up that the sample itself cuts off
LAST_DAY = (END - START).days
LAST_SECOND = LAST_DAY * DAY

BUYING_BY_MONTH = [0.86, 0.90, 0.95, 0.95, 1.00, 1.00, 0.92, 0.85, 1.00, 1.05, 1.32, 1.22]
BUYING_BY_WEEKDAY = [1.08, 1.02, 1.00, 1.00, 0.95, 0.90, 1.05]
BUYING_BY_HOUR = [2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 11, 11, 10, 10, 10, 11, 12, 13, 14, 13, 10, 7, 4]

DATES = np.arange(np.datetime64(START), np.datetime64(END) + HORIZON_DAYS)
MONTH_OF_DAY = DATES.astype("datetime64[M]").astype(int) % 12  # 0 is January
_WEEKDAY_OF_DAY = (DATES.astype(int) + 3) % 7  # 1970-01-01 was a Thursday


def _knots() -> tuple[np.ndarray, np.ndarray]:
    daily = np.take(BUYING_BY_MONTH, MONTH_OF_DAY) * np.take(BUYING_BY_WEEKDAY, _WEEKDAY_OF_DAY)
    hourly = np.outer(daily, np.array(BUYING_BY_HOUR) / sum(BUYING_BY_HOUR)).ravel()
    busy = np.concatenate([[0.0], np.cumsum(hourly)])
    # One busy day is one average day of the sample.
    busy *= LAST_DAY / busy[LAST_DAY * 24]
    return np.arange(len(busy)) * 3600.0, busy


_SECONDS, _BUSY = _knots()


def busy_days(seconds: np.ndarray) -> np.ndarray:
    """Busy days passed at that instant."""
    return np.interp(seconds, _SECONDS, _BUSY)


def instant(busy: np.ndarray) -> np.ndarray:
    """Whole second at which so many busy days have passed (inverse of `busy_days`; past the calendar, its end)."""
    return np.interp(busy, _BUSY, _SECONDS).astype(np.int64)


def day_number(when: date) -> int:
    """Days since START."""
    return (when - START).days


def summer_time(seconds: np.ndarray) -> np.ndarray:
    """Whether the European Union keeps summer time then (last Sunday of March to last of October, 01:00 UTC)."""
    return np.searchsorted(_CHANGES, seconds, side="right") % 2 == 1


def _changes() -> np.ndarray:
    sundays = DATES[_WEEKDAY_OF_DAY == 6]
    months = sundays.astype("datetime64[M]")
    is_last = months != (sundays + 7).astype("datetime64[M]")
    changes = sundays[is_last & np.isin(months.astype(int) % 12, [2, 9])]
    return (changes - np.datetime64(START)).astype(np.int64) * DAY + 3600


_CHANGES = _changes()
