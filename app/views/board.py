"""Board: do we keep our word, and does it show in satisfaction, loyalty and cost?"""

import streamlit as st

from app import headline, messages, queries
from app.components import measures, promises
from app.components.kpi_card import card
from app.frame import Answer, Page, Tab
from app.queries import promises as promise_queries
from app.view import View


def answer(view: View) -> Answer:
    """How many promises are kept, and what to do next."""
    scores = queries.scores(view.snapshot, view.period)
    return headline.answer(scores, view.trust, view.definitions, view.currency)


def board(view: View) -> None:
    """Draws what lies under the answer."""
    scores = queries.scores(view.snapshot, view.period)
    with st.grid(4, min_column_width=240):
        for metric_id, name in messages.CARDS.items():
            months = queries.trend(view.snapshot, view.period, metric_id)
            definition, trust = view.definitions.get(metric_id), view.trust.get(metric_id)
            card(name, scores.get(metric_id), months, definition, trust, view.currency, view.ink)

    left, right = st.columns([3, 2])
    months = promise_queries.by_month(view.snapshot, view.pick)
    with left:
        promises.by_month(months, scores.get("kept_rate"), view.ink)
    with right:
        promises.outcomes(promise_queries.of_period(view.snapshot, view.pick), view.ink)

    with st.container(border=True):
        st.header(messages.MEASURES_HEADING.format(period=messages.PERIODS[view.period].lower()), anchor=False)
        measures.table(scores, view.currency)
        measures.definitions(view.definitions.values(), {each: row["method"] for each, row in scores.items()})
        with st.container(horizontal=True):
            measures.download(messages.DOWNLOAD_MEASURES, scores.values(), view.file_name("measures"))
            measures.download(messages.DOWNLOAD_MONTHS, months, view.file_name("promises"))


PAGE = Page(
    slug="board",
    title=messages.BOARD_TITLE,
    icon=":material/dashboard:",
    question=messages.BOARD_QUESTION,
    answer=answer,
    tabs=(Tab("board", messages.BOARD_TITLE, board, ("period",)),),
)
