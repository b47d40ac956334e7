"""Sentences say no more than the numbers under them bear: direction, certainty, whole and part, one and many."""

import re
from datetime import date, datetime

import pytest
import streamlit as st

from app import figures, headline, messages
from app.components import charts, evidence, footer, measures
from app.components.palette import LIGHT
from app.estimate import Estimate
from app.view import View
from app.views import cost, expectations, promises, retention, trust
from app.views.roi import drivers, ledger, shared, worst


class Rows(dict):
    """A row as a query gives it, with nothing in the columns that a test does not name."""

    def __missing__(self, name: str) -> None:
        return None


class Version:
    """Published tables by name, each as rows; whatever is asked of a table gets all of them."""

    version = "20261121T221700000000Z"

    def __init__(self, **tables: list[dict]) -> None:
        self._tables = {name: tuple(map(Rows, rows)) for name, rows in tables.items()}

    def rows(self, sql: str, _parameters=()) -> tuple[dict, ...]:
        return self._tables.get(re.search(r"\bfrom marts\.(\w+)", sql)[1], ())


def seen(pick: dict | None = None, trust_rows: dict | None = None, **tables: list[dict]) -> View:
    """What a page is drawn from, of tables."""
    return View(
        snapshot=Version(**tables),
        currency="GBP",
        as_of=datetime(2026, 11, 21),
        definitions={},
        trust=trust_rows or {},
        pick={"period": "last_12_months"} | (pick or {}),
        ink=LIGHT,
        links={},
    )


def drawn(draw, view: View, monkeypatch) -> tuple[list[str], evidence.Record]:
    """Headings, and charts and tables, of a tab."""
    headings: list[str] = []
    monkeypatch.setattr(st, "header", lambda text, **_: headings.append(text))
    monkeypatch.setattr(evidence, "rest", lambda *_, **__: None)
    with evidence.recording() as record:
        draw(view)
    return headings, record


# Directions


def _gap(low: float, high: float, value: float | None = None) -> dict:
    numbers = {"risk_difference": value, "risk_difference_low": low, "risk_difference_high": high}
    return (
        numbers
        | {"horizon_days": 90, "index_kind": "first_order", "outcome": "missed", "grade": "D"}
        | {
            "order_count": 28,
            "status": "final",
        }
    )


def test_where_only_the_interval_is_shown_fewer_has_no_minus() -> None:
    below = retention.answer(seen(mart_gap_retention=[_gap(-0.12, -0.03)])).sentence
    assert below == "After a missed first promise 3.0 to 12.0 points fewer customers come back within 90 days"
    above = retention.answer(seen(mart_gap_retention=[_gap(0.03, 0.12, 0.07)])).sentence
    assert above == "After a missed first promise 7.0 points more customers come back within 90 days"


@pytest.mark.parametrize(("missed", "side"), [(0.7, "above"), (0.5, "below"), (0.6, "across")])
def test_a_log_rank_test_says_that_curves_differ_and_the_curves_say_how(missed, side, monkeypatch) -> None:
    rows = [
        {"outcome": outcome, "day": day, "survival_rate": 1.0 if day == 0 else rate, "at_risk_count": 40}
        | {"log_rank_p_value": 0.001, "log_rank_chi_square": 11.0, "status": "final"}
        for outcome, rate in (("kept", 0.6), ("missed", missed))
        for day in (0, 88)
    ]
    headings, _ = drawn(retention.after_a_miss, seen(mart_survival_curves=rows), monkeypatch)
    assert headings == [messages.CURVES_DIFFER[side]]


@pytest.mark.parametrize(("z", "heading"), [(2.5, messages.DOSE_TREND), (-2.5, messages.DOSE_OTHER_TREND)])
def test_a_trend_has_the_direction_of_its_test(z, heading, monkeypatch) -> None:
    # Ranks rise from late to early: z above 0 is that the earlier, the more come back.
    step = {"gap_bucket": "as promised", "retained_rate": 0.4, "retained_rate_low": 0.3, "retained_rate_high": 0.5}
    steps = [step | {"customer_count": 90, "trend_p_value": 0.012, "trend_z": z, "status": "final"}]
    _, record = drawn(lambda view: retention._dose(view, tuple(map(Rows, steps))), seen(), monkeypatch)
    assert record.charts[0][0] == heading.format(days=90)


