"""An estimate as it is published: value, interval, count, status and reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app import figures, messages


@dataclass(frozen=True)
class Estimate:
    """`value` is None where only the interval may be shown, and so are its ends where nothing may be.

    `needed` is how many observations would tell it from 0; None where it can be told, or that is not published.
    `digits` is its precision where it stands beside others, of `alike`; None where it stands alone.
    """

    value: float | None
    low: float | None
    high: float | None
    unit: str
    count: int | None = None
    status: str = "final"
    reason: str | None = None
    grade: str | None = None
    needed: int | None = None
    digits: int | None = None

    @classmethod
    def of(
        cls,
        row: Mapping | None,
        name: str,
        unit: str,
        count: str | None = None,
        status: str = "status",
        reason: str = "reason",
    ) -> "Estimate":
        """An estimate out of a published row.

        Args:
            row: of a mart; None when it is not there, which is an estimate that is withheld.
            name: column of the value; its ends are `<name>_low` and `<name>_high` where the mart has them.
            unit: as in `figures.figure`.
            count: column of the number of observations.
            status: column of the status.
            reason: column of the reason.
        """
        if row is None:
            return cls(None, None, None, unit, None, "withheld", messages.NO_ROW)
        return cls(
            _number(row[name]),
            _number(row.get(f"{name}_low")),
            _number(row.get(f"{name}_high")),
            unit,
            None if count is None else row[count],
            row.get(status) or "final",
            figures.told(row.get(reason)),
            row.get("grade"),
            row.get("needed_observation_count"),
        )

    @property
    def is_shown(self) -> bool:
        """Whether there is a number to show, be it an interval only."""
        return self.value is not None or (self.low is not None and self.high is not None)

    def text(self, currency: str | None = None) -> str:
        """The value, or its interval where only that may be shown, or that it is not shown.

        Args:
            currency: ISO 4217 code of amounts.
        """
        if self.value is not None:
            return figures.figure(self.value, self.unit, currency, self._digits)
        return self.ends(currency) or messages.NOT_SHOWN

    def ends(self, currency: str | None = None) -> str | None:
        """The interval as text, None when there is none.

        Args:
            currency: ISO 4217 code of amounts.
        """
        if self.low is None or self.high is None:
            return None
        low, high = (figures.figure(end, self.unit, currency, self._digits) for end in (self.low, self.high))
        # "0.1 to 0.3 days": the unit once.
        if self.unit in ("days", "hours", "minutes", "points"):
            low = figures.bare(self.low, self.unit, self._digits)
            low = figures.signed(low, self.low) if self.unit == "points" else low
        return messages.INTERVAL_ENDS.format(low=low, high=high)

    def cell(self, currency: str | None = None) -> str:
        """Value and interval for a table, or why there is neither.

        Args:
            currency: ISO 4217 code of amounts.
        """
        if not self.is_shown:
            return f"{messages.NOT_SHOWN}: {self.why}"
        ends = self.ends(currency)
        if self.value is None or ends is None:
            return self.text(currency)
        return messages.MEASURES_VALUE.format(value=self.text(currency), interval=ends)

    @property
    def _digits(self) -> int:
        """One precision for the value and both ends of its interval."""
        return figures.digits_of(self._known, self.unit) if self.digits is None else self.digits

    @property
    def _known(self) -> list[float]:
        return [each for each in (self.value, self.low, self.high) if each is not None]

    @property
    def why(self) -> str:
        """Why it is not shown, as the end of a sentence."""
        return (self.reason or messages.NO_REASON).rstrip(".")

    @property
    def needs(self) -> str | None:
        """What would be enough, in words, where the interval holds 0 and the mart says so; else None."""
        return messages.NEEDS.format(count=figures.about(self.needed)) if self.needed else None

    def side_of(self, bound: float) -> str:
        """Where the whole interval lies: `below` or `above` a bound, or `across` when it holds it.

        Args:
            bound: in the estimate's unit.
        """
        if self.low is None or self.high is None:
            return "across"
        return "below" if self.high < bound else "above" if self.low > bound else "across"


def alike(estimates: Iterable[Estimate]) -> list[Estimate]:
    """Estimates that stand under each other, those of one unit in one precision.

    Args:
        estimates: of a column of a table, or of the rows of a chart.
    """
    estimates = list(estimates)
    known: dict[str, list[float]] = {}
    for each in estimates:
        known.setdefault(each.unit, []).extend(each._known)
    digits = {unit: figures.digits_of(numbers, unit) for unit, numbers in known.items() if numbers}
    return [replace(each, digits=digits.get(each.unit)) for each in estimates]


def _number(value: object) -> float | None:
    # Amounts are exact decimals in a mart; a chart wants numbers.
    return None if value is None else float(value)
