"""What the board pack says: the pages of the app, drawn once without a browser and kept."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import streamlit as st
from streamlit import config
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from streamlit.runtime.state import session_state_proxy

from app import figures, messages, queries, words
from app.components import evidence, measures
from app.components.palette import LIGHT
from app.frame import Answer, Page, Tab
from app.report.model import Chart, Report, Section, Series, Table
from app.view import View
from app.views import PAGES, board
from cx_warehouse.snapshots import Snapshot

# A document is read once: a longer table belongs to the page, which has it all for download.
MOST_ROWS = 12
# What a page has room for below an answer and its charts: lines, columns, and characters of a cell.
_ROOM = (12, 6, 60)
_POINTS = re.escape(messages.UNITS["points"].format(number="").strip())
_BETWEEN = messages.INTERVAL_ENDS.format(low="", high="")
# A figure of a page: its sign, what stands before it, the number, and its unit.
_FIGURE = re.compile(r"(?P<sign>[+−]?)(?P<before>[^\d+−]*)(?P<number>\d(?:[\d.,'\u00a0\u202f ]*\d)?)(?P<after>\D*)")
_ESCAPED = re.compile(r"\\(.)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MARKUP = re.compile(r"\*\*|:[a-z-]+\[|(?<!\\)\]")


@dataclass(frozen=True)
class _Question:
    """What a page of the pack answers, and the tab whose evidence stands below the answer."""

    words: str
    page: Page
    tab: Tab
    answer: Callable[[View], Answer]


def report(snapshot: Snapshot) -> Report:
    """The board pack of a published version, over the period that the pages open with.

    Args:
        snapshot: the version.
    """
    # Streamlit warns of every element that no browser will see.
    for module in (get_script_run_ctx.__module__, session_state_proxy.__name__):
        logging.getLogger(module).disabled = True
    config.set_option("global.showWarningOnDirectExecution", False)
    published = queries.publication(snapshot)
    view = View(
        snapshot=snapshot,
        currency=published["reporting_currency"],
        as_of=published["as_of"],
        definitions=queries.definitions(snapshot),
        trust=queries.metric_trust(snapshot),
        pick={"period": queries.LAST_12_MONTHS, "segment": "all", "region": "all", "service_level": "all"},
        ink=LIGHT,
        links={page.slug: st.Page(lambda: None, title=page.title, url_path=page.slug) for page in PAGES},
    )
    sections, more = [], []
    asked = {(each.page.slug, each.tab.slug): each for each in _questions()}
    for page in PAGES:
        for tab in page.tabs:
            section = _section(view, page, tab, asked.get((page.slug, tab.slug)))
            if (page.slug, tab.slug) in asked:
                fitting = [table for table in section.tables if _fits(table)][:1]
                sections.append(replace(section, tables=fitting))
                left = [table for table in section.tables if table not in fitting]
                section = replace(section, question=page.title, sentence=tab.title, charts=[], tables=left)
            if section.charts or section.tables:
                more.append(section)
    passed = (published["check_count"] or 0) - (published["failed_check_count"] or 0)
    checks = messages.FOOTER_CHECKS_NONE
    if published["check_count"]:
        checks = messages.REPORT_CHECKS.format(passed=passed, all=published["check_count"])
    return Report(
        title=messages.REPORT_TITLE,
        subtitle=messages.REPORT_SUBTITLE,
        version=published["version"],
        facts=[
            messages.FOOTER_AS_OF.format(
                as_of=figures.day(published["as_of"]) if published["as_of"] else messages.DASH
            ),
            messages.PERIODS[view.period],
            messages.REPORT_VERSION.format(version=published["version"]),
            checks,
        ],
        sections=sections,
        more=more,
        appendix=[_definitions(view.definitions), _withheld(view.trust), _version(published, checks)],
    )


def _questions() -> Iterator[_Question]:
    """The questions that the Board lists, its own, and those of the pages that it does not list."""
    pages = {page.slug: page for page in PAGES}
    for name, (answered, slug, tab) in board.ANSWERS.items():
        page = pages.pop(slug, None) or next(each for each in PAGES if each.slug == slug)
        shown = next((each for each in page.tabs if each.slug == tab), page.tabs[0])
        yield _Question(messages.ANSWERS[name], page, shown, answered)
    for page in pages.values():
        yield _Question(page.question, page, page.tabs[0], page.answer)


def _section(view: View, page: Page, tab: Tab, asked: _Question | None) -> Section:
    said = asked.answer(view) if asked else Answer(tab.title)
    with evidence.recording() as record:
        tab.draw(view)
    return Section(
        slug=f"{page.slug}-{tab.slug}",
        question=asked.words if asked else page.title,
        sentence=said.sentence,
        sure=_plain(said.sure),
        next_step=_plain(said.next_step, said.owner),
        charts=[_chart(*map(_printable, kept)) for kept in record.charts],
        tables=[_measures(view)] if page is board.PAGE else [_table(*kept) for kept in record.tables],
    )


def _fits(table: Table) -> bool:
    rows, columns, characters = _ROOM
    longest = max((len(cell) for row in table.rows for cell in row), default=0)
    return len(table.rows) <= rows and len(table.columns) <= columns and longest <= characters


def _measures(view: View) -> Table:
    """The measures of the Board, which its page shows in cards."""
    rows = measures.lines(queries.scores(view.snapshot, view.period), view.currency)
    title = messages.MEASURES_HEADING.format(period=messages.PERIODS[view.period].lower())
    return Table(title, messages.MEASURES_COLUMNS, rows)


def _chart(heading: str, spec: dict, alt: str, note: str) -> Chart:
    """A chart of a page, and the same figures as categories and series for an editable one."""
    values = _values(spec)
    said = _plain(note) or ""
    drawn = Chart(heading, alt, spec, "bar", [], [], note=said, native_note=said.replace(*messages.REPORT_BAND))
    first = values[0] if values else {}
    written, factor = _number_format(values)
    if "row" in first:
        return drawn
    if "expected" in first:
        categories, series = _side_by_side(values, messages.REPORT_SIDES, factor)
        # The legend says what the note says of other marks.
        return replace(drawn, categories=categories, series=series, number_format=written, native_note="")
    bounds = {value.get("bound") for value in values}
    base = (bounds.pop() or 0) * factor if len(bounds) == 1 else 0
    drawn = replace(drawn, base=base, number_format=written)
    is_range = [value.get("value") is None and value.get("low") is not None for value in values]
    if is_range and all(is_range) and "label" in first and "month" not in first:
        ends = dict(zip(("low", "high"), messages.REPORT_ENDS, strict=True))
        categories, series = _side_by_side(values, ends, factor)
        return replace(drawn, categories=categories, series=series)
    categories, series = _series(heading, values, factor)
    if "label" in first and "month" not in first:
        return replace(drawn, categories=categories, series=series)
    return replace(drawn, kind="line", categories=categories, series=series, span=_domain(spec))


def _series(heading: str, values: list[dict], factor: float) -> tuple[list[str], list[Series]]:
    """Categories and series: of bars, of months, or of curves.

    Args:
        heading: names a series that has no name.
        values: of the spec.
        factor: by which numbers are written larger than they are published.
    """
    named: dict[str, dict] = {}
    has_whiskers = any(value.get("low") is not None for value in values)
    for value in values:
        name = str(value.get("series") or value.get("group") or value.get("curve") or "")
        said = str(value.get("label") or value.get("month") or value.get("x", ""))
        if has_whiskers and "month" not in value and "x" not in value:
            # Beside its bar a number would stand on the whisker.
            said = f"{said}: {value['text']}".replace("\n", " ")
        named.setdefault(name, {})[said] = value
    categories = list(dict.fromkeys(key for each in named.values() for key in each))
    series = [
        Series(
            name or heading,
            *(_scaled([each.get(key, {}).get(end) for key in categories], factor) for end in ("value", "low", "high")),
            [_color(each.get(key, {})) for key in categories],
        )
        for name, each in named.items()
    ]
    return categories, series


def _domain(spec: Mapping) -> tuple[float, float] | None:
    """The range of the vertical axis of a line."""
    for layer in spec.get("layer", []):
        scale = (layer.get("encoding", {}).get("y") or {}).get("scale") or {}
        if "domain" in scale:
            low, high = scale["domain"]
            return low, high
    return None


def _side_by_side(values: list[dict], names: Mapping[str, str], factor: float) -> tuple[list[str], list[Series]]:
    colors = LIGHT["neutral"], LIGHT["main"]
    series = [
        Series(name, _scaled([value[key] for value in values], factor), colors=[color] * len(values))
        for (key, name), color in zip(names.items(), colors, strict=True)
    ]
    return [value["label"] for value in values], series


def _scaled(numbers: list[float | None], factor: float) -> list[float | None]:
    return [None if number is None else number * factor for number in numbers]


def _color(value: Mapping) -> str:
    return value.get("color") or LIGHT[value.get("role") or "main"]


def _printable(value: object) -> object:
    """Text, and text within a spec, without the control characters that neither a slide nor a drawing may hold."""
    if isinstance(value, str):
        return _CONTROL.sub(" ", value)
    if isinstance(value, Mapping):
        return {key: _printable(each) for key, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list | tuple) else value


def _number_format(values: list[dict]) -> tuple[str, float]:
    """How an editable chart writes its numbers, as the page does, and by how much larger than they are published."""
    known = [value for value in values if value.get("value") is not None]
    texts = [str(value["text"]).replace("\n", " ") for value in known or values if value.get("text")]
    # Of a range its upper end, which carries the unit.
    texts = [text.replace(figures.WORD_JOINER, "").rpartition(_BETWEEN)[2] for text in texts]
    found = [each for text in texts if (each := _FIGURE.fullmatch(text))]
    if not found:
        is_share = any("%" in str(value.get("description")) for value in values)
        return "0%" if is_share else "General", 1
    before, after = (_common([each[name] for each in found]) for name in ("before", "after"))
    _, decimal = words.separators(messages.NUMBERS)
    digits = max(len(each["number"].partition(decimal)[2]) for each in found)
    written = f"{_literal(before)}#,##0{'.' + '0' * digits if digits else ''}{_literal(after)}"
    above = [str(value.get("text")) for value in known if value["value"] > 0]
    if above and all(text.startswith("+") for text in above):
        written = f"+{written};-{written};{written}"
    return written, 100 if re.search(rf"^ ?{_POINTS}$", after) else 1


def _common(parts: list[str]) -> str:
    """What numbers have in common before or behind them, such as their unit."""
    return parts[0] if len(set(parts)) == 1 else ""


def _literal(text: str) -> str:
    """Words in a number format; only the sign of per cent means something there."""
    return re.sub(r'[^%"]+', lambda found: f'"{found[0]}"', text.replace('"', ""))


def _values(spec: Mapping) -> list[dict]:
    """The rows that a spec is drawn from: its own, or those of its first layer that has some."""
    if isinstance(spec.get("data"), Mapping) and "values" in spec["data"]:
        return spec["data"]["values"]
    for layer in spec.get("layer", []):
        if found := _values(layer):
            return found
    return []


def _table(columns, lines, alt: str) -> Table:
    title = alt.rstrip(".")
    if len(lines) > MOST_ROWS:
        title = messages.REPORT_HEAD.format(title=title, shown=MOST_ROWS, all=figures.count(len(lines)))
    return Table(title, list(columns), [list(line) for line in lines[:MOST_ROWS]])


def _definitions(definitions: Mapping[str, dict]) -> Table:
    names = ("formula", "caveat", "owner")
    rows = [[figures.metric(row), *(row[name] or messages.DASH for name in names)] for row in definitions.values()]
    return Table(messages.REPORT_DEFINITIONS, messages.REPORT_DEFINITIONS_COLUMNS, rows)


def _withheld(trust: Mapping[str, dict]) -> Table:
    rows = [
        [
            figures.metric(row),
            messages.FITNESS.get(row["fitness"], row["fitness"]),
            figures.told(row["reason"]) or messages.DASH,
        ]
        for row in trust.values()
        if row["fitness"] != "ok"
    ]
    rows = rows or [[messages.REPORT_NOTHING, messages.DASH, messages.DASH]]
    return Table(messages.REPORT_WITHHELD, messages.REPORT_WITHHELD_COLUMNS, rows)


def _version(published: Mapping, checks: str) -> Table:
    """Which version this is, and until when it knows."""
    instants = ("as_of", "loaded_at", "published_at")
    said = [published["version"], *(published[name] and figures.instant(published[name]) for name in instants), checks]
    rows = [[name, text or messages.DASH] for name, text in zip(messages.REPORT_VERSION_ROWS, said, strict=True)]
    return Table(messages.REPORT_THIS_VERSION, messages.REPORT_VERSION_COLUMNS, rows)


def _plain(text: str | None, owner: str | None = None) -> str | None:
    """Markdown of a page as plain text."""
    if not text:
        return None
    said = _ESCAPED.sub(r"\1", _MARKUP.sub("", text))
    return f"{said} {messages.OWNER.format(owner=owner)}." if owner else said
