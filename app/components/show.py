"""Charts and tables handed to Streamlit in the form that it sends on, which spares a page half of their CPU."""

from collections.abc import Sequence

import pyarrow
import streamlit as st


def chart(spec: dict, alt: str) -> None:
    """Draws a chart over the width there is.

    Args:
        spec: Vega-Lite, with its rows at the top.
        alt: the chart in words.
    """
    rows = spec["data"]["values"]
    names = dict.fromkeys(name for row in rows for name in row)
    data = pyarrow.table({name: [row.get(name) for row in rows] for name in names})
    st.vega_lite_chart(data, {key: spec[key] for key in spec if key != "data"}, alt=alt, width="stretch")


def table(columns: Sequence[str], lines: Sequence[Sequence[str]], alt: str) -> None:
    """Draws a table of text.

    Args:
        columns: headings.
        lines: cells in the order of the columns, at least one line.
        alt: the table in words.
    """
    data = pyarrow.table([list(cells) for cells in zip(*lines, strict=True)], names=list(columns))
    st.table(data, border="horizontal", hide_index=True, alt=alt)
