"""The Board in Chromium: under the strict policy, on a desk and on a phone, while versions come and go."""

import csv
import json
from pathlib import Path

import app_worlds
import pytest
from browsing import LOOKS, SCREENSHOTS, VERSION, picture, violations
from playwright.sync_api import expect

from app import messages
from app.views import board

pytestmark = pytest.mark.browser

NEWER, NEWEST = "20261121T231700000000Z", "20261122T001700000000Z"
DRAWN = [
    *(("demo", *look) for look in LOOKS),
    *((name, *look) for name in ("empty", "one_row", "few", "nothing") for look in (LOOKS[0], LOOKS[3])),
]

# An open page looks for a newer version every five seconds.
NOTICED_MS = 25_000


@pytest.mark.parametrize(("name", "width", "theme"), DRAWN)
def test_every_world_is_drawn_without_fault_and_without_sideways_scroll(world, visit, name, width, theme):
    """Nor does axe-core find fault with it. Also leaves a picture of each in build/screenshots, to look at."""
    session = visit(world(name), width=width, theme=theme)
    tab = session.go()
    assert tab.locator("h1").count() == 1
    assert tab.locator('[data-testid="stException"]').count() == 0
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    picture(session, SCREENSHOTS / f"board-{name}-{width}-{theme}.png")
    assert violations(tab) == []


def test_a_deep_link_as_the_first_request_of_a_server_keeps_its_filter(own_world, visit):
    tab = visit(own_world).go("/?period=all")
    expect(tab.get_by_role("radio", name="All months")).to_be_checked()
    expect(tab.get_by_text("All measures, all months")).to_be_visible()
    assert "period=all" in tab.url


def test_the_board_is_found_by_its_name_too_and_keeps_its_filter(world, visit):
    session = visit(world("demo"))
    tab = session.go("/board?period=all")
    expect(tab).to_have_url(f"{session.server.url}/?period=all")
    expect(tab.get_by_role("radio", name="All months")).to_be_checked()


def test_numbers_on_screen_are_the_published_ones(world, visit):
    tab = visit(world("demo")).go()
    expect(tab.locator("h1")).to_have_text(
        "We keep 86.4% of our promises, clearly below the 90% we aim for: fix the misses first"
    )
    for label, value in (
        *(("Satisfaction", "81.3%"), ("Loyalty", "31.1%"), ("Promises kept", "86.4%")),
        ("Cost to serve per delivered order", "£6.41"),
    ):
        card = tab.get_by_test_id("stMetric").filter(has_text=label)
        expect(card.get_by_test_id("stMetricValue")).to_have_text(value)
    expect(tab.get_by_text("£6.11 to £6.71 (95% interval)")).to_be_visible()
    tab.get_by_text("All measures, last 12 months").click()
    row = tab.get_by_role("row").filter(has_text="Net promoter score")
    expect(row.get_by_role("cell").nth(1)).to_have_text("23 (23 to 24)")


@pytest.mark.parametrize(("width", "theme"), [LOOKS[0], LOOKS[3]])
def test_each_question_is_answered_on_the_board_and_one_click_leads_to_what_the_answer_rests_on(
    world, visit, width, theme
):
    session = visit(world("demo"), width=width, theme=theme)
    for name, (_, slug, tab) in board.ANSWERS.items():
        shown = session.go()
        card = shown.locator('[data-testid="stVerticalBlock"]').filter(has_text=messages.ANSWERS[name]).last
        answer = card.locator("strong").first.inner_text()
        card.get_by_role("link", name=messages.ANSWER_LINK).click()
        expect(shown.locator("h1")).to_have_text(answer)
        expect(shown).to_have_url(f"{session.server.url}/{slug}" + (f"?tab={tab}" if tab else ""))
        session.settle()


def test_charts_say_their_values_to_a_screen_reader(world, visit):
    tab = visit(world("demo")).go("/promises")
    charts = tab.locator('[data-testid="stVegaLiteChart"]')
    expect(charts).to_have_count(2)
    expect(charts.nth(0).locator('[aria-label^="Oct 2026: 85.5%"]')).to_have_count(1)
    assert charts.nth(0).locator('[aria-label*="95% interval"]').count() == 12
    for bar in ("kept early: 3,715", "missed: 1,689"):
        expect(charts.nth(1).locator(f'[aria-label="{bar}"]')).to_have_count(1)


def test_choosing_a_period_changes_the_page_and_the_link_and_back_undoes_it(world, visit):
    session = visit(world("demo"))
    tab = session.go()
    tab.get_by_text("All months").click()
    expect(tab.get_by_text("All measures, all months")).to_be_visible()
    expect(tab).to_have_url(f"{session.server.url}/?period=all")
    other = session.open(tab.url)
    expect(other.get_by_text("All measures, all months")).to_be_visible()
    tab.get_by_text("Last 12 months").click()
    expect(tab.get_by_text("All measures, last 12 months")).to_be_visible()
    expect(tab).to_have_url(f"{session.server.url}/")
    tab.go_back()
    expect(tab.get_by_text("All measures, all months")).to_be_visible()


