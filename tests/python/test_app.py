"""The pages, run in process on small worlds: what they show is what is published, and what is missing says why."""

import asyncio
import json
import re
import sys
import time
import tomllib
from contextlib import contextmanager
from pathlib import Path

import app_worlds
import duckdb
import pyarrow.ipc
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
sys.path.insert(0, str(ROOT))

from app import figures, headline, messages, publication  # noqa: E402
from app.components import charts  # noqa: E402
from app.health import healthz  # noqa: E402
from app.security import SecurityHeaders, content_security_policy  # noqa: E402
from app.serve import command, environment  # noqa: E402
from cx_warehouse.errors import CxError  # noqa: E402
from cx_warehouse.settings import Settings  # noqa: E402

VERSION, NEWER = "20261121T221700000000Z", "20261121T231700000000Z"


@pytest.fixture
def world(tmp_path, monkeypatch):
    """Publishes a world by name and points the app at it; returns the warehouse folder."""

    def publish(name: str) -> Path:
        app_worlds.publish(tmp_path, VERSION, app_worlds.WORLDS[name])
        monkeypatch.setenv("CX_WAREHOUSE", str(tmp_path))
        return tmp_path

    return publish


@pytest.fixture(params=["by hand", "built"])
def full_warehouse(request, world, monkeypatch) -> Path:
    """A warehouse with every measure of the Board: one filled by hand, and one that a run has built."""
    if request.param == "by hand":
        return world("demo")
    built = request.getfixturevalue("demo_warehouse")
    monkeypatch.setenv("CX_WAREHOUSE", str(built))
    return built


def page(period: str | None = None, slug: str = "") -> AppTest:
    """A page after one run, by default the Board, with nothing gone wrong in it."""
    app = AppTest.from_file(str(APP / "main.py"), default_timeout=60)
    if period:
        app.query_params["period"] = period
    # AppTest knows pages that are files; this is what a click on one that is not sends.
    app._page_hash = calc_hash(slug) if slug else ""
    app.run()
    assert not app.exception, [each.message for each in app.exception]
    assert not app.error, [each.value for each in app.error]
    return app


def words(app: AppTest) -> str:
    """All text of the page, with the backslashes taken out that keep Markdown from reading it."""
    texts = [each.value for each in (*app.title, *app.header, *app.markdown, *app.warning)]
    return re.sub(rf"\\(?=[^a-zA-Z0-9\s])|{figures.WORD_JOINER}", "", "\n".join(texts))


def marks(app: AppTest) -> dict[str, list[dict]]:
    """The data of each chart of the page by the first words of its description: one dict a mark."""
    found = {}

    def walk(block) -> None:
        for child in getattr(block, "children", {}).values():
            if getattr(child, "type", "") == "vega_lite_chart":
                rows = pyarrow.ipc.open_stream(child.proto.data.data).read_all().to_pylist()
                found[re.split(" by month| of the promises", child.proto.alt)[0]] = rows
            walk(child)

    walk(app.main)
    return found


