"""Every number can be followed: on each tab of every page to the rows that are handed out and to its definition."""

import math
import re
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import app_worlds
import duckdb
import pyarrow.ipc
import pytest
from streamlit.testing.v1 import AppTest
from test_pages import go, page, words

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app import figures, messages  # noqa: E402
from app.components import evidence, measures  # noqa: E402
from app.queries import roi as queries  # noqa: E402
from app.views import PAGES, board  # noqa: E402
from cx_warehouse.settings import Settings  # noqa: E402
from cx_warehouse.snapshots import Reader  # noqa: E402

NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
# Of the words themselves: the level of every interval, the number of stages, and what a probability is never written
# above and below.
OF_WORDS = {"95", "6", "99.9", "0.1"}
# Where nothing differs, a pace is 1 and a difference 0.
BOUNDS = (0.0, 1.0)
NUMBERS = (float, int, Decimal)
# Shows no estimate: a form.
WITHOUT_NUMBERS = {"propose"}
# Tiles that count rows, and estimate nothing.
COUNTED = {messages.UNKNOWN, messages.MISSES, *messages.FITNESS.values()}
# Names measures beside counts of rows that no definition stands behind.
WITHOUT_DEFINITIONS = {"restated"}


@pytest.fixture
def built(demo_warehouse, monkeypatch) -> Path:
    """The demo data as a run publishes it."""
    monkeypatch.setenv("CX_WAREHOUSE", str(demo_warehouse))
    return demo_warehouse


@pytest.fixture
def handed_out(monkeypatch) -> list[dict]:
    """Rows of every download that is drawn, as they are drawn."""
    rows: list[dict] = []
    draw = measures.download

    def keep(label: str, records: Iterable[dict], file_name: str) -> None:
        rows.extend(records := list(records))
        # A heading may say how many rows there are.
        rows.extend({"row_count": len(records)} for _ in records[:1])
        draw(label, records, file_name)

    for module in (evidence, measures):
        monkeypatch.setattr(module, "download", keep)
    return rows


def written(rows: list[dict]) -> set[str]:
    """Every way in which a page may write a number, or a text with a number in it, of these rows."""
    # A heading may say of how many rows something holds.
    held = Counter((name, value) for row in rows for name, value in row.items() if value is True or name == "fitness")
    forms = {str(count) for count in held.values()}
    for value in (value for row in rows for value in row.values()):
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, str):
            forms |= set(NUMBER.findall(value))
        elif hasattr(value, "year"):
            forms |= set(NUMBER.findall(figures.day(value)))
            forms |= set(NUMBER.findall(figures.instant(value))) if hasattr(value, "hour") else set()
        else:
            for number in (abs(float(value)), 100 * abs(float(value))):
                forms |= {f"{number:,.{digits}f}" for digits in range(4)} | {f"{number:,.4g}", f"{number:g}"}
                # Days behind are rounded up.
                forms.add(f"{math.ceil(10 * number) / 10:,.1f}")
                # Of how many observations would be needed, the size is all that is known.
                forms.add(f"{float(f'{number:.2g}'):,.0f}")
    return forms


def unfound(texts: Iterable[str], rows: list[dict]) -> list[tuple[str, str]]:
    """Numbers in texts that no row holds, each with its text."""
    known = written(rows) | OF_WORDS
    return [(number, text) for text in texts for number in NUMBER.findall(text) if number not in known]


def drawn(app: AppTest) -> list[float]:
    """Values, ends of intervals and bounds of every mark of every chart."""
    found = []

    def walk(block) -> None:
        for child in getattr(block, "children", {}).values():
            if getattr(child, "type", "") == "vega_lite_chart":
                marks = pyarrow.ipc.open_stream(child.proto.data.data).read_all().to_pylist()
                found.extend(mark.get(name) for mark in marks for name in ("value", "low", "high", "bound"))
            walk(child)

    walk(app.main)
    return [value for value in found if value is not None]


def cells(app: AppTest) -> list[str]:
    """Every cell of every table, every heading and every tile."""
    tables = [str(cell) for table in app.table for line in table.value.to_numpy() for cell in line]
    return [re.sub(r"\\", "", text) for text in (*tables, *(each.value for each in (*app.header, *app.metric)))]


def bare(app: AppTest) -> list[str]:
    """Tiles that lack something: as-of, definition, count, and an interval or why there is none; a count its as-of."""
    found = []

    def walk(block) -> None:
        children = list(getattr(block, "children", {}).values())
        text = "\n".join(each.value for each in children if each.type == "markdown")
        for tile in (each for each in children if each.type == "metric"):
            has = [messages.FOOTER_AS_OF.format(as_of="") in text]
            if tile.label not in COUNTED:
                has += [bool(tile.proto.help), messages.OBSERVATIONS.format(count="") in text]
                has += [messages.INTERVAL_LABEL in text or messages.A_SUM in text or messages.TOO_FEW in text]
                has += [any(status in text for status in messages.STATUS.values())]
            if not all(has):
                found.append(f"{tile.label} lacks something: {has}")
        for each in children:
            walk(each)

    walk(app.main)
    return found


