"""Board: the questions a leader asks, each with its answer and the page behind it; then the measures."""

import itertools
from collections.abc import Callable

import streamlit as st

from app import figures, headline, messages, queries
from app.components import measures
from app.components.kpi_card import card
from app.frame import Answer, Page, Tab
from app.queries import cost as cost_queries
from app.queries import roi as roi_queries
from app.view import View
from app.views import cost, expectations, promises, roi, trust
from app.views.roi import ledger, worst
from cx_warehouse.errors import CxError

# Question of messages.ANSWERS to what answers it, the page behind it and the tab to open there (None: its first).
ANSWERS = {
    "promises": (promises.answer, promises.PAGE.slug, None),
    "expectations": (expectations.answer, expectations.PAGE.slug, None),
    "cost": (cost.answer, cost.PAGE.slug, None),
    "roi": (worst.answer, roi.PAGE.slug, None),
    "initiatives": (ledger.returned, roi.PAGE.slug, "return"),
    "trust": (trust.answer, trust.PAGE.slug, None),
}


def answer(view: View) -> Answer:
    """Whether what is done for customers pays and what to fix first; without a ledger, whether promises are kept."""
    paid = ledger.money(view)
    if paid:
        return paid
    scores = queries.scores(view.snapshot, view.period)
    return headline.answer(scores, view.trust, view.definitions, view.currency)


def board(view: View) -> None:
    """Draws what lies under the answer."""
    scores = queries.scores(view.snapshot, view.period)
    with st.grid(3, min_column_width=300):
        for name, (answered, slug, tab) in ANSWERS.items():
            _answer(view, messages.ANSWERS[name], answered, slug, tab)

    months = {each: queries.trend(view.snapshot, view.period, each) for each in messages.CARDS}
    with st.grid(4, min_column_width=240):
        for metric_id in messages.CARDS:
            card(view, metric_id, scores.get(metric_id), months[metric_id])

    left, right = st.columns(2)
    with left:
        worst.at_risk(view)
    with right:
        ledger.worths(view, [*filter(None, [ledger.headline_row(view)]), *ledger.latest(view)])

    # Closed, so that a phone ends with the answers and not with a table.
    with st.expander(
        messages.MEASURES_HEADING.format(period=messages.PERIODS[view.period].lower()), icon=":material/list:"
    ):
        measures.table(scores, view.currency)
    measures.definitions(view.definitions.values(), {each: row["method"] for each, row in scores.items()})
    with st.container(horizontal=True):
        measures.download(messages.DOWNLOAD_MEASURES, scores.values(), view.file_name("measures"))
        measures.download(messages.DOWNLOAD_MONTHS, itertools.chain(*months.values()), view.file_name("months"))
        # What the money in the answers above is read from.
        for stem, rows in (
            ("ledger", roi_queries.ledger(view.snapshot)),
            ("effects", roi_queries.effects(view.snapshot)),
            ("priorities", roi_queries.priorities(view.snapshot)),
            ("cost_of_miss", cost_queries.of_a_miss(view.snapshot, "all")),
        ):
            measures.download(messages.DOWNLOADS[stem], rows, view.file_name(stem))


def _answer(view: View, question: str, answered: Callable[[View], Answer], slug: str, tab: str | None) -> None:
    """One question with its answer, how sure it is, and the way to what it rests on."""
    with st.container(border=True, height="stretch", gap="small"):
        st.markdown(f":small[:gray[{question}]]")
        try:
            said = answered(view)
        except CxError as error:
            # The other answers stand.
            said = Answer(messages.CANNOT_SAY, sure=figures.plain(str(error)))
        st.markdown(f"**{figures.plain(said.sentence)}**")
        if said.sure:
            st.markdown("  \n".join(f":small[:gray[{line}]]" for line in said.sure.splitlines()))
        asked = {"tab": tab} if tab else None
        st.page_link(view.links[slug], label=messages.ANSWER_LINK, icon=":material/arrow_forward:", query_params=asked)


PAGE = Page(
    slug="board",
    title=messages.BOARD_TITLE,
    icon=":material/dashboard:",
    question=messages.BOARD_QUESTION,
    answer=answer,
    tabs=(Tab("board", messages.BOARD_TITLE, board, ("period",)),),
)
