"""Every page on worlds with much, little and nothing in them: one answer, no failure, and the published numbers."""

import json
import re
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import app_worlds
import duckdb
import pytest
import yaml
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app import figures, frame, messages  # noqa: E402
from app.components import charts, comparisons  # noqa: E402
from app.components.palette import LIGHT  # noqa: E402
from app.estimate import Estimate  # noqa: E402
from app.views import PAGES, board  # noqa: E402
from app.views.roi import shared, signals  # noqa: E402
from cx_warehouse.snapshots import Snapshot  # noqa: E402

VERSION = "20261121T221700000000Z"
# A hole in a sentence: a value that is not there, or a place that nothing was put into.
HOLE = re.compile(r"\b(None|nan|NaN)\b|\{\w*\}")
# A form, and counts, which no check takes away: kinds of touchpoints, rows of each load, rows that were not taken.
WITHOUT_ESTIMATES = ("propose", "coverage", "sources", "loads", "rejects", "restated")


@pytest.fixture
def world(tmp_path, monkeypatch):
    """Publishes a world by name, or by the function that fills it, and points the app at it."""

    def publish(fill) -> Path:
        app_worlds.publish(tmp_path, VERSION, app_worlds.WORLDS.get(fill, fill))
        monkeypatch.setenv("CX_WAREHOUSE", str(tmp_path))
        return tmp_path

    return publish


def page(slug: str, **asked: str) -> AppTest:
    """A page after one run, with nothing gone wrong in it."""
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    app.query_params.update(asked)
    return go(app, slug)


def go(app: AppTest, slug: str) -> AppTest:
    """The same session on another page, as a click in the navigation leaves it."""
    # AppTest knows pages that are files; this is what a click on one that is not sends.
    app._page_hash = "" if slug == PAGES[0].slug else calc_hash(slug)
    app.run()
    assert not app.exception, [each.message for each in app.exception]
    assert not app.error, [each.value for each in app.error]
    assert len(app.title) == 1
    return app


def every_tab() -> Iterator[tuple[str, str, str]]:
    """Page, tab and words of each tab, in one session, as a visitor goes through them."""
    app = page(PAGES[0].slug)
    for each in PAGES:
        for tab in each.tabs:
            app.query_params.clear()
            app.query_params["tab"] = tab.slug
            yield each.slug, tab.slug, words(go(app, each.slug))


def words(app: AppTest) -> str:
    """All text of the page as it is read: without the backslashes that keep Markdown from reading it."""
    texts = [each.value for each in (*app.title, *app.header, *app.markdown)]
    texts += [f"{each.label} {each.value}" for each in app.metric]
    # In a cell a line may not break everywhere.
    texts += [table.value.to_csv().replace(figures.NO_BREAK, " ") for table in app.table]
    return re.sub(rf"\\(?=[^a-zA-Z0-9\s])|{figures.WORD_JOINER}", "", "\n".join(texts))


@pytest.mark.parametrize("name", app_worlds.WORLDS)
def test_every_tab_has_one_answer_and_no_failure_in_every_world(world, name):
    world(name)
    for slug, tab, text in every_tab():
        assert VERSION in text, (slug, tab)
        assert not HOLE.search(text), (slug, tab, HOLE.search(text))
        if name == "withheld" and tab not in WITHOUT_ESTIMATES:
            assert app_worlds.FAILED in text.lower(), (slug, tab)
            assert not re.findall(r"\d%", text.replace("95%", "")), (slug, tab)


def test_a_tab_that_is_not_there_is_dropped(world):
    world("demo")
    app = page("promises", tab="<script>")
    assert "tab" not in app.query_params
    assert messages.KEPT in words(app)


# Filters