@pytest.mark.parametrize(
    ("first", "heading"),
    [((-0.2, -0.05, -0.1), messages.FORGIVEN["across"]), ((-0.2, 0.05, -0.1), messages.FORGIVEN["never"])],
)
def test_what_was_never_there_has_not_passed(first, heading, monkeypatch) -> None:
    low, high, value = first
    rows = [_gap(low, high, value) | {"horizon_days": 30}, _gap(-0.1, 0.1, -0.01) | {"horizon_days": 90}]
    _, record = drawn(retention.forgiven, seen(mart_gap_retention=rows), monkeypatch)
    assert record.charts[0][0] == heading.format(days=90)


# How sure


def test_a_miss_that_costs_less_within_chance_says_so() -> None:
    row = {"component": "total", "difference": -3.2, "difference_low": -9.0, "difference_high": 2.6, "grade": "C"}
    said = cost.answer(seen(mart_cost_of_miss=[row | {"matched_count": 80, "status": "final"}])).sentence
    assert said == "A missed promise costs £3.20 less than a kept one, which chance alone could make"
    sure = cost.answer(seen(mart_cost_of_miss=[row | {"difference_high": -0.1, "status": "final"}])).sentence
    assert sure == "A missed promise costs £3.20 less than a kept one"


def _split(message: tuple, delivery: tuple, total: tuple) -> dict:
    row = {"dimension": "delivered", "whole_count": 60, "status": "final"}
    for name, (value, low, high) in (("message", message), ("delivery", delivery), ("total", total)):
        row |= {f"gap_{name}_mean": value, f"gap_{name}_mean_low": low, f"gap_{name}_mean_high": high}
    return row


def test_two_parts_that_nobody_can_tell_may_have_a_sum_that_one_can() -> None:
    row = _split((-0.5, -1.1, 0.1), (-0.5, -1.1, 0.1), (-1.0, -1.6, -0.4))
    said = expectations.gap_answer(seen(mart_gap_split=[row])).sentence
    assert said.startswith("Customers get it 1.0 days later than they expect, and it cannot be told in what the gap is")
    even = expectations.gap_answer(seen(mart_gap_split=[row | {"gap_total_mean_high": 0.4}])).sentence
    assert even.startswith("On average customers do not get less than they expect, as far as can be told")


def test_what_is_published_of_everybody_is_not_said_of_a_segment() -> None:
    row = _split((-0.5, -1.1, -0.1), (0.5, 0.1, 1.1), (0.0, -0.6, 0.6))
    short = {"metric_id": "negative_gap_customer_rate", "rate": 0.3, "rate_low": 0.2, "rate_high": 0.4}
    tables = {"mart_gap_split": [row], "mart_gap_prevalence": [short | {"status": "final"}]}
    assert "an average hides that 30.0%" in expectations.gap_answer(seen(**tables)).sure
    assert "over all segments 30.0% of customers" in expectations.gap_answer(seen({"segment": "retail"}, **tables)).sure
    kept = {"kept_rate": 0.8, "kept_rate_low": 0.7, "kept_rate_high": 0.9, "due_count": 90, "status": "final"}
    cause = {"cause": "stock", "cause_name": "Out of stock", "is_controllable": True, "share": 0.4, "status": "final"}
    cause["missed_count"] = 12
    tables = {"mart_promise_reliability": [kept], "mart_miss_causes": [cause]}
    assert "over all" not in promises.answer(seen(**tables)).next_step
    assert "behind 40.0% over all segments, regions and service levels, and it is in our hands" in (
        promises.answer(seen({"region": "north"}, **tables)).next_step
    )


def test_nothing_weighs_most_where_nothing_is_known_to_weigh(monkeypatch) -> None:
    row = {"outcome": "csat", "outcome_name": "Satisfaction", "driver": "late", "driver_name": "Late", "weight": 0.1}
    row |= {"weight_high": 0.3, "r_squared": 0.2, "quadrant": "low_priority", "status": "final"}
    monkeypatch.setattr(drivers.filters, "choose", lambda *_: "csat")
    for low, heading in (
        (-0.1, messages.DRIVERS_NAME),
        (0.05, "Late weighs most on Satisfaction; all drivers explain"),
    ):
        _, record = drawn(drivers.draw, seen(mart_drivers=[row | {"weight_low": low}]), monkeypatch)
        assert record.charts[0][0].startswith(heading)


