"""All measures of a period as a table, their definitions, and their rows for download."""

from collections.abc import Callable, Iterable

import streamlit as st

from app import figures, messages
from app.components import show
from app.components.kpi_card import estimate, verdict
from app.headline import listing
from app.publication import reader
from app.view import View
from cx_warehouse.errors import CxError
from cx_warehouse.snapshots import Snapshot
from cx_warehouse.tabular import as_csv


def table(scores: dict[str, dict], currency: str | None) -> None:
    """Draws one line a measure; a withheld one says why in the place of its value.

    Args:
        scores: metric_id to the period's row of mart_scorecard.
        currency: ISO 4217 code of amounts.
    """
    said = lines(scores, currency)
    if said:
        show.table(messages.MEASURES_COLUMNS, said, messages.MEASURES_ALT)
    else:
        st.markdown(f":gray[{messages.NO_ROWS}]")


def lines(scores: dict[str, dict], currency: str | None) -> list[tuple[str, ...]]:
    """The lines of `table`.

    Args:
        scores: metric_id to the period's row of mart_scorecard.
        currency: ISO 4217 code of amounts.
    """
    return [_line(row, currency) for row in scores.values()]


def _line(row: dict, currency: str | None) -> tuple[str, ...]:
    measure = estimate(row)
    words = messages.STATUS.get(row["status"], row["status"])
    if not measure.is_shown:
        value, status = messages.NOT_SHOWN, f"{words}: {measure.why}"
    else:
        status = verdict(row, currency) if row["status"] == "final" else f"{verdict(row, currency)}; {words}"
        value = measure.cell(currency)
        value = f"{value}; {messages.TOO_FEW}" if row["value"] is None else value
    return figures.metric(row), value, figures.count(row["observation_count"]), status


def definitions(rows: Iterable[dict], methods: dict[str, str | None]) -> None:
    """Draws what each measure means, one click away.

    Args:
        rows: of dim_metrics.
        methods: metric_id to the name of its interval's method.
    """
    with st.expander(messages.DEFINITIONS, icon=":material/menu_book:"):
        each = []
        for row in rows:
            parts = [messages.DEFINITION_FORMULA.format(formula=row["formula"])]
            if row["caveat"]:
                parts.append(messages.DEFINITION_CAVEAT.format(caveat=row["caveat"]))
            if methods.get(row["metric_id"]):
                parts.append(messages.DEFINITION_METHOD.format(method=methods[row["metric_id"]]))
            if row["required_tables"]:
                parts.append(messages.DEFINITION_TABLES.format(tables=listing(row["required_tables"])))
            if row["owner"]:
                parts.append(messages.DEFINITION_OWNER.format(owner=row["owner"]))
            text = " ".join(figures.plain(figures.sentence(part)) for part in parts)
            each.append(f"**{figures.plain(figures.metric(row))}** (`{row['metric_id']}`). {text}")
        grades = "; ".join(f"{grade} {words}" for grade, words in messages.GRADES.items())
        each.append(figures.plain(messages.GRADES_ARE.format(grades=grades)))
        # One element: fifty of them take a browser and the server ten times as long.
        st.markdown("\n\n".join(each))


def download(label: str, rows: Iterable[dict], file_name: str) -> None:
    """A button that hands out rows as published, with cells made safe for a spreadsheet.

    Args:
        label: words on the button.
        rows: of a mart; with none of them there is no button.
        file_name: of the download.
    """
    records = list(rows)
    if not records:
        return
    # Worked out on the click, not on every run of the page.
    _button(label, lambda: _csv(records), file_name)


def download_asked(label: str, ask: Callable[[Snapshot], Iterable[dict]], file_name: str, view: View) -> None:
    """A button for rows too many to be read on every run of the page: they are asked for on the click.

    Args:
        label: words on the button.
        ask: rows of a snapshot.
        file_name: of the download.
        view: whose version the rows are to be of.
    """

    def rows() -> str:
        # The page's own snapshot may be closed by the time of the click.
        with reader().lease() as snapshot:
            if snapshot.version != view.snapshot.version:
                raise CxError(messages.NEW_VERSION)
            return _csv(list(ask(snapshot)))

    _button(label, rows, file_name)


def _csv(records: list[dict]) -> str:
    columns = list(records[0]) if records else []
    return as_csv(columns, ([row[column] for column in columns] for row in records), for_spreadsheet=True)


def _button(label: str, text: Callable[[], str], file_name: str) -> None:
    st.download_button(
        label,
        text,
        file_name=file_name,
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"download_{file_name}",
    )
