"""The simulations that are committed hold what was planted, and three of their seeds give the same today."""

import json
import sys
from statistics import median

import pytest

from cx_warehouse.project import PROJECT

sys.path.insert(0, str(PROJECT))

from simulations.run import AREAS, RESULTS, of_seed

SEEDS = (1, 2, 3)
# 95 of 100 are expected; outside these is where 1 honest interval in 100 would fall (binomial).
FEWEST, MOST = 0.89, 0.99
WIDEST = 1.2


def kept(area: str, which: str = "planted") -> dict[str, list[dict]]:
    return json.loads((RESULTS / f"{area}.json").read_text())[which]


def share_covered(rows: list[dict]) -> float:
    return sum(row["low"] <= row["planted"] <= row["high"] for row in rows) / len(rows)


def median_width(rows: list[dict]) -> float:
    """Of the intervals over those of the oracle; 0 where there is no oracle."""
    both = [row for row in rows if "oracle_low" in row]
    return median([(row["high"] - row["low"]) / (row["oracle_high"] - row["oracle_low"]) for row in both] or [0.0])


def test_every_area_has_its_result() -> None:
    assert [path.stem for path in sorted(RESULTS.glob("*.json"))] == AREAS


@pytest.mark.parametrize("area", AREAS)
def test_three_seeds_give_what_is_committed(area) -> None:
    """Where a definition changed on purpose: `make simulate`, look at simulations/README.md, commit both."""
    for seed in SEEDS:
        then = {row["name"]: row for row in kept(area)[str(seed)]}
        now = {row["name"]: row for row in of_seed([area], "planted", seed)[area]}
        assert then.keys() == now.keys()
        for name, row in now.items():
            for key, value in row.items():
                assert then[name][key] == (pytest.approx(value, rel=1e-8) if isinstance(value, float) else value)


def test_intervals_of_expectations_hold_what_was_planted() -> None:
    seeds = kept("expectations").values()
    assert len(seeds) >= 100
    for name in {row["name"] for rows in seeds for row in rows} - {"contradictions_found"}:
        found = [row for rows in seeds for row in rows if row["name"] == name and row["low"] is not None]
        assert FEWEST <= share_covered(found) <= MOST, name
        assert median_width(found) <= WIDEST, name


@pytest.mark.parametrize("which", ["planted", "nothing"])
def test_hazard_ratios_hold_what_was_planted_and_claim_nothing_where_there_is_nothing(which) -> None:
    seeds = kept("retention", which).values()
    assert len(seeds) >= 100
    for name in {row["name"] for rows in seeds for row in rows if row["name"].startswith("hazard_ratio")}:
        found = [row for rows in seeds for row in rows if row["name"] == name and row["low"] is not None]
        assert FEWEST <= share_covered(found) <= MOST, name
        assert median_width(found) <= WIDEST, name
        if which == "nothing":
            assert sum(not row["low"] <= 1 <= row["high"] for row in found) <= 10, name


@pytest.mark.parametrize(
    ("which", "initiative", "fewest", "most"),
    [("planted", "I01", 80, 100), ("planted", "I02", 0, 10), ("nothing", "I01", 0, 10), ("nothing", "I02", 0, 10)],
)
def test_what_works_is_called_an_effect_and_what_does_not_is_not(which, initiative, fewest, most) -> None:
    """I01 lowers the share of misses as planted; I02, and in the world without effects I01 too, changes nothing."""
    rows = [row for seed in kept("roi", which).values() for row in seed if row["name"] == f"{initiative} miss_rate"]
    assert len(rows) == 100
    assert FEWEST <= share_covered(rows) <= MOST
    assert fewest <= sum(row["claimed"] for row in rows) <= most


def test_the_planted_contradictions_are_found_and_no_others() -> None:
    rows = [row for rows in kept("expectations").values() for row in rows if row["name"] == "contradictions_found"]
    assert {row["value"] for row in rows} == {3}
