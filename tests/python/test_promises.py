"""The promises folder on the sample shop: what was planted is found, and nothing else."""

import pytest

from cx_warehouse.sample.catalogue import CONTRADICTIONS
from cx_warehouse.settings import Settings
from cx_warehouse.warehouse import query


@pytest.fixture(scope="module")
def ask(demo_warehouse):
    """A function: SQL -> all rows of what is published."""
    return lambda sql: query(Settings(_env_file=None, warehouse=demo_warehouse), sql).rows


def test_all_planted_contradictions_are_found_and_no_others(ask):
    found = ask(
        "select message_id, other_message_id from mart_message_defects where defect_kind = 'contradiction' order by all"
    )
    assert [tuple(row) for row in found] == sorted(CONTRADICTIONS)


def test_messages_nobody_looks_after_are_found_and_no_others(ask):
    found = ask("select defect_kind, message_id from mart_message_defects where severity = 'low' order by all")
    planted = [("stale", "M13"), ("stale", "M15"), ("unaudited", "M07"), ("unaudited", "M16"), ("unaudited", "M17")]
    assert [tuple(row) for row in found] == planted


def test_the_advertisement_that_reality_does_not_keep_is_untrue(ask):
    [(judged, rate, high)] = ask(
        "select judged_count, kept_rate, kept_rate_high from mart_message_defects"
        " where defect_kind = 'untrue' and message_id = 'M05'"
    )
    assert judged > 100 and rate < high < 0.9
