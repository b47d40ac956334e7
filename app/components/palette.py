"""Colours of marks, for the theme in use. Red and blue differ for people who cannot tell red from green."""

import streamlit as st

LIGHT = {
    "ink": "#101923",
    "muted": "#4d5968",
    "grid": "#e3e8ef",
    "ground": "#ffffff",
    "main": "#0b5cad",
    "good": "#0b5cad",
    "bad": "#b3261e",
    "neutral": "#8a94a3",
    "faint": "#e8f0f9",
}
_DARK = {
    "ink": "#eef2f7",
    "muted": "#b3bdca",
    "grid": "#2a3443",
    "ground": "#0f151e",
    "main": "#6fb1f7",
    "good": "#6fb1f7",
    "bad": "#f4847b",
    "neutral": "#8a94a3",
    "faint": "#16222f",
}


def palette() -> dict[str, str]:
    """Colour of each role, by role.

    Returns:
        Hex colours of ink, muted, grid, ground, main, good, bad, neutral and faint.
    """
    return _DARK if st.context.theme.type == "dark" else LIGHT
