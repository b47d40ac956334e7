"""Filters that live in the URL, so that a link shows the same view again."""

from collections.abc import Mapping

import streamlit as st

from app import messages
from app.queries import LAST_12_MONTHS


def choose(name: str, label: str, options: Mapping[str, str], default: str) -> str:
    """One choice of a few, shown as buttons; the URL holds its slug, and nothing for the default.

    Streamlit's own binding writes the label into the URL, which would break links with the language. So the URL is read
    before each run and written when the choice changes; back, forward and a pasted link all work the same way.

    Args:
        name: parameter in the URL.
        label: heading of the buttons.
        options: slug to label.
        default: slug that an absent or unknown parameter means.

    Returns:
        The slug that is chosen.
    """
    asked = st.query_params.get(name, default)
    if asked not in options:
        del st.query_params[name]
        asked = default
    key = f"filter_{name}"
    st.session_state[key] = asked
    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_remember,
        args=(name, key, default),
    )
    return asked


def _remember(name: str, key: str, default: str) -> None:
    chosen = st.session_state[key]
    if chosen == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen


def period() -> str:
    """The period that the page shows: a roll-up that is published, never one added up here."""
    return choose("period", messages.PERIOD, messages.PERIODS, LAST_12_MONTHS)