def published(warehouse: Path, sql: str) -> list[tuple]:
    """Rows read past the app and its reader."""
    with duckdb.connect(str((warehouse / "current.duckdb").resolve()), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def written(value: float, unit: str) -> str:
    """A value in words, written down a second time so that the page is not compared with itself."""
    sign = "−" if value < 0 else ""
    if unit == "share":
        return f"{sign}{abs(value) * 100:.1f}%"
    amount = f"{abs(value):,.2f}" if abs(value) < 1000 else f"{abs(value):,.0f}"
    return f"{sign}{amount}"


# Every number equals the mart's


@pytest.mark.parametrize("period", ["last_12_months", "all"])
def test_each_card_shows_the_value_interval_and_count_that_are_published(full_warehouse, period):
    app = page(period)
    rows = published(
        full_warehouse,
        "select metric_id, unit, value, value_low, value_high, observation_count from marts.mart_scorecard "
        f"where month = '{period}' and metric_id in ('csat', 'retention_90d', 'kept_rate', 'cost_per_order')",
    )
    assert len(rows) == 4
    shown = {each.label: re.sub(r"\\", "", each.value) for each in app.metric}
    text = words(app)
    for metric_id, unit, value, low, high, count in rows:
        if value is None:
            continue
        assert written(value, unit) in shown[messages.CARDS[metric_id]]
        assert written(low, unit) in text and written(high, unit) in text
        assert f"n = {count:,}" in text


@pytest.mark.parametrize("period", ["last_12_months", "all"])
def test_the_charts_draw_the_months_that_are_published(full_warehouse, period):
    drawn = marks(page(period)) | marks(page(period, "promises"))
    metrics = {name: metric_id for metric_id, name in messages.CARDS.items()} | {messages.PROMISES_NAME: "kept_rate"}
    shown = {name: chart for name, chart in drawn.items() if name in metrics}
    assert messages.PROMISES_NAME in shown
    for name, chart in shown.items():
        rows = published(
            full_warehouse,
            "select cast(month_start_date as varchar), value, value_low, value_high from marts.mart_scorecard "
            f"where metric_id = '{metrics[name]}' and month_start_date is not null",
        )
        months = {month: rest for month, *rest in rows}
        assert chart
        for mark in chart:
            assert [mark["value"], mark["low"], mark["high"]] == pytest.approx(months[mark["month"]], abs=1e-12)


def test_the_last_twelve_months_are_the_complete_ones_before_as_of(world):
    world("demo")
    months = [mark["month"] for mark in marks(page(None, "promises"))[messages.PROMISES_NAME]]
    assert (months[0], months[-1], len(months)) == ("2025-11-01", "2026-10-01", 12)
    months = [mark["month"] for mark in marks(page("all", "promises"))[messages.PROMISES_NAME]]
    assert (months[0], months[-1], len(months)) == ("2023-12-01", "2026-11-01", 36)


def test_the_bars_count_what_became_of_the_promises(full_warehouse):
    bars = marks(page("all", "promises"))["What became"]
    row = published(
        full_warehouse,
        "select exceeded_count, met_count, missed_count, open_count, unknown_count, excluded_count "
        "from marts.mart_promise_reliability where month = 'all' and touchpoint = 'all' and segment = 'all' "
        "and region = 'all' and service_level = 'all' and promise_version = 'first'",
    )[0]
    assert [bar["value"] for bar in bars] == list(row)


def test_the_table_lists_every_measure_of_the_period(full_warehouse):
    (table,) = page().table
    names = published(full_warehouse, "select metric_name from marts.mart_scorecard where month = 'last_12_months'")
    assert sorted(" ".join(each.split()) for each in table.value["Measure"]) == sorted(name for (name,) in names)


def test_the_answer_is_made_from_the_published_rate_and_target(full_warehouse):
    """As the headline, or beneath it where a ledger of initiatives says whether they pay."""
    app = page()
    text = words(app)
    ((value, target),) = published(
        full_warehouse,
        "select value, target from marts.mart_scorecard where month = 'last_12_months' and metric_id = 'kept_rate'",
    )
    assert len(app.title) == 1
    assert f"We keep {written(value, 'share')} of our promises" in text
    if target is not None:
        assert f"the {target * 100:g}% we aim for" in text


def test_the_footer_names_version_instants_and_checks(world):
    world("demo")
    text = words(page())
    assert f"Version {VERSION}, published 21 Nov 2026 22:17 UTC" in text
    assert "as of 21 Nov 2026 12:00 UTC" in text
    assert "128 of 128 checks passed" in text
    assert "amounts in GBP" in text
    assert "Withheld: Customer effort (half of its answers carry no scale)." in text


def test_definitions_come_from_the_registry_and_are_not_read_as_markup(world):
    world("demo")
    text = words(page())
    assert "How customer satisfaction is found. Beware: It costs $5 _or_ more." in text


# Worlds with little in them


def test_an_empty_warehouse_says_in_each_card_why(world):
    world("empty")
    app = page()
    assert not app.metric, "no number where there is none"
    assert words(app).count("**Not shown.** No orders were loaded.") == 4
    assert app.title[0].value == "Whether we keep our promises cannot be said: load what is missing"
    assert "load fulfilment.orders, then run" in words(app)
    states = {" ".join(state.split()) for state in app.table[0].value["Target and status"]}
    assert states == {"withheld: no orders were loaded"}
    assert not marks(app)


def test_one_row_is_counted_and_not_estimated(world):
    world("one_row")
    app = page()
    assert not app.metric
    assert words(app).count("**Not shown.** Fewer than 5 observations.") == 4
    assert [bar["value"] for bar in marks(page(None, "promises"))["What became"]][:3] == [1, 0, 0]


def test_under_thirty_only_the_interval_is_shown(world):
    world("few")
    app = page()
    assert [re.sub(r"\\", "", each.value) for each in app.metric][2] == "58.4% to 91.9%"
    assert words(app).count("only the interval: fewer than 30 cases") == 4
    assert app.title[0].value.startswith("We keep between 58.4% and 91.9% of our promises, on too few cases")
    assert all(mark["value"] is None for mark in marks(app)["Satisfaction"])


@pytest.mark.parametrize("name", app_worlds.WORLDS)
@pytest.mark.parametrize("period", ["last_12_months", "all"])
def test_every_world_has_one_answer_and_no_failure(world, name, period):
    world(name)
    app = page(period)
    assert len(app.title) == 1
    assert VERSION in words(app)


def test_nothing_published_says_what_to_do_and_recovers_without_restart(tmp_path, monkeypatch):
    monkeypatch.setenv("CX_WAREHOUSE", str(tmp_path))
    app = page()
    assert "Run `cx run` first." in words(app)
    app_worlds.publish(tmp_path, VERSION, app_worlds.demo)
    time.sleep(1.05)
    app.run()
    assert app.title[0].value.startswith("We keep 86.4%")


def test_while_a_page_is_worked_out_a_line_says_so(world, monkeypatch):
    world("demo")
    told, title = [], st.title

    @contextmanager
    def spinner(text):
        told.append(text)
        yield
        told.append("done")

    monkeypatch.setattr(st, "spinner", spinner)
    monkeypatch.setattr(st, "title", lambda *given, **named: told.append("answer") or title(*given, **named))
    page()
    assert told[:3] == [messages.LOADING, "answer", "done"]


# Filters, versions, faults


def test_a_deep_link_chooses_the_period_and_a_wrong_one_is_dropped(world):
    world("demo")
    assert page("all").segmented_control[0].value == "all"
    app = page("<script>")
    assert app.segmented_control[0].value == "last_12_months"
    assert "period" not in app.query_params


def test_choosing_a_period_writes_the_link_and_the_default_leaves_it(world):
    world("demo")
    app = page()
    app.segmented_control[0].set_value("all").run()
    assert app.query_params["period"] == "all"
    assert "All measures, all months" in [each.label for each in app.expander]
    app.segmented_control[0].set_value("last_12_months").run()
    assert "period" not in app.query_params


def test_an_open_session_goes_on_with_the_new_version(world):
    warehouse = world("demo")
    app = page()
    app_worlds.publish(warehouse, NEWER, app_worlds.empty)
    time.sleep(1.05)
    app.run()
    assert not app.exception and not app.error
    assert f"Version {NEWER}" in words(app)
    assert [each.value for each in app.toast] == [messages.NEW_VERSION]
    app.run()
    assert not app.toast


def test_a_corrupt_publication_leaves_the_last_good_one_with_a_warning(world):
    warehouse = world("demo")
    app = page()
    (warehouse / "versions" / f"{NEWER}.duckdb").write_bytes(b"broken" * 5000)
    app_worlds.point_at(warehouse, NEWER)
    time.sleep(1.05)
    app.run()
    assert not app.exception and not app.error
    assert f"stays on version {VERSION}" in app.warning[0].value
    assert app.metric[0].value == "81.3%"
    answer = healthz(None)
    body = json.loads(answer.body)
    assert (answer.status_code, body["status"], body["version"]) == (503, "error", VERSION)
    assert NEWER in body["reason"]


def test_healthz_names_the_version(world):
    world("demo")
    answer = healthz(None)
    assert (answer.status_code, json.loads(answer.body)["version"]) == (200, VERSION)


def test_healthz_is_503_when_nothing_is_published(tmp_path, monkeypatch):
    monkeypatch.setenv("CX_WAREHOUSE", str(tmp_path / "none"))
    answer = healthz(None)
    assert (answer.status_code, json.loads(answer.body)["version"]) == (503, None)


def test_a_version_without_a_table_is_an_error_in_words_and_the_page_stands(tmp_path, monkeypatch):
    def without_promises(connection):
        app_worlds.demo(connection)
        connection.execute("drop table marts.mart_promise_reliability")

    app_worlds.publish(tmp_path, VERSION, without_promises)
    monkeypatch.setenv("CX_WAREHOUSE", str(tmp_path))
    app = AppTest.from_file(str(APP / "main.py"), default_timeout=60)
    app._page_hash = calc_hash("promises")
    app.run()
    assert not app.exception
    assert "mart\\_promise\\_reliability does not exist" in app.error[0].value
    assert "cx run" in app.error[0].value


# Words and figures


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        *((0.7843, "share", "78.4%"), (1.0, "share", "100.0%"), (-0.00001, "share", "0.0%")),
        *((23.4, "score", "23"), (-4.55, "score", "−4.5"), (0.514, "days", "0.51 days"), (-1.25, "days", "−1.2 days")),
        *((6.4, "currency", "£6.40"), (-6.4, "currency", "−£6.40"), (12345.6, "currency", "£12,346")),
        *((184.25, "count", "184.2"), (3.0, "count", "3")),
    ],
)
def test_figures(value, unit, expected):
    assert figures.figure(value, unit, "GBP") == expected