def _two_segments(connection: duckdb.DuckDBPyConnection) -> None:
    app_worlds.demo(connection)
    for segment, missed in (("retail", 40), ("_b2b_", 90)):
        connection.execute(
            "insert into marts.mart_promise_reliability by name select * replace ("
            f"'{segment}' as segment, {missed} as missed_count, 1000 as due_count, {1 - missed / 1000} as kept_rate, "
            "0.1 as kept_rate_low, 0.99 as kept_rate_high) from marts.mart_promise_reliability "
            "where segment = 'all' and touchpoint = 'all'"
        )


def test_a_filter_picks_the_published_roll_up(world):
    world(_two_segments)
    assert "We keep 96.0% of our promises" in page("promises", segment="retail").title[0].value
    assert "We keep 91.0% of our promises" in page("promises", segment="_b2b_").title[0].value


def test_a_choice_goes_along_to_other_pages_and_stays_in_the_link(world):
    world(_two_segments)
    app = page("promises", segment="retail", period="all", tab="padding")
    assert app.query_params["segment"] == "retail"
    # A click in the navigation empties the URL.
    app.query_params.clear()
    go(app, "retention")
    assert app.query_params.get("period") == "all" and "tab" not in app.query_params
    app.query_params.clear()
    go(app, "promises")
    assert app.query_params["period"] == "all"


def test_a_value_that_is_not_published_is_dropped_from_the_link(world):
    world(_two_segments)
    app = page("promises", segment="nobody' or 1=1", region="<b>")
    assert not {"segment", "region"} & set(app.query_params)
    assert "We keep 86.4%" in app.title[0].value


def test_back_on_the_same_page_obeys_the_link(world):
    world(_two_segments)
    app = page("promises", segment="retail")
    app.query_params.clear()
    go(app, "promises")
    assert "segment" not in app.query_params
    assert "We keep 86.4%" in app.title[0].value


# What is shown is what is published


@pytest.fixture
def built(demo_warehouse, monkeypatch) -> Path:
    """The demo data as a run publishes it."""
    monkeypatch.setenv("CX_WAREHOUSE", str(demo_warehouse))
    return demo_warehouse


