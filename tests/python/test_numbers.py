"""Every number on the other pages is one that the tab hands out: a page formats what is published, and no more."""

import pytest
from test_drill import built, cells, handed_out, unfound  # noqa: F401
from test_pages import page

from app.views import cost, expectations, promises, retention

TABS = [(each.PAGE.slug, tab.slug) for each in (promises, expectations, retention, cost) for tab in each.PAGE.tabs]
# These say how many rows they are.
COUNT_ROWS = ("kinds of touchpoints", "silent since a miss")


@pytest.mark.parametrize(("slug", "tab"), TABS)
def test_every_number_of_a_tab_is_in_its_rows(built, handed_out, slug, tab):  # noqa: F811
    app = page(slug, tab=tab)
    assert handed_out
    assert unfound([text for text in cells(app) if not any(words in text for words in COUNT_ROWS)], handed_out) == []