def test_a_probability_is_never_written_as_certain_nor_as_impossible() -> None:
    said = [shared.chance(each) for each in (0.00003, 0.5, 0.99995)]
    assert said == ["under 0.1%", "50.0%", "over 99.9%"]
    assert figures.number_columns([("a", text) for text in said]) == [1]


def test_control_limits_are_no_interval() -> None:
    month = {"month_start_date": date(2026, 5, 1), "value": 0.2, "value_low": 0.1, "value_high": 0.3}
    month |= {"observation_count": 90, "status": "final"}
    marks = charts.points([month] * 3, "share", None, messages.CONTROL_LABEL)
    spec = charts.large_trend(marks, "share", None, None, LIGHT, "Month", None)
    assert spec["data"]["values"][0]["description"] == "May 2026: 20.0%, Control limits 10.0% to 30.0%, n 90"
    assert "95%" not in str(spec)


def test_a_measure_with_a_warning_cannot_be_read_as_it_is() -> None:
    rows = [{"metric_id": each, "metric_name": each, "fitness": each} for each in ("withheld", "degraded", "ok")]
    view = seen(mart_metric_trust=rows, mart_publication=[{"check_count": None}])
    assert trust.answer(view).sentence == (
        "1 of 3 measures are withheld and 1 did not pass every check, the others can be read as they are"
    )


def test_what_is_late_is_not_written_as_what_is_allowed(monkeypatch) -> None:
    row = {"source_table": "crm.contacts", "is_present": True, "current_count": 9, "most_days_behind": 3}
    headings, record = drawn(trust.sources, seen(mart_source_freshness=[row | {"days_behind": 3.02}]), monkeypatch)
    assert headings == ["1 source has stopped"]
    assert list(record.tables[0][1][0][2:4]) == ["3.1", "3"]


# Unknown is not good, and not 0


def test_a_cause_that_no_list_knows_is_in_nobody_s_hands(monkeypatch) -> None:
    row = {"cause": "locker", "cause_name": "locker", "share": 0.4, "share_low": 0.3, "share_high": 0.5}
    _, record = drawn(promises.causes, seen(mart_miss_causes=[row | {"status": "final"}]), monkeypatch)
    (mark,) = record.charts[0][1]["data"]["values"]
    assert mark["description"] == "locker: 40.0% (30.0% to 50.0%), unknown"


@pytest.mark.parametrize(
    ("fitness", "heading"), [("withheld", messages.DEFECTS_UNKNOWN), ("ok", messages.DEFECTS_NONE)]
)
def test_without_the_messages_nobody_says_that_nothing_is_wrong_with_them(fitness, heading, monkeypatch) -> None:
    known = {"message_kept_rate": {"fitness": fitness, "reason": "source missing: crm.messages"}}
    said: list[str] = []
    monkeypatch.setattr(st, "markdown", lambda text, **_: said.append(text))
    headings, _ = drawn(promises.words, seen(trust_rows=known), monkeypatch)
    assert headings[0] == heading
    assert any("No data was loaded on messages" in text for text in said) == (fitness == "withheld")


@pytest.mark.parametrize("draw", [retention.queue, retention.lost])
def test_without_deliveries_nobody_says_that_nobody_was_missed(draw, monkeypatch) -> None:
    absent = {"fitness": "withheld", "reason": "source missing: fulfilment.shipments"}
    headings, _ = drawn(draw, seen(trust_rows={"gap_retention": absent}), monkeypatch)
    assert headings == ["Whether anybody was missed cannot be said: no data was loaded on shipments (Fulfilment)"]
    nothing = {"outcome": "kept", "order_count": 0, "reordered_before_count": 0, "not_matured_count": 0}
    nothing["reason"] = "no order carries a promise"
    headings, _ = drawn(draw, seen(mart_gap_retention=[nothing]), monkeypatch)
    assert headings == ["Whether anybody was missed cannot be said: no order carries a promise"]
    for judged in ("order_count", "reordered_before_count", "not_matured_count"):
        headings, _ = drawn(draw, seen(mart_gap_retention=[nothing | {judged: 1}]), monkeypatch)
        assert headings[0] in (messages.QUEUE_NONE, messages.LOST_NONE)


