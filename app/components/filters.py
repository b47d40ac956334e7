"""Filters that live in the URL, so that a link shows the same view again, and go with the visitor from page to page."""

from collections.abc import Mapping, Sequence

import streamlit as st

from app import figures, messages, queries
from cx_warehouse.snapshots import Snapshot

ALL = "all"
DEFAULTS = {"period": queries.LAST_12_MONTHS}
NAMES = ("period", "segment", "region", "service_level", "lane")


def restore(page: str) -> None:
    """Puts the choices made on another page back into the URL: following a link of the navigation empties it.

    Args:
        page: slug of the page that is about to be drawn.
    """
    kept = st.session_state.setdefault("filters_kept", {})
    if st.session_state.get("page_shown", page) != page:
        for name, value in kept.items():
            if name not in st.query_params:
                st.query_params[name] = value
    st.session_state["page_shown"] = page
    st.session_state["filters_kept"] = {name: st.query_params[name] for name in NAMES if name in st.query_params}


def asked(name: str, options: Sequence[str], default: str) -> str:
    """What the URL asks for; a value that is not to be had is taken out of it.

    Args:
        name: parameter in the URL.
        options: slugs to choose from.
        default: what an absent or unknown parameter means.
    """
    chosen = st.query_params.get(name, default)
    if chosen not in options:
        forget(name)
        return default
    return chosen


def forget(name: str) -> None:
    """Takes a parameter out of the URL and out of what goes along to other pages."""
    st.query_params.pop(name, None)
    st.session_state.get("filters_kept", {}).pop(name, None)


def remember(name: str, chosen: str, default: str) -> None:
    """Writes a choice into the URL, where the default needs no word.

    Args:
        name: parameter in the URL.
        chosen: slug.
        default: slug that an absent parameter means.
    """
    if chosen == default:
        forget(name)
    else:
        st.query_params[name] = chosen
        # A tab is one page's own.
        if name in NAMES:
            st.session_state.setdefault("filters_kept", {})[name] = chosen


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
    chosen = asked(name, list(options), default)
    key = f"filter_{name}"
    st.session_state[key] = chosen
    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_take,
        args=(name, key, default),
    )
    return chosen


def pick(name: str, label: str, options: Mapping[str, str], default: str) -> str:
    """One choice of many, shown as a list; kept in the URL as `choose` does.

    Args:
        name: parameter in the URL.
        label: heading of the list.
        options: slug to label.
        default: slug that an absent or unknown parameter means.

    Returns:
        The slug that is chosen.
    """
    chosen = asked(name, list(options), default)
    key = f"filter_{name}"
    st.session_state[key] = chosen
    st.selectbox(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        width=280,
        on_change=_take,
        args=(name, key, default),
    )
    return chosen


def bar(snapshot: Snapshot, table: str | None, names: Sequence[str]) -> dict[str, str]:
    """Draws the filters that what is shown can follow; the others keep what was chosen for them.

    Args:
        snapshot: the pinned version.
        table: report table whose roll-ups segment, region, service level and lane pick.
        names: filters of the tab that is open, of NAMES.

    Returns:
        The value of each, by name; `period` is always there.
    """
    pick = {"period": DEFAULTS["period"]}
    if not names:
        return pick
    with st.container(horizontal=True, vertical_alignment="center"):
        if "period" in names:
            pick["period"] = choose("period", messages.PERIOD, messages.PERIODS, DEFAULTS["period"])
        others = [name for name in names if name != "period"]
        options = {name: (ALL, *queries.choices(snapshot, table, name)) for name in others}
        for name in others:
            pick[name] = asked(name, options[name], ALL)
        if others:
            # In one pop-up: four boxes in a row leave no room for the answer on a phone.
            parts = [_label(name, pick[name]) for name in others if pick[name] != ALL]
            words = figures.plain(", ".join(parts)) or ", ".join(messages.FILTER_ALL[name] for name in others)
            with st.popover(words[:1].upper() + words[1:], icon=":material/tune:"):
                for name in others:
                    _box(name, options[name], pick[name])
    return pick


def _box(name: str, options: Sequence[str], chosen: str) -> None:
    key = f"filter_{name}"
    st.session_state[key] = chosen
    st.selectbox(
        messages.FILTER[name],
        options,
        format_func=lambda value: _label(name, value),
        key=key,
        on_change=_take,
        args=(name, key, ALL),
    )


def _label(name: str, value: str) -> str:
    return messages.FILTER_ALL[name].capitalize() if value == ALL else figures.name(value)


def _take(name: str, key: str, default: str) -> None:
    remember(name, st.session_state[key], default)
