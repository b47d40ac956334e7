"""For all tests: which of them begin."""

import pytest

# Those that take longest; the first takes ten minutes, and would run alone at the end.
FIRST = ("test_on_spark", "test_pages", "test_by_change", "test_connectors")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the modules of FIRST before all others, each group in the order in which it was found."""
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(FIRST)))
