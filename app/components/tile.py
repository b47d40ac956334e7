"""One estimate as a tile: value, interval in words, count, as-of and status; or why there is no number."""

from collections.abc import Sequence

import streamlit as st

from app import figures, messages
from app.estimate import Estimate
from app.view import View


def tile(view: View, name: str, estimate: Estimate, metric_id: str | None = None, note: str | None = None) -> None:
    """Draws one tile.

    Args:
        view: for currency, instant and definitions.
        name: heading.
        estimate: as published.
        metric_id: of the registry, whose definition then is one click away.
        note: one more line, plain text.
    """
    with st.container(border=True, height="stretch", gap="small"):
        if estimate.is_shown:
            st.metric(name, figures.plain(estimate.text(view.currency)), help=explain(view, metric_id))
            badges = _badges(estimate)
            if badges:
                st.markdown(badges)
            lines = how_sure(view, estimate)
        else:
            # The reason stands where the number would be.
            st.markdown(f":small[{name}]", help=explain(view, metric_id))
            st.markdown(f"**{messages.NOT_SHOWN}.** {figures.plain(figures.sentence(estimate.why))}")
            lines = []
        lines += [figures.plain(note)] if note else []
        if lines:
            st.markdown("  \n".join(f":small[:gray[{line}]]" for line in lines))


def tiles(view: View, contents: Sequence[tuple]) -> None:
    """Draws tiles side by side, under each other where there is no room.

    Args:
        view: for currency, instant and definitions.
        contents: arguments of `tile` after the first, one sequence a tile.
    """
    with st.grid(min(len(contents), 4), min_column_width=220):
        for content in contents:
            tile(view, *content)


def count_tile(view: View, name: str, number: int | None, note: str) -> None:
    """A count that stands beside the estimates and enters none.

    Args:
        view: for the instant.
        name: heading.
        number: None when it is not known.
        note: what it means, plain text.
    """
    with st.container(border=True, height="stretch", gap="small"):
        lines = [figures.plain(note)]
        if number is None:
            st.markdown(f":small[{name}]")
            st.markdown(f"**{messages.NOT_SHOWN}.** {figures.sentence(messages.NO_REASON)}")
        else:
            st.metric(name, figures.count(number))
            lines[:0] = [messages.FOOTER_AS_OF.format(as_of=figures.day(view.as_of))] if view.as_of else []
        st.markdown("  \n".join(f":small[:gray[{line}]]" for line in lines))


def how_sure(view: View, estimate: Estimate) -> list[str]:
    """Interval in words, number of observations and instant, as lines of Markdown.

    Args:
        view: for currency and instant.
        estimate: one that is shown.
    """
    lines = []
    if estimate.value is None:
        lines.append(messages.TOO_FEW)
    elif estimate.ends():
        lines.append(figures.plain(messages.INTERVAL_WORDS.format(ends=estimate.ends(view.currency))))
    facts = []
    if estimate.count is not None:
        facts.append(messages.OBSERVATIONS.format(count=figures.count(estimate.count)))
    if view.as_of:
        facts.append(messages.FOOTER_AS_OF.format(as_of=figures.day(view.as_of)))
    if estimate.status == "final":
        facts.append(messages.STATUS["final"])
    return [*lines, " · ".join(facts)] if facts else lines


def _badges(estimate: Estimate) -> str:
    badges = []
    if estimate.status != "final":
        badges.append(f":orange-badge[{messages.STATUS.get(estimate.status, estimate.status)}]")
    if estimate.grade:
        badges.append(f":gray-badge[{messages.GRADE.format(grade=estimate.grade)}]")
    return " ".join(badges)


def explain(view: View, metric_id: str | None) -> str | None:
    """Definition and caveat of a measure, for its help; None when the registry has none.

    Args:
        view: for definitions.
        metric_id: of the registry.
    """
    definition = view.definitions.get(metric_id or "")
    if not definition:
        return None
    words = messages.CARD_HELP if definition["caveat"] else messages.CARD_HELP_NO_CAVEAT
    return words.format(
        formula=figures.plain(figures.sentence(definition["formula"])),
        caveat=figures.plain(figures.sentence(definition["caveat"] or "")),
    )
