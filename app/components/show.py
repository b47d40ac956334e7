"""Charts and tables handed to Streamlit in the form that it sends on, which spares a page half of their CPU."""

from collections.abc import Sequence

import pandas
import pyarrow
import streamlit as st

from app import figures


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


# Streamlit writes the side of a cell into the cell, so only this wins over it.
_RIGHT = "text-align: right !important; font-variant-numeric: tabular-nums"


def table(columns: Sequence[str], lines: Sequence[Sequence[str]], alt: str) -> None:
    """Draws a table of text, its numbers under each other at the right.

    Args:
        columns: headings.
        lines: cells of plain text in the order of the columns, at least one line.
        alt: the table in words.
    """
    numbers = figures.number_columns(lines)
    shown = [[figures.cell(figures.plain(text)) for text in line] for line in lines]
    data = pandas.DataFrame(shown, columns=list(columns)).style
    data.set_table_styles([{"selector": f".col{place}", "props": _RIGHT} for place in numbers])
    st.table(data, border="horizontal", hide_index=True, alt=alt)