def published(warehouse: Path, sql: str) -> list[tuple]:
    """Rows read past the app and its reader."""
    with duckdb.connect(str((warehouse / "current.duckdb").resolve()), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_every_tab_of_what_a_run_publishes_is_drawn(built, monkeypatch):
    """Without a hole in its sentences, from tables that the exposure of its page names."""
    asked: set[str] = set()
    rows = Snapshot.rows

    def recorded(snapshot: Snapshot, sql: str, *parameters) -> tuple[dict, ...]:
        asked.update(re.findall(r"\bmarts\.(\w+)", sql))
        return rows(snapshot, sql, *parameters)

    monkeypatch.setattr(Snapshot, "rows", recorded)
    exposures = yaml.safe_load((ROOT / "models" / "exposures.yml").read_text())["exposures"]
    named = {each["name"]: set(re.findall(r"\w+", " ".join(each["depends_on"]))) for each in exposures}
    for slug, tab, text in every_tab():
        assert not HOLE.search(text), (slug, tab, HOLE.search(text))
        # No model: publication writes it.
        assert asked - {"mart_publication"} <= named[f"page_{slug}"], (slug, tab)
        asked.clear()


def test_promises_by_touchpoint_are_the_published_ones(built):
    text = words(page("promises"))
    rows = published(
        built,
        "select due_count, missed_count, kept_rate from marts.mart_promise_reliability where month = 'last_12_months' "
        "and promise_version = 'first' and segment = 'all' and region = 'all' and service_level = 'all'",
    )
    assert rows
    for due, missed, kept in rows:
        assert f"{due:,}" in text and f"{missed:,}" in text
        assert kept is None or f"{kept * 100:.1f}%" in text


def test_what_can_be_promised_is_the_published_plan(built):
    text = words(page("promises", tab="planner"))
    rows = published(
        built, "select promise_days, late_per_1000_day_less from marts.mart_promise_planner where lane = 'all'"
    )
    for days, less in rows:
        assert days is None or f"{days:g} day" in text
        assert less is None or f"{less:,.0f}" in text


def test_the_difference_after_a_miss_is_the_published_one(built):
    text = words(page("retention", tab="forgiven"))
    rows = published(
        built,
        "select risk_difference, risk_difference_low, risk_difference_high from marts.mart_gap_retention "
        "where outcome = 'missed' and index_kind = 'first_order'",
    )
    assert rows
    for row in rows:
        for value in row:
            assert value is None or f"{abs(value) * 100:.1f}" in text


def test_the_headline_of_retention_is_of_the_best_grade_and_says_which(built):
    (grade, difference, low, high, count) = published(
        built,
        """
        select grade, risk_difference, risk_difference_low, risk_difference_high, missed_order_count
        from marts.mart_gap_retention_estimates where horizon_days = 90 and risk_difference is not null
        order by grade, missed_order_count desc limit 1
        """,
    )[0]
    app = page("retention")
    text = words(app)
    assert grade < "D"
    if low <= 0 <= high:
        assert "not enough evidence" in app.title[0].value
    else:
        assert f"{abs(difference) * 100:.1f} points" in app.title[0].value
    assert f"evidence grade {grade}, {messages.GRADES[grade]}" in text and f"{count:,} orders after a miss" in text


def test_what_would_be_enough_is_published_and_shown(built):
    for slug, tab, table in (
        ("retention", "recovery", "mart_recovery where index_kind = 'every_order'"),
        ("roi", "worst", "mart_touchpoint_priority"),
        ("roi", "drivers", "mart_drivers where outcome = 'csat'"),
    ):
        counts = published(built, f"select needed_observation_count from marts.{table}")
        text = words(page(slug, tab=tab))
        assert any(count for (count,) in counts), table
        for (count,) in counts:
            # Two digits: of such a number no more is known than its size.
            assert count is None or f"{float(f'{count:.2g}'):,.0f}" in text, table


def test_numbers_of_a_table_stand_at_the_right_and_nothing_else_does():
    lines = [
        ("Delivery", "85.3% (84.7% to 85.9%)", "9,554", "–", "−€186 (−€5,168 to €4,796)", "2026-05", "q < 0.001"),
        ("Store", "Not shown: too few", "37", "3 days", "12 CHF", "30 Apr 2026", "–"),
    ]
    assert figures.number_columns(lines) == [1, 2, 3, 4, 6]
    assert figures.number_columns([("1", "C0000637", "5 align", "fix first", "0: 2,164, 1: 1,579", "–", "in 3")]) == []


def test_every_measure_and_every_load_is_on_the_trust_page(built):
    text = words(page("trust", tab="measures"))
    for (name,) in published(built, "select metric_name from marts.mart_metric_trust"):
        assert name in text.replace('""', '"')
    text = words(page("trust", tab="sources"))
    for source, tenths in published(
        built, "select source_table, ceil(10 * days_behind) from marts.mart_source_freshness"
    ):
        assert figures.source(source) in text and (tenths is None or f"{tenths / 10:,.1f}" in text)
    text = words(page("trust", tab="loads"))
    for source, total in published(
        built, "select source_table, published_total from marts.mart_reconciliation where measure = 'rows'"
    ):
        assert f"{figures.source(source)},Rows,{total:,.0f},{total:,.0f},0" in text.replace('"', "")
    for system, table, landed in published(built, "select system, table_name, landed_count from marts.mart_load_audit"):
        assert figures.source(f"{system}.{table}") in text and f"{landed:,}" in text
    assert figures.source("crm.customer_identities") == "CRM: customer identities"


def _without_promise(connection: duckdb.DuckDBPyConnection) -> None:
    """As a city's service requests: many with no promise on record, and a missed rate of those that matured."""
    app_worlds.promises(connection, "last_12_months", 10_000, 1_572, 0)
    connection.execute(
        "update marts.mart_promise_reliability set unknown_count = 18825, no_promise_count = 18825, otif_rate = null, "
        "reason = null"
    )
    app_worlds.fill(connection, is_shown=True)


def test_what_had_no_promise_is_unknown_and_in_no_rate(world):
    world(_without_promise)
    text = words(page("promises"))
    assert f"{messages.UNKNOWN} 18,825" in text
    assert "18,825 of them had no promise on record" in text
    assert f"{messages.MISSED} 15.7%" in text


def test_a_proposal_is_written_beside_the_warehouse_and_not_into_it(world):
    warehouse = world("nothing_at_all")
    before = {path: path.stat().st_mtime_ns for path in (warehouse / "versions").iterdir()}
    app = page("roi", tab="propose")
    app.selectbox[0].set_value("discount_rate")
    for box, value in zip(app.number_input, (0.05, 0.08, 0.1), strict=True):
        box.set_value(value)
    app.text_input[0].set_value("=Finance")
    app.button[0].click().run()
    assert [each.value for each in app.success] == [messages.PROPOSE_DONE]
    (file,) = (warehouse / "proposals").iterdir()
    assert "assumption,discount_rate,0.05,0.08,0.1," in file.read_text()
    assert before == {path: path.stat().st_mtime_ns for path in (warehouse / "versions").iterdir()}


def test_a_proposal_that_makes_no_sense_is_refused_in_words(world):
    warehouse = world("nothing_at_all")
    app = page("roi", tab="propose")
    app.button[0].click().run()
    assert app.error[0].value == messages.PROPOSE_NO_NUMBER
    app.number_input[1].set_value(0.1)
    app.button[0].click().run()
    assert app.error[0].value.startswith("The proposal was not written.")
    assert not (warehouse / "proposals").exists()


def test_text_of_the_data_is_never_read_as_markup(world):
    def hostile(connection: duckdb.DuckDBPyConnection) -> None:
        app_worlds.demo(connection)
        connection.execute("update marts.mart_message_defects set wording = '**bold** [x](http://evil) $1$ :red[y]'")
        connection.execute("update marts.mart_miss_causes set cause_name = '_under_ <script>'")

    world(hostile)
    text = page("promises", tab="messages").table[0].value.to_csv().replace(figures.NO_BREAK, " ")
    assert r"\*\*bold\*\* \[x\](http://evil) \$1\$ \:red\[y\]" in text
    assert r"\_under\_ \<script\>" in page("promises", tab="causes").table[0].value.to_csv()


# Estimates as words


@pytest.mark.parametrize(
    ("estimate", "text", "cell"),
    [
        (Estimate(0.5, 0.4, 0.6, "share"), "50.0%", "50.0% (40.0% to 60.0%)"),
        (Estimate(None, 0.4, 0.6, "share"), "40.0% to 60.0%", "40.0% to 60.0%"),
        (Estimate(None, None, None, "share", reason="too few."), "Not shown", "Not shown: too few"),
        (Estimate(None, None, None, "days"), "Not shown", f"Not shown: {messages.NO_REASON}"),
        (Estimate(-0.107, -0.15, -0.062, "points"), "−10.7 points", "−10.7 points (−15.0 to −6.2 points)"),
        (Estimate(3.0, None, None, "minutes"), "3.0 minutes", "3.0 minutes"),
        # One precision and one way with signs for a value and its interval.
        (Estimate(0.037, 0.034, 0.04, "points"), "+3.7 points", "+3.7 points (+3.4 to +4.0 points)"),
        (Estimate(-5.9, -11.32, -0.48, "score"), "−5.9", "−5.9 (−11.3 to −0.5)"),
        (Estimate(-186.03, -5168.2, 4796.1, "currency"), "−186", "−186 (−5,168 to 4,796)"),
        (Estimate(1.04, 0.93, 1.15, "days"), "1.04 days", "1.04 days (0.93 to 1.15 days)"),
    ],
)
def test_an_estimate_in_words(estimate, text, cell):
    assert (estimate.text(), estimate.cell()) == (text, cell)


@pytest.mark.parametrize(
    ("low", "high", "side"),
    [(-2, -1, "below"), (-1, 1, "across"), (0, 1, "across"), (1, 2, "above"), (None, 1, "across")],
)
def test_an_estimate_is_on_one_side_only_with_its_whole_interval(low, high, side):
    assert Estimate(0.0, low, high, "points").side_of(0) == side


def test_a_row_that_is_not_there_is_withheld():
    estimate = Estimate.of(None, "kept_rate", "share")
    assert (estimate.is_shown, estimate.why) == (False, messages.NO_ROW)


def test_a_distance_of_shares_is_in_points():
    assert figures.points(0.1067) == "10.7 points"
    assert figures.figure(0.1067, "points", None) == "+10.7 points"


# Charts and cells that a phone can show


def test_a_mark_without_an_interval_says_nothing_of_one():
    row = {"value": 3.5, "value_low": None, "value_high": None, "month_start_date": date(2026, 5, 1)}
    marks = charts.points([row | {"observation_count": 12, "status": "final"}], "days", None)
    spec = charts.large_trend(marks, "days", None, None, LIGHT, "Month", None)
    assert spec["data"]["values"][0]["description"] == "May 2026: 3.5 days, n 12"


def test_long_names_of_rows_go_on_below_and_hostile_ones_stay_text():
    long = 'Evening pick-up by a second carrier "; alert(1); "'
    row = {"label": long, "value": 1.0, "low": 0.5, "high": 2.0, "text": "1.0", "role": "main", "description": long}
    spec = comparisons.forest([row], "count", None, LIGHT)
    shown = spec["encoding"]["y"]["axis"]["labelExpr"]
    lines = json.loads(shown.removesuffix("[datum.value] || datum.label"))
    assert " ".join(lines[long]) == long and max(map(len, lines[long])) <= 22
    assert (
        "labelExpr" not in comparisons.forest([row | {"label": "Short"}], "count", None, LIGHT)["encoding"]["y"]["axis"]
    )


def test_rows_of_the_same_name_are_two_rows_of_a_chart() -> None:
    row = {"low": None, "high": None, "text": "1", "role": "main", "description": "d"}
    rows = [row | {"label": label, "value": value} for label, value in (("Calls", 1.0), ("Mail", -2.0), ("Calls", 3.0))]
    for spec in (comparisons.bars(rows, LIGHT), comparisons.forest(rows, "count", None, LIGHT)):
        assert [mark["label"] for mark in spec["data"]["values"]] == ["Calls", "Mail", "Calls 2"]
        assert spec["encoding"]["y"]["sort"] == ["Calls", "Mail", "Calls 2"]
    # What is below 0 is drawn within the chart.
    assert comparisons.bars(rows, LIGHT)["layer"][0]["encoding"]["x"]["scale"]["domain"] == [-2.0, 3.0]


def test_numbers_beside_the_marks_have_their_room_in_pixels():
    row = {"label": "a", "value": 1.0, "low": None, "high": None, "role": "main", "description": "a"}
    rooms = [
        comparisons.bars([row | {"text": text}], LIGHT)["layer"][0]["encoding"]["x"]["scale"]["range"][1]["expr"]
        for text in ("1", "−12.5 to +38.1 points")
    ]
    assert rooms == ["width - 21", "width - 153"]
    # An interval in place of a number goes on two lines, and leaves its room to the marks.
    spec = comparisons.forest([row | {"text": "−12.5 to +38.1 points"}], "points", None, LIGHT)
    (mark,) = spec["data"]["values"]
    assert mark["text"] == "−12.5 to\n+38.1 points"
    assert spec["layer"][-1]["encoding"]["x"]["scale"]["range"][1]["expr"] == "width - 93"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("27.9% (25.5% to 30.4%)", ["27.9%", "(25.5% to 30.4%)"]),
        ("Email support", ["Email support"]),
        ("Not shown: nobody on record gave up waiting", ["Not shown: nobody", "on record gave up", "waiting"]),
        ("−€186.03", [f"−{figures.WORD_JOINER}€186.03"]),
        ("Evening pick-up by them", [f"Evening pick-{figures.WORD_JOINER}up", "by them"]),
        ("−4.0", ["−4.0"]),
    ],
)
def test_a_cell_breaks_where_a_reader_would(text, lines):
    assert [line.replace(figures.NO_BREAK, " ") for line in figures.cell(figures.plain(text)).split(" ")] == lines


