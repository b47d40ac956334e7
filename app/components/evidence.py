"""What an answer rests on: charts in frames, one table, downloads and definitions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import streamlit as st

from app import figures, messages
from app.components import show
from app.components.measures import definitions, download, download_asked
from app.estimate import Estimate
from app.view import View
from cx_warehouse.snapshots import Snapshot

# A longer table is read as a download; the page shows its head.
MOST_LINES = 20


@dataclass(frozen=True)
class Record:
    """What a tab shows, for a document: charts as (heading, spec, alt, note), tables as (columns, lines, alt)."""

    charts: list[tuple[str, dict, str, str]] = field(default_factory=list)
    tables: list[tuple[Sequence[str], Sequence[Sequence[str]], str]] = field(default_factory=list)


_RECORD: ContextVar[Record | None] = ContextVar("record", default=None)


@contextmanager
def recording() -> Iterator[Record]:
    """Keep what is drawn meanwhile, so that a document shows what the page shows, from one definition."""
    kept = Record()
    token = _RECORD.set(kept)
    try:
        yield kept
    finally:
        _RECORD.reset(token)


def chart(heading: str, spec: dict | None, alt: str, note: str, missing: str | None = None) -> None:
    """Draws a chart in its frame, under a heading that says what it shows; or why there is none.

    Args:
        heading: plain text, made from the data.
        spec: Vega-Lite; None when there is nothing to draw.
        alt: the chart in words.
        note: how to read it, Markdown.
        missing: why there is no chart, plain text.
    """
    if (record := _RECORD.get()) is not None and spec is not None:
        record.charts.append((heading, spec, alt, note))
    with st.container(border=True, height="stretch"):
        st.header(figures.plain(heading), anchor=False)
        if spec is None:
            st.markdown(figures.plain(figures.sentence(figures.told(missing) or messages.NO_ROWS)))
            return
        show.chart(spec, alt)
        st.markdown(f":small[:gray[{note}]]")


def table(
    columns: Sequence[str],
    lines: Sequence[Sequence[str]],
    alt: str,
    *,
    names_people: bool = False,
    reasons: Iterable[tuple[str, Estimate]] = (),
    most: int = MOST_LINES,
    at_need: Mapping[int, str | None] | None = None,
) -> None:
    """Draws a table of text; the first lines of a long one.

    Args:
        columns: headings.
        lines: cells of plain text, in the order of the columns.
        alt: the table in words.
        names_people: it tells one customer from another, so it goes into no document that is passed on.
        reasons: names of lines, and an estimate of each whose cell has no room to say why it is not shown.
        most: lines that are shown.
        at_need: columns that are left out where no line has anything in them, each with its small print.
    """
    columns, lines, notes = _needed(columns, lines, at_need or {})
    if (record := _RECORD.get()) is not None and lines and not names_people:
        record.tables.append((columns, lines, alt))
    if not lines:
        st.markdown(f":gray[{messages.NO_ROWS}]")
        return
    show.table(columns, lines[:most], alt)
    _why_not(reasons)
    for each in notes:
        note(each)
    if len(lines) > most:
        note(messages.MORE_ROWS.format(shown=most, all=figures.count(len(lines))))


def _needed(
    columns: Sequence[str], lines: Sequence[Sequence[str]], at_need: Mapping[int, str | None]
) -> tuple[Sequence[str], Sequence[Sequence[str]], list[str]]:
    kept = [
        place
        for place in range(len(columns))
        if place not in at_need or any(line[place] != messages.DASH for line in lines)
    ]
    notes = [text for place in kept if (text := at_need.get(place))]
    return [columns[place] for place in kept], [[line[place] for place in kept] for line in lines], notes


def _why_not(reasons: Iterable[tuple[str, Estimate]]) -> None:
    names: dict[str, list[str]] = {}
    for name, estimate in reasons:
        if not estimate.is_shown:
            names.setdefault(estimate.why, []).append(name)
    parts = [messages.WHY_NOT.format(reason=reason, names="; ".join(each)) for reason, each in names.items()]
    for part in parts:
        note(figures.sentence(part))


def note(text: str) -> None:
    """Draws a line of small print.

    Args:
        text: plain text.
    """
    st.markdown(f":small[:gray[{figures.plain(text)}]]")


def defined(name: str, column: str, method: str | None) -> dict:
    """The definition of a column that is no metric: the method published beside it, as a row of dim_metrics.

    Args:
        name: of the column, in words.
        column: its name.
        method: as published; None where the version holds no row.
    """
    unknown = dict.fromkeys(("caveat", "required_tables", "owner"))
    return {"metric_id": column, "metric_name": name, "formula": method or messages.NO_ROW, **unknown}


def rest(
    view: View,
    metric_ids: Sequence[str],
    downloads: Mapping[str, Iterable[dict]],
    methods: Mapping[str, str | None] | None = None,
    asked: Mapping[str, Callable[[Snapshot], Iterable[dict]]] | None = None,
    others: Sequence[dict] = (),
) -> None:
    """Draws the definitions of a tab's measures, one click away, and its rows for download.

    Args:
        view: for definitions and file names.
        metric_ids: of the registry.
        downloads: stem of the file name, a key of messages.DOWNLOADS, to rows as published.
        methods: metric_id to the name of its interval's method.
        asked: like `downloads`, for what a number was counted from: asked for on the click.
        others: definitions of what is no metric of the registry, of `defined`.
    """
    rows = [view.definitions[each] for each in metric_ids if each in view.definitions] + [*others]
    if rows:
        definitions(rows, dict(methods or {}))
    with st.container(horizontal=True):
        for stem, records in downloads.items():
            download(messages.DOWNLOADS[stem], records, view.file_name(stem))
        for stem, ask in (asked or {}).items():
            download_asked(messages.DOWNLOADS[stem], ask, view.file_name(stem), view)
