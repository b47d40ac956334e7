"""Board: do we keep our word, and does it show in satisfaction, loyalty and cost?"""

import streamlit as st

from app import figures, messages, queries
from app.components import filters, measures, promises
from app.components.kpi_card import card
from app.components.palette import palette
from app.headline import answer
from cx_warehouse.snapshots import Snapshot


def board(snapshot: Snapshot) -> None:
    """Draws the page.

    Args:
        snapshot: the version pinned for this run, so that every figure on the page is of one version.
    """
    period = filters.period()
    ink = palette()
    currency = queries.publication(snapshot)["reporting_currency"]
    scores = queries.scores(snapshot, period)
    definitions = queries.definitions(snapshot)
    trust = queries.trust(snapshot)

    _headline(scores, trust, definitions, currency)
    with st.grid(4, min_column_width=240):
        for metric_id, name in messages.CARDS.items():
            months = queries.trend(snapshot, period, metric_id)
            card(name, scores.get(metric_id), months, definitions.get(metric_id), trust.get(metric_id), currency, ink)

    left, right = st.columns([3, 2])
    months = queries.promises_by_month(snapshot, period)
    with left:
        promises.by_month(months, scores.get("kept_rate"), ink)
    with right:
        promises.outcomes(queries.promises(snapshot, period), ink)

    with st.container(border=True):
        st.header(messages.MEASURES_HEADING.format(period=messages.PERIODS[period].lower()), anchor=False)
        measures.table(scores, currency)
        measures.definitions(definitions.values(), {each: row["method"] for each, row in scores.items()})
        with st.container(horizontal=True):
            measures.download(messages.DOWNLOAD_MEASURES, scores.values(), f"measures_{period}_{snapshot.version}.csv")
            measures.download(messages.DOWNLOAD_MONTHS, months, f"promises_{period}_{snapshot.version}.csv")


def _headline(
    scores: dict[str, dict], trust: dict[str, dict], definitions: dict[str, dict], currency: str | None
) -> None:
    said = answer(scores, trust, definitions, currency)
    st.markdown(f":gray[{messages.BOARD_QUESTION}]")
    st.title(figures.plain(said.sentence), anchor=False)
    owner = f" {messages.OWNER.format(owner=figures.plain(said.owner))}." if said.owner else ""
    st.markdown(f":material/arrow_forward: **{messages.NEXT_STEP}:** {said.next_step}{owner}")