def test_numbers_follow_the_sample(monkeypatch):
    monkeypatch.setattr(messages, "NUMBERS", "1.234,5")
    assert figures.figure(0.7843, "share", None) == "78,4%"
    assert (figures.money(12345.6, "EUR"), figures.money(6.4, "CHF")) == ("€12.346", "6,40 CHF")
    assert (figures.goal(0.9, "share", None), figures.count(12286), figures.rounded(0.08)) == ("90%", "12.286", "0,08")
    assert charts.config()["locale"]["number"]["decimal"] == ","


# What the last initiatives returned, and signals that are none


def test_the_last_three_initiatives_are_named_with_what_they_returned_and_how_sure_that_is(built):
    rows = published(
        built,
        "select initiative_id, npv, gain_probability from marts.mart_roi_ledger "
        "where scenario = 'base' and initiative_id <> 'all' order by start_month desc, initiative_id desc limit 3",
    )
    names = dict(published(built, "select initiative_id, initiative_name from marts.dim_initiatives"))
    for text in (words(page("board")), words(page("roi", tab="return"))):
        assert re.search(rf"(O|o)ur last {len(rows)} initiatives\b", text)
        for initiative_id, npv, probability in rows:
            (line,) = {each for each in re.findall(r"[^\n\[]+\]", text) if each.startswith(f"{names[initiative_id]}: ")}
            assert npv is None or f"{abs(npv):,.0f}" in line or f"{abs(npv):,.2f}" in line
            assert probability is None or f"{shared.chance(probability)} likely to be a gain" in line