def test_a_definition_is_one_click_away(world, visit):
    tab = visit(world("demo")).go()
    text = tab.get_by_text("How customer satisfaction is found. Beware: It costs $5 _or_ more.")
    expect(text).to_be_hidden()
    tab.get_by_text(messages.DEFINITIONS).click()
    expect(text).to_be_visible()


def test_the_download_holds_the_rows_of_the_mart(world, visit):
    tab = visit(world("demo")).go()
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name=messages.DOWNLOAD_MEASURES).click()
    assert waiting.value.suggested_filename == f"measures_last_12_months_{VERSION}.csv"
    with Path(waiting.value.path()).open(newline="") as file:
        rows = {row["metric_id"]: row for row in csv.DictReader(file)}
    assert len(rows) == len(app_worlds.AREAS)
    assert float(rows["csat"]["value"]) == pytest.approx(0.813, abs=0.0005)
    assert rows["ces"]["value"] == "" and rows["ces"]["status"] == "withheld"


def test_an_open_page_takes_up_a_new_version_and_outlives_a_broken_one(own_world, visit):
    session = visit(own_world)
    tab = session.go("/?period=all")
    expect(tab.get_by_text(f"Version {VERSION}")).to_be_visible()

    app_worlds.publish(own_world.warehouse, NEWER, app_worlds.empty)
    expect(tab.get_by_text(f"Version {NEWER}")).to_be_visible(timeout=NOTICED_MS)
    expect(tab.locator("h1")).to_contain_text("cannot be said")
    expect(tab.get_by_role("radio", name="All months")).to_be_checked()

    (own_world.warehouse / "versions" / f"{NEWEST}.duckdb").write_bytes(b"broken" * 5000)
    app_worlds.point_at(own_world.warehouse, NEWEST)
    expect(tab.get_by_text(f"stays on version {NEWER}")).to_be_visible(timeout=NOTICED_MS)
    status, _, body = own_world.get("/healthz")
    assert (status, json.loads(body)["version"]) == (503, NEWER)
    assert own_world.get("/_stcore/health")[0] == 200

    app_worlds.publish(own_world.warehouse, NEWEST, app_worlds.demo)
    expect(tab.get_by_text(f"Version {NEWEST}")).to_be_visible(timeout=NOTICED_MS)
    expect(tab.get_by_text("stays on version")).to_have_count(0)
    assert own_world.get("/healthz")[0] == 200
    assert tab.locator('[data-testid="stException"]').count() == 0


def test_the_first_publication_appears_without_a_reload(tmp_path, serve, visit):
    server = serve(tmp_path)
    tab = visit(server).go()
    expect(tab.locator("h1")).to_have_text(messages.NOTHING_PUBLISHED_HEADING)
    app_worlds.publish(tmp_path, VERSION, app_worlds.demo)
    expect(tab.locator("h1")).to_contain_text("We keep 86.4%", timeout=NOTICED_MS)


@pytest.mark.parametrize("path", ["/", "/favicon.png", "/healthz", "/_stcore/health", "/no/such/page"])
def test_every_answer_carries_the_security_headers(world, path):
    _, headers, _ = world("demo").get(path)
    assert headers["content-security-policy"].startswith("default-src 'self'; script-src 'self' 'sha256-")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


def test_the_policy_stops_a_script_that_got_into_the_page(browser, world):
    page = browser.new_page()
    heard = []
    page.on("console", lambda message: heard.append(message.text))
    page.goto(world("demo").url)
    page.evaluate(
        "() => { const script = document.createElement('script'); script.text = 'window.ran = true';"
        " document.body.append(script); }"
    )
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in text for text in heard)
    page.close()


def test_an_unforeseen_failure_shows_our_words_and_keeps_the_traceback_in_the_log(tmp_path, serve, visit):
    def without_formula(connection):
        app_worlds.demo(connection)
        connection.execute("update marts.dim_metrics set formula = null")

    app_worlds.publish(tmp_path, VERSION, without_formula)
    server = serve(tmp_path)
    tab = visit(server).go()
    expect(tab.get_by_text(messages.PAGE_FAILED)).to_be_visible()
    assert "Traceback" not in tab.content() and "TypeError" not in tab.content()
    assert "A page failed." in server.log.read_text() and "Traceback" in server.log.read_text()


def test_a_missing_link_leaves_the_page_standing(own_world, visit):
    tab = visit(own_world).go()
    (own_world.warehouse / "current.duckdb").unlink()
    expect(tab.get_by_text(f"stays on version {VERSION}")).to_be_visible(timeout=NOTICED_MS)
    expect(tab.locator("h1")).to_contain_text("We keep 86.4%")