def test_every_number_of_every_tab_is_in_its_rows_and_has_its_definition(built, handed_out):
    assert unfound(["98,765.4321"], [{"value": 98_765.4}]), "numbers that no row holds are found out"
    app = page(PAGES[0].slug)
    wrong: dict[str, list] = {}
    for shown, tab in ((every, tab) for every in PAGES for tab in every.tabs if tab.slug not in WITHOUT_NUMBERS):
        handed_out.clear()
        app.query_params.clear()
        app.query_params["tab"] = tab.slug
        go(app, shown.slug)
        values = [float(value) for row in handed_out for value in row.values() if isinstance(value, NUMBERS)]
        found = unfound(cells(app), handed_out)
        found += [mark for mark in drawn(app) if not any(mark == pytest.approx(value) for value in (*values, *BOUNDS))]
        defined = {
            name
            for text in app.markdown
            if text.value.startswith("**")
            for name in re.findall(r"\(`(\w+)`\)", text.value)
        }
        named = {row["metric_id"] for row in handed_out if row.get("metric_id")}
        found += sorted(named - defined) if tab.slug not in WITHOUT_DEFINITIONS else []
        found += bare(app)
        if found or not (handed_out or tab.slug in ("restated", "rejects")):
            wrong[f"{shown.slug}/{tab.slug}"] = found
    assert wrong == {}


def test_the_money_in_the_answers_of_the_board_is_in_its_rows_and_has_its_definition(built, handed_out):
    app = page("board")
    text = words(app)
    view_answers = [app.title[0].value]
    lines = [re.sub(r"\\", "", each.value) for each in app.markdown]
    for name in ("cost", "roi", "initiatives"):
        begin = next(number for number, line in enumerate(lines) if messages.ANSWERS[name] in line)
        view_answers += lines[begin + 1 : begin + 3]
    assert unfound(view_answers, handed_out) == []
    for metric in ("npv", "roi", "money_at_risk", "cost_of_miss", "net_margin_per_customer_month"):
        assert f"(`{metric}`)" in text
    assert set(board.ANSWERS) >= {"cost", "roi", "initiatives"}


def test_the_headline_says_what_stands_beside_it_and_what_would_be_enough(tmp_path, monkeypatch):
    def headline(connection: duckdb.DuckDBPyConnection) -> None:
        app_worlds.demo(connection)
        connection.execute(
            "update marts.mart_roi_ledger set initiative_id = 'all', scenario = 'base', npv = -100, npv_low = -300, "
            "npv_high = 100, verdict = 'not enough evidence', other_initiative_count = 2, other_npv = -500 "
            "where initiative_id = 'initiative_id 17'"
        )
        connection.execute(
            "update marts.mart_initiative_effects set initiative_id = 'all', "
            "metric_id = 'net_margin_per_customer_month', needed_observation_count = 1234 "
            "where initiative_id = 'initiative_id 0'"
        )

    app_worlds.publish(tmp_path, "20261121T221700000000Z", headline)
    monkeypatch.setenv("CX_WAREHOUSE", str(tmp_path))
    for text in (words(page("board")), words(page("roi", tab="return"))):
        assert "not enough evidence; about 1,200 observations would be needed" in text
        assert "eside it, not in it: 2 initiatives of a grade below B, −£500.00" in text


def test_each_miss_rate_can_be_followed_to_the_misses_that_were_counted(built):
    with Reader(Settings(warehouse=built)).lease() as snapshot:
        rows = [row for row in queries.priorities(snapshot) if row["exposure_kind"] == "promises"]
        assert len(rows) > 3
        for row in rows:
            assert len(queries.missed(snapshot, row["touchpoint"])) == row["missed_count"]


def test_where_nothing_is_promised_it_is_pairs_of_answers(tmp_path):
    def pairs(connection: duckdb.DuckDBPyConnection) -> None:
        for pair, day in enumerate((date(2025, 10, 31), date(2025, 11, 1), date(2026, 10, 31), date(2026, 11, 1))):
            for kind, partner in (("experienced", "expected"), ("expected", "experienced")):
                app_worlds.add(
                    connection,
                    "fct_answers",
                    **{"answer_id": f"{kind} {pair}", "paired_answer_id": f"{partner} {pair}", "question_kind": kind},
                    **{"touchpoint": "returns", "score": 3, "responded_at": day},
                )

    app_worlds.publish(tmp_path, "20261121T221700000000Z", pairs)
    with Reader(Settings(warehouse=tmp_path)).lease() as snapshot:
        # As of 21 November: the twelve complete months end with October.
        found = [row["answer_id"] for row in queries.disappointed(snapshot, "returns")]
        assert found == ["experienced 1", "experienced 2"]
        assert queries.disappointed(snapshot, "delivery") == ()


def test_the_months_of_an_initiative_add_up_to_its_net_present_value(built):
    with Reader(Settings(warehouse=built)).lease() as snapshot:
        rows = [row for row in queries.ledger(snapshot) if row["scenario"] == "base" and row["npv"] is not None]
        assert rows
        for row in rows:
            months = queries.cash(snapshot, row["initiative_id"])
            assert float(months[-1]["cumulative_discounted_amount"]) == pytest.approx(float(row["npv"]), abs=1e-6)