def test_the_page_behind_each_answer_of_the_board_opens_with_it(built):
    app = page("board")
    text = words(app)
    for name, (_, slug, tab) in board.ANSWERS.items():
        sentence = page(slug, **({"tab": tab} if tab else {})).title[0].value
        assert f"{messages.ANSWERS[name]}]]\n**{sentence}**" in text.replace("\\", ""), name


def test_no_signal_says_how_many_series_were_judged_and_why_others_could_not_be():
    rows = [{"reason": None}] * 3 + [{"reason": "too rare"}] + [{"reason": "too few"}] * 2
    assert signals._why_no_signal(rows) == (
        "3 of 6 series were judged, and each lies within what its months differ by; 2 could not be judged (too few); "
        "1 could not be judged (too rare)"
    )
    assert signals._why_no_signal([]) == messages.NO_ROWS


def test_no_tab_takes_100_ms_of_cpu(built, monkeypatch):
    """Of its own thread, so that a busy machine does not count; on the second run, as for everybody but the first."""
    taken: list[float] = []
    draw = frame.draw

    def timed(*arguments) -> None:
        began = time.thread_time()
        draw(*arguments)
        taken.append(time.thread_time() - began)

    monkeypatch.setattr(frame, "draw", timed)
    for _ in range(2):
        taken.clear()
        names = [f"{slug}/{tab}" for slug, tab, _ in every_tab()]
    # The first run opens the session.
    slow = {name: round(seconds, 3) for name, seconds in zip(names, taken[1:], strict=True) if seconds >= 0.1}
    assert slow == {}
