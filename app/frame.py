"""The shape that all pages share: question, answer, tabs, and in each tab charts, a table and what they rest on."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from app import figures, messages, queries
from app.components import filters
from app.components.palette import palette
from app.view import View
from cx_warehouse.errors import CxError
from cx_warehouse.snapshots import Snapshot


@dataclass(frozen=True)
class Answer:
    """A page's answer, made from what is published. `sentence` says what, `sure` how sure, `next_step` what to do.

    `owner` is who owns the next step; None when nobody is named. `sentence` is plain text, the others are Markdown;
    `sure` may have several lines.
    """

    sentence: str
    next_step: str | None = None
    owner: str | None = None
    sure: str | None = None


@dataclass(frozen=True)
class Tab:
    """One view of a page's question. `filters` are those it can follow, `table` the one whose roll-ups they pick.

    `answer` is its own where it has another than the page's.
    """

    slug: str
    title: str
    draw: Callable[[View], None]
    filters: tuple[str, ...] = ()
    table: str | None = None
    answer: Callable[[View], Answer] | None = None


@dataclass(frozen=True)
class Page:
    """`answer` makes the sentence at the top; `tabs` come below it, the first of them when the URL names none."""

    slug: str
    title: str
    icon: str
    question: str
    answer: Callable[[View], Answer]
    tabs: tuple[Tab, ...]


def draw(page: Page, snapshot: Snapshot, links: dict[str, object]) -> None:
    """Draws a page.

    Args:
        page: which.
        snapshot: the version pinned for this run, so that every figure on the page is of one version.
        links: Streamlit's pages by slug.
    """
    filters.restore(page.slug)
    slugs = [tab.slug for tab in page.tabs]
    shown = page.tabs[slugs.index(filters.asked("tab", slugs, slugs[0]))]
    pick = filters.bar(snapshot, shown.table, shown.filters)
    published = queries.publication(snapshot)
    view = View(
        snapshot=snapshot,
        currency=published["reporting_currency"],
        as_of=published["as_of"],
        definitions=queries.definitions(snapshot),
        trust=queries.metric_trust(snapshot),
        pick=pick,
        ink=palette(),
        links=links,
    )
    # On a phone the tab that is open may lie beyond the edge.
    question = page.question if shown is page.tabs[0] else f"{page.question} · {shown.title}"
    headline(question, (shown.answer or page.answer)(view))
    if len(page.tabs) == 1:
        _draw_tab(shown, view)
        return
    # The key names the page: a tab of one page is none of another.
    key = f"tab_{page.slug}"
    st.session_state[key] = shown.title
    titles = {tab.title: tab.slug for tab in page.tabs}
    boxes = st.tabs(list(titles), key=key, on_change=_take, args=(key, titles, slugs[0]))
    for tab, box in zip(page.tabs, boxes, strict=True):
        if tab is shown:
            with box:
                _draw_tab(tab, view)


def headline(question: str, said: Answer) -> None:
    """Draws question, answer, how sure it is, and the next step.

    Args:
        question: the one that the page answers.
        said: the answer.
    """
    st.markdown(f":gray[{question}]")
    st.title(figures.plain(said.sentence), anchor=False)
    lines = []
    if said.sure:
        lines += [f":gray[{line}]" for line in said.sure.splitlines()]
    if said.next_step:
        owner = f" {messages.OWNER.format(owner=figures.plain(said.owner))}." if said.owner else ""
        lines.append(f":material/arrow_forward: **{messages.NEXT_STEP}:** {said.next_step}{owner}")
    if lines:
        st.markdown("  \n".join(lines))


def _draw_tab(tab: Tab, view: View) -> None:
    try:
        tab.draw(view)
    except CxError as error:
        # The other tabs, the answer and the footer stand.
        st.error(messages.CANNOT_ANSWER.format(reason=figures.plain(str(error))), icon=":material/error:")


def _take(key: str, titles: dict[str, str], default: str) -> None:
    filters.remember("tab", titles[st.session_state[key]], default)