def test_a_currency_without_a_symbol_follows_its_amount():
    assert figures.money(6.4, "CHF") == "6.40 CHF"
    assert figures.money(6.4, None) == "6.40"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        *((0.012, "share", "+1.2 points"), (-0.2, "currency", "−£0.20"), (0.2, "currency", "+\u2060£0.20")),
        *((0.0001, "share", "no change"), (-0.0001, "share", "no change"), (2.0, "score", "+2.0")),
    ],
)
def test_changes_carry_their_sign(value, unit, expected):
    assert figures.change(value, unit, "GBP") == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(0.9, "share", "90%"), (0.925, "share", "92.5%"), (6.0, "currency", "£6"), (100.0, "count", "100")],
)
def test_targets_are_written_as_round_as_they_were_chosen(value, unit, expected):
    assert figures.goal(value, unit, "GBP") == expected


def score(value, low, high, target=0.9, is_on=None, direction="up"):
    return {
        **{"value": value, "value_low": low, "value_high": high, "target": target, "is_on_target": is_on},
        **{"unit": "share", "direction": direction, "reason": None},
    }


OWNERS = {metric: {"owner": f"Owner of {metric}"} for metric in headline.ATTENTION}


@pytest.mark.parametrize(
    ("rows", "sentence", "owner"),
    [
        (
            {"kept_rate": score(0.86, 0.85, 0.87, is_on=False)},
            "We keep 86.0% of our promises, clearly below the 90% we aim for: fix the misses first",
            "Owner of kept_rate",
        ),
        (
            {"kept_rate": score(0.89, 0.87, 0.91, is_on=False)},
            "We keep 89.0% of our promises, too close to the 90% we aim for to call: watch it before acting",
            "Owner of kept_rate",
        ),
        (
            {"kept_rate": score(0.95, 0.94, 0.96, is_on=True)},
            "We keep 95.0% of our promises, clearly above the 90% we aim for: hold the course",
            None,
        ),
        (
            {"kept_rate": score(0.91, 0.89, 0.93, is_on=True)},
            "We keep 91.0% of our promises, at the 90% we aim for if not by chance: hold the course",
            None,
        ),
        (
            {"kept_rate": score(0.95, 0.94, 0.96, is_on=True), "csat": score(0.7, 0.6, 0.75, 0.8, is_on=False)},
            "We keep 95.0% of our promises, clearly above the 90% we aim for: turn to satisfaction next",
            "Owner of csat",
        ),
        (
            {
                "kept_rate": score(0.95, 0.94, 0.96, is_on=True),
                "csat": score(0.79, 0.7, 0.85, 0.8, is_on=False),
                "cost_per_order": score(7.0, 6.5, 7.5, 6.0, is_on=False, direction="down"),
            },
            "We keep 95.0% of our promises, clearly above the 90% we aim for: turn to cost to serve next",
            "Owner of cost_per_order",
        ),
        (
            {"kept_rate": score(0.86, 0.85, 0.87, target=None)},
            "We keep 86.0% of our promises, between 85.0% and 87.0% at 95%: set a target for it",
            "Owner of kept_rate",
        ),
        ({}, "Whether we keep our promises cannot be said: gather more before acting", "Owner of kept_rate"),
    ],
)
def test_the_headline_says_what_how_sure_and_what_to_do(rows, sentence, owner):
    said = headline.answer(rows, {}, OWNERS, "GBP")
    assert (said.sentence, said.owner) == (sentence, owner)


