"""For all tests: which of them begin, and which come last."""

import pytest

# Those that take longest; the first takes ten minutes, and would run alone at the end.
FIRST = ("test_on_spark", "test_pages", "test_by_change", "test_connectors")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the modules of FIRST before the others, and those in a browser after all.

    Playwright leaves an event loop running in its process, beside which no test can run one of its own.
    """
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: (item.path.parent.name == "browser", places.get(item.path.stem, len(FIRST))))