def _missed(causes: dict[str, int | None], hands: bool | None = True, shown: bool = True, **total: object) -> View:
    """Promises of which some were missed, by cause."""
    share = {"share": 0.2, "share_low": 0.1, "share_high": 0.3} if shown else {}
    rows = [
        {"cause": name, "cause_name": name, "is_controllable": hands, "missed_count": count, "status": "final"} | share
        for name, count in causes.items()
    ]
    total = {"cause": "all", "missed_count": 40, "all_missed_count": 40, "unattributed_share": 0.5} | total
    kept = {"kept_rate": 0.8, "kept_rate_low": 0.7, "kept_rate_high": 0.9, "due_count": 90, "status": "final"}
    kept["missed_count"] = 18
    return seen(mart_promise_reliability=[kept], mart_miss_causes=[total, *rows])


@pytest.mark.parametrize(
    ("view", "step"),
    [
        (_missed({"Stock": 8, "Carrier": 7}), "take on stock first: of the missed orders it is behind 20.0%, and it "),
        (_missed({"Stock": 8, "Carrier": 8}), "take on stock or carrier first: of the missed orders each is behind"),
        # A cause met in other months only, and those of which nobody says whose they are.
        (_missed({"Stock": 0}, unattributed_count=40), "record why orders are missed: none of the 40 has a cause"),
        (_missed({"Storm": 9}, hands=False, unattributed_count=31), "none has a cause on record that is known to be"),
        (_missed({"Locker": 9}, hands=None, unattributed_count=31), "of 31 there is none on record."),
        (
            _missed({"Stock": 3}, shown=False, all_missed_count=3, unattributed_share=None, reason="fewer than 5"),
            "which cause to take on first cannot be said: fewer than 5.",
        ),
    ],
)
def test_what_to_take_on_first_is_said_of_orders_and_only_where_it_is_known(view, step) -> None:
    assert step in promises.answer(view).next_step


def test_where_nothing_was_missed_nothing_is_taken_on() -> None:
    kept = {"kept_rate": 1.0, "kept_rate_low": 0.9, "kept_rate_high": 1.0, "due_count": 90, "missed_count": 0}
    assert promises.answer(seen(mart_promise_reliability=[kept | {"status": "final"}])).next_step is None


def test_of_what_is_absent_no_number_of_observations_is_known() -> None:
    row = {
        "metric_id": "csat",
        "metric_name": "Satisfaction",
        "unit": "share",
        "status": "withheld",
        "reason": "absent",
    }
    for count, shown in ((None, messages.DASH), (0, "0")):
        (line,) = measures.lines({"csat": Rows(row | {"observation_count": count, "value": None})}, None)
        assert line[2] == shown


def test_a_curve_that_ends_above_a_half_says_why_it_has_no_median(monkeypatch) -> None:
    row = {"channel": "chat", "region": "all", "minute": 0, "survival_rate": 1.0, "wait_count": 90, "status": "final"}
    row |= dict.fromkeys(("median_minutes", *(f"{mood}_minutes" for mood in ("tense", "agitated", "angry", "gone"))))
    _, record = drawn(expectations.patience, seen(mart_patience=[row]), monkeypatch)
    assert record.tables[0][1][0][1] == f"Not shown: {messages.NO_MEDIAN}"


def test_where_nothing_has_happened_the_pages_stand(monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(st, "markdown", lambda text, **_: said.append(text))
    published = {"version": "v", "published_at": datetime(2026, 11, 21), "as_of": None, "check_count": None}
    footer.footer(Rows(published), {})
    assert "as of –" in said[0]


def test_the_headline_speaks_of_the_cards_and_not_of_every_measure() -> None:
    kept = {"value": 0.97, "value_low": 0.96, "value_high": 0.98, "target": 0.95, "is_on_target": True, "unit": "share"}
    said = headline.answer({"kept_rate": kept, "nps": {"is_on_target": False}}, {}, {}, None)
    assert said.next_step.startswith("none of the measures on the cards is short of its target")


# Units, one and many, and names


def test_hours_are_written_as_hours() -> None:
    assert Estimate(-4.0, -6.0, -2.0, "hours").cell() == "−4.0 hours (−6.0 to −2.0 hours)"
    assert expectations._unit({"unit": "hours"}) == "hours"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(1_234_567.4, 6, "1,234,567"), (12_345.678, 4, "12,346"), (0.0000123, 6, "0.000012"), (0.08, 6, "0.08")],
)
def test_no_number_is_written_with_an_exponent(value, digits, text) -> None:
    assert figures.rounded(value, digits) == text