def test_a_failed_check_asks_to_repair_the_data_and_gives_its_reason():
    rows = {"kept_rate": score(None, None, None) | {"reason": "half of the promises have no due date"}}
    trust = {"kept_rate": {"fitness": "withheld", "absent_tables": ""}}
    said = headline.answer(rows, trust, OWNERS, None)
    assert said.sentence.endswith("repair the data first")
    assert said.next_step == "half of the promises have no due date."


def test_tables_of_the_registry_are_listed_in_words():
    assert headline.listing("a.b;c.d|e.f") == "a.b, c.d or e.f"
    assert headline.listing(["a", "b"]) == "a, b"


@pytest.mark.parametrize(
    ("low", "high", "target", "expected"),
    [(0.812, 0.877, 0.9, (0.81, 0.9)), (0.5, 0.5, None, (0.495, 0.505)), (0.9, 1.0, 0.95, (0.9, 1.0))],
)
def test_the_axis_holds_every_mark_and_the_target(low, high, target, expected):
    found = charts.span([{"low": low, "value": (low + high) / 2, "high": high}], target, "share")
    assert found[0] <= low and found[1] >= high and 0 <= found[0] < found[1] <= 1
    assert target is None or found[0] <= target <= found[1]
    assert found == pytest.approx(expected, abs=0.011)


