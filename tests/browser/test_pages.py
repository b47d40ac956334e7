"""Every page in Chromium: both themes, a desk and a phone, from tab to tab and from page to page."""

import csv
from pathlib import Path

import duckdb
import pytest
from browsing import LOOKS, SCREENSHOTS, VERSION, address, picture, violations
from playwright.sync_api import expect
from test_drill import NUMBER, written

from app import messages
from app.views import PAGES, retention

pytestmark = pytest.mark.browser

# What is read: text outside charts, whose axes have numbers of their own, and each mark in words.
ON_SCREEN = """() => {
    const main = document.querySelector('[data-testid=stMain]');
    const said = [...main.querySelectorAll('[role=graphics-symbol]:not([aria-roledescription=axis])')]
        .map(mark => mark.getAttribute('aria-label'));
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    while (walker.nextNode())
        if (!walker.currentNode.parentElement.closest('svg, style, script')) said.push(walker.currentNode.data);
    return said.join(' ; ');
}"""
OTHERS = [page for page in PAGES if page.slug != "board"]


@pytest.mark.parametrize("page", OTHERS, ids=lambda page: page.slug)
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_tab_is_drawn_without_fault_and_without_sideways_scroll(world, visit, page, width, theme):
    """Nor does axe-core find fault with any. Also leaves a picture of each in build/screenshots, to look at.

    On the first look every number on the screen is sought in what is published.
    """
    session = visit(world("demo"), width=width, theme=theme)
    found = []
    known = published_numbers(session.server.warehouse) if (width, theme) == LOOKS[0] else None
    for tab in page.tabs:
        shown = session.go(address(page, tab))
        assert shown.locator("h1").count() == 1
        assert shown.locator('[data-testid="stException"], [data-testid="stAlert"]').count() == 0
        assert shown.evaluate("document.documentElement.scrollWidth") == width
        picture(session, SCREENSHOTS / f"{page.slug}-{tab.slug}-{width}-{theme}.png")
        found += [f"{tab.slug}: {each}" for each in violations(shown)]
        if known:
            numbers = set(NUMBER.findall(shown.evaluate(ON_SCREEN)))
            assert len(numbers) > 3
            found += [f"{tab.slug}: {number} is not published" for number in sorted(numbers - known)]
    assert found == []


def published_numbers(warehouse: Path) -> set[str]:
    """Every number of every published table, as a page may write it, and those that the words themselves hold."""
    with duckdb.connect(str((warehouse / "current.duckdb").resolve()), read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        known = {
            number
            for (table,) in tables
            for number in written(connection.table(f"marts.{table}").arrow().read_all().to_pylist())
        }
    assert "98,765.4" not in known
    known |= {str(day) for day in retention.AT_RISK_DAYS}
    return known | set(NUMBER.findall(str({name: words for name, words in vars(messages).items() if name.isupper()})))


def test_a_deep_link_to_a_tab_is_the_first_request_of_a_server(own_world, visit):
    session = visit(own_world)
    tab = session.go("/promises?tab=planner&period=all")
    expect(tab.get_by_role("tab", name=messages.TAB_PLANNER)).to_have_attribute("aria-selected", "true")
    assert "tab=planner" in tab.url and "period=all" in tab.url


def test_a_tab_is_in_the_link_and_the_first_needs_no_word(world, visit):
    session = visit(world("demo"))
    tab = session.go("/promises")
    tab.get_by_role("tab", name=messages.TAB_CAUSES).click()
    expect(tab).to_have_url(f"{session.server.url}/promises?tab=causes")
    expect(tab.get_by_text(messages.CAUSES_NOTE)).to_be_visible()
    other = session.open(tab.url)
    expect(other.get_by_text(messages.CAUSES_NOTE)).to_be_visible()
    tab.get_by_role("tab", name=messages.TAB_WORD).click()
    expect(tab).to_have_url(f"{session.server.url}/promises")


def test_a_choice_goes_along_from_page_to_page(world, visit):
    session = visit(world("demo"))
    tab = session.go("/promises?period=all&tab=causes")
    tab.get_by_role("link", name=messages.EXPECTATIONS_TITLE).first.click()
    expect(tab.get_by_text(messages.EXPECTATIONS_QUESTION)).to_be_visible()
    expect(tab).to_have_url(f"{session.server.url}/expectations?period=all")
    expect(tab.get_by_role("radio", name="All months")).to_be_checked()


def test_a_tab_hands_out_its_rows_safe_for_a_spreadsheet(world, visit):
    tab = visit(world("demo")).go("/promises?tab=messages")
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name=messages.DOWNLOADS["message_defects"]).click()
    assert waiting.value.suggested_filename == f"message_defects_last_12_months_{VERSION}.csv"
    with Path(waiting.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows and all(row["wording"].startswith("'=") for row in rows)