def test_touchpoints_without_a_chance_are_counted_by_why_there_is_none():
    """That nothing was promised at two is not said of a third, of whose promises nobody knows how they ended."""
    nothing, untold = "nothing was promised", "it is not known whether they were kept"
    assert worst.left_out([{"reason": reason} for reason in (nothing, untold, nothing)]) == [
        f"2 more touchpoints are left out here and stand in the download: {nothing}.",
        f"One more touchpoint is left out here and stands in the download: {untold}.",
    ]
    assert worst.left_out([]) == []


def test_one_thing_is_not_many() -> None:
    row = {"initiative_id": "a", "scenario": "base", "start_month": "2026-01", "verdict": "gain", "npv": 5.0}
    view = seen(mart_roi_ledger=[row | {"status": "final"}])
    assert ledger.returned(view).sentence == "Our last initiative: 1 paid"
    two = seen(mart_roi_ledger=[row | {"initiative_id": each, "status": "final"} for each in "ab"])
    assert ledger.returned(two).sentence == "Our last 2 initiatives: 2 paid"
    beside = ledger.beside(view, Rows(other_initiative_count=1, other_npv=5.0))
    assert beside == "beside it, not in it: one initiative of a grade below B, £5.00"


def test_a_queue_longer_than_what_is_read_of_it_is_not_counted_to_its_end(monkeypatch) -> None:
    monkeypatch.setattr(retention.queries, "MOST_QUEUED", 2)
    row = {"what_helps": "not_known", "is_compensated": False, "has_reordered": False, "customer_id": "c"}
    row |= {"cause": None, "has_contacted": False}
    for count, heading in ((1, messages.QUEUE_HEADING_ONE), (2, messages.QUEUE_MANY.format(count=2))):
        headings, _ = drawn(retention.queue, seen(mart_recovery_queue=[row] * count), monkeypatch)
        assert headings == [heading]


def test_whether_somebody_has_amends_is_not_said_where_nobody_knows(monkeypatch) -> None:
    row = {"what_helps": "not_known", "has_reordered": False, "customer_id": "c", "cause": None, "has_contacted": None}
    headings, _ = drawn(retention.queue, seen(mart_recovery_queue=[row, row]), monkeypatch)
    assert headings == ["Missed lately and not back: 2; whether they have amends is not known"]


def test_days_behind_a_timetable_are_no_days_after_an_order(monkeypatch) -> None:
    plan = {"lane": "all", "level": 0.95, "promise_days": 0.5, "pool": "all", "status": "final"}
    bases = ("after_order", "after_schedule")
    for shown, heading in (
        (bases[:1], "To keep 95% of our promises, say 0.5 days"),
        (bases[1:], "To keep 95% of our promises, allow 0.5 days behind the timetable"),
        (bases, "To keep 95% of our promises, say 0.5 days"),
    ):
        rows = [plan | {"basis": basis} for basis in shown]
        _, record = drawn(promises.planner, seen(mart_promise_planner=rows), monkeypatch)
        assert record.charts[0][0] == heading
        assert len(record.charts[0][1]["data"]["values"]) == 1
        assert [line[0] for line in record.tables[0][1]] == [
            {"after_order": "95%", "after_schedule": "95%, behind the timetable"}[basis] for basis in shown
        ]


# Plain words


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("source missing: crm.messages", "no data was loaded on messages (CRM)"),
        (
            "source missing: crm.contacts, fulfilment.shipments",
            "no data was loaded on contacts (CRM), shipments (Fulfilment)",
        ),
        ("source missing: crm.contacts|survey.answers", "no data was loaded on contacts (CRM) or answers (Survey)"),
        ("source fulfilment.adjustments is absent", "no data was loaded on adjustments (Fulfilment)"),
        (
            "source fulfilment.shipments is absent, so nobody can tell whether a promise was kept",
            "no data was loaded on shipments (Fulfilment), so nobody can tell whether a promise was kept",
        ),
        (
            "source missing: fulfilment.orders, so there is nothing to divide by",
            "no data was loaded on orders (Fulfilment), so there is nothing to divide by",
        ),
        ("fewer than 5 observations", "fewer than 5 observations"),
        (None, None),
    ],
)
def test_a_reason_names_no_table_of_the_machine(reason, said) -> None:
    assert figures.told(reason) == said
    assert Estimate.of({"x": None, "reason": reason}, "x", "share").reason == said