# Hardening


def test_the_policy_allows_the_installed_page_and_nothing_inline_beside_it():
    policy = dict(part.split(" ", 1) for part in content_security_policy().split("; "))
    assert re.fullmatch(r"'self' 'sha256-[A-Za-z0-9+/]{43}='", policy["script-src"])
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert "unsafe-eval" not in content_security_policy()


def test_every_response_carries_the_headers_once():
    async def inner(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Frame-Options", b"SAMEORIGIN")]})

    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(SecurityHeaders(inner)({"type": "http"}, None, send))
    headers = [(name.decode().lower(), value.decode()) for name, value in sent[0]["headers"]]
    assert len(dict(headers)) == len(headers)
    assert dict(headers)["x-frame-options"] == "DENY"
    assert dict(headers)["x-content-type-options"] == "nosniff"


def test_the_server_command_names_address_and_port_and_guards_a_local_one():
    local = command(Settings(app_host="127.0.0.1", app_port=8600))
    assert local[local.index("--server.port") + 1] == "8600"
    assert local[local.index("--server.address") + 1] == "127.0.0.1"
    assert "--server.allowedHosts" in local
    with pytest.raises(CxError, match="nobody has to sign in"):
        command(Settings(app_host="0.0.0.0"))


def test_the_server_gets_the_warehouse_as_an_absolute_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert environment(Settings(warehouse=Path("here")))["CX_WAREHOUSE"] == str(tmp_path / "here")


def test_the_configuration_is_closed():
    settings = tomllib.loads((APP / ".streamlit" / "config.toml").read_text())
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "none"
    assert settings["client"]["toolbarMode"] == "viewer"
    assert settings["server"]["enableAgentApi"] is False
    # Each takes more CPU a run than the pages themselves.
    assert settings["runner"] == {"magicEnabled": False, "postScriptGC": False}


def test_the_reader_is_one_per_folder(world):
    world("demo")
    assert publication.reader() is publication.reader()


# Rules of the house, over the tree


def test_sql_is_written_in_one_folder_and_computes_nothing():
    for path in APP.rglob("*.py"):
        if "queries" not in path.relative_to(APP).parts:
            assert not re.search(r"\bselect\b.+\bfrom\b", path.read_text(), re.IGNORECASE | re.DOTALL), path
            continue
        assert not re.search(
            r"\b(sum|avg|mean|median|quantile\w*|count|min|max)\s*\(|[^*]/ |\bgroup by\b", path.read_text()
        ), path


def test_no_folder_is_named_pages_and_no_module_hides_one_of_python():
    assert not [path for path in APP.rglob("pages") if path.is_dir()]
    # The server puts app/ on the path, where a module of this name would be found first.
    assert not {path.stem for path in APP.glob("*.py")} & set(sys.stdlib_module_names) - {"__init__"}


def test_components_write_no_words_of_their_own():
    shown = re.compile(r"st\.(title|header|metric|error|warning|toast|expander|download_button|table)\(\s*f?\"")
    for path in [*APP.rglob("components/*.py"), *(APP / "views").rglob("*.py"), APP / "main.py"]:
        assert not shown.search(path.read_text()), path
