"""What a board pack says, whatever it is written as: plain text, rows of text, and charts both drawn and native."""

from collections.abc import Sequence
from dataclasses import dataclass

from app import figures


@dataclass(frozen=True)
class Series:
    """Values of one native chart, one a category; None where nothing is published.

    `lows` and `highs` are the ends of their intervals, `colors` how each is painted, as `#rrggbb`; empty where there
    are none.
    """

    name: str
    values: Sequence[float | None]
    lows: Sequence[float | None] = ()
    highs: Sequence[float | None] = ()
    colors: Sequence[str] = ()


@dataclass(frozen=True)
class Chart:
    """`spec` is Vega-Lite; `kind` (line, bar), `categories` and `series` are the same figures for an editable chart.

    Without `series` there is no editable form; in it bars begin at `base`, and the axis of a line reaches over `span`.
    `note` says how to read the chart, `native_note` how its editable form.
    """

    title: str
    alt: str
    spec: dict
    kind: str
    categories: Sequence[str]
    series: Sequence[Series]
    number_format: str = "General"
    base: float = 0
    span: tuple[float, float] | None = None
    note: str = ""
    native_note: str = ""


@dataclass(frozen=True)
class Table:
    """A table of text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def numbers(self) -> list[int]:
        """Columns that hold numbers, which stand at the right."""
        return figures.number_columns(self.rows)


@dataclass(frozen=True)
class Section:
    """One question, its answer made from the data, and the evidence."""

    slug: str
    question: str
    sentence: str
    sure: str | None
    next_step: str | None
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Report:
    """A board pack of one published version: a page a question, then what else they rest on, then what words mean.

    `facts` are those of the cover: instant, period, version and checks. Of `more` the sentence names a tab of a page.
    """

    title: str
    subtitle: str
    version: str
    facts: Sequence[str]
    sections: Sequence[Section]
    more: Sequence[Section]
    appendix: Sequence[Table]
