"""Working days against numpy, opening hours against a count of every minute, in zones that change their clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from compiled import alone, world

from cx_warehouse.project import PROJECT

ZONES = {"berlin": "Europe/Berlin", "new_york": "America/New_York", "lord_howe": "Australia/Lord_Howe"}
# Two months around both changes of the clocks, with New Year and Christmas at their ends.
SPANS = [datetime(2025, 3, 3), datetime(2025, 10, 13), datetime(2025, 12, 8)]
COUNT = 180


def holidays() -> list[date]:
    lines = (PROJECT / "seeds/reference/ref_holidays.csv").read_text().splitlines()[1:]
    return [date.fromisoformat(line.split(",")[0]) for line in lines if line.split(",")[1] == "all"]


def is_open(instant: datetime, zone: str) -> bool:
    wall = instant.astimezone(ZoneInfo(zone))
    return wall.weekday() < 5 and wall.date() not in HOLIDAYS and time(9) <= wall.time().replace(second=0) < time(17)


HOLIDAYS = holidays()


def open_minutes(start: datetime, end: datetime, zone: str) -> int:
    """Minutes from start to end in which it is open, one by one; negative where end is before start."""
    if end < start:
        return -open_minutes(end, start, zone)
    minutes = int((end - start).total_seconds() // 60)
    return sum(is_open(start + timedelta(minutes=number), zone) for number in range(minutes))


def write(folder, table: str, header: str, rows: list[str]) -> None:
    place = folder / table.replace(".", "/")
    place.mkdir(parents=True)
    (place / "rows.csv").write_text("\n".join([header, *rows]) + "\n")


@pytest.fixture(scope="module")
def cases() -> list[dict]:
    random = np.random.default_rng(5)
    found = []
    for number in range(COUNT):
        begun = SPANS[number % 3].replace(tzinfo=UTC) + timedelta(minutes=int(random.integers(0, 25 * 1440)))
        place = list(ZONES)[number % len(ZONES)]
        due = begun + timedelta(minutes=int(random.integers(0, 12 * 1440)))
        found.append(
            {
                "id": number, "place": place, "zone": ZONES[place], "begun": begun, "due": due,
                "done": begun + timedelta(minutes=int(random.integers(0, 14 * 1440))),
            }
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def shop(cases, tmp_path_factory):
    """Orders promised a working day, contacts promised a working instant, and contacts of which a message speaks."""
    folder = tmp_path_factory.mktemp("clock")
    landing = folder / "landing"
    write(
        landing, "crm.customers", "customer_id,timezone,acquired_at,updated_at",
        [f"{place},{zone},2024-01-01T00:00:00Z,2024-01-01T00:00:00Z" for place, zone in ZONES.items()],
    )  # fmt: skip
    at = {
        case["id"]: {name: case[name].strftime("%Y-%m-%dT%H:%M:%SZ") for name in ("begun", "due", "done")}
        for case in cases
    }
    write(
        landing, "fulfilment.orders", "order_id,customer_id,ordered_at,amount,currency,status,updated_at",
        [
            f"o{case['id']},{case['place']},{at[case['id']]['begun']},10,EUR,delivered,{at[case['id']]['begun']}"
            for case in cases
        ],
    )  # fmt: skip
    write(
        landing, "fulfilment.shipments", "shipment_id,order_id,delivered_at,updated_at",
        [f"s{case['id']},o{case['id']},{at[case['id']]['done']},{at[case['id']]['done']}" for case in cases],
    )  # fmt: skip
    write(
        landing, "crm.contacts",
        "contact_id,customer_id,touchpoint,channel,opened_at,first_response_at,resolved_at,updated_at",
        [
            f"k{case['id']},{case['place']},email_support,email,{at[case['id']]['begun']},{at[case['id']]['done']},"
            f"{at[case['id']]['done']},{at[case['id']]['begun']}"
            for case in cases
        ],
    )  # fmt: skip
    write(
        landing, "fulfilment.promises", "promise_id,order_id,contact_id,promise_kind,made_at,promised_by,updated_at",
        [
            f"p{case['id']},o{case['id']},,delivery_business_days,{at[case['id']]['begun']},{case['due'].date()},{at[case['id']]['begun']}"
            for case in cases
        ]
        + [
            f"q{case['id']},,k{case['id']},first_response_business_hours,{at[case['id']]['begun']},{at[case['id']]['due']},"
            f"{at[case['id']]['begun']}"
            for case in cases
        ],
    )  # fmt: skip
    write(
        landing, "crm.messages", "message_id,touchpoint,channel,promise_kind,promised_value,published_on,updated_at",
        [
            "hours,email_support,website,resolution_business_hours,20,2024-01-01,2024-01-01T00:00:00Z",
            "days,delivery,website,delivery_business_days,4,2024-01-01,2024-01-01T00:00:00Z",
        ],
    )  # fmt: skip
    return world(
        landing, folder / "warehouse", as_of="2026-02-01T00:00:00Z", select={"fct_promises", "fct_expectation_gaps"}
    )


def promises(shop, prefix: str) -> dict[int, dict]:
    rows = shop.execute("select * from fct_promises where starts_with(promise_id, ?)", [prefix]).df().to_dict("records")
    return {int("".join(filter(str.isdigit, (row["order_id"] or row["contact_id"])))): row for row in rows}


def test_gaps_in_working_days_are_those_of_numpy(shop, cases):
    found = promises(shop, "p")
    for case in cases:
        due, done = case["due"].date(), case["done"].astimezone(ZoneInfo(case["zone"])).date()
        row = found[case["id"]]
        days = np.busday_count(min(done, due), max(done, due), holidays=HOLIDAYS)
        assert row["gap"] == (days if done <= due else -days), case
        # What is promised for a day off is kept through the next working day.
        kept_until = np.busday_offset(due, 0, roll="forward", holidays=HOLIDAYS)
        assert (row["outcome"] != "missed") == (np.datetime64(done) <= kept_until), case


def test_gaps_in_opening_hours_are_those_of_a_count_of_every_minute(shop, cases):
    found = promises(shop, "q")
    for case in cases:
        row, minutes = found[case["id"]], open_minutes(case["done"], case["due"], case["zone"])
        assert row["gap"] * 60 == pytest.approx(minutes, abs=1e-6), case
        assert (row["outcome"] != "missed") == (minutes >= 0), case


def test_a_message_of_business_hours_is_due_when_so_many_minutes_were_open(shop, cases):
    found = promises(shop, "message:hours")
    assert len(found) == COUNT
    for case in cases:
        due = found[case["id"]]["due_at"].to_pydatetime().replace(tzinfo=UTC)
        assert open_minutes(case["begun"], due, case["zone"]) == 20 * 60, case
        # The earliest such instant: a minute before it was still open.
        assert is_open(due - timedelta(minutes=1), case["zone"]), case


def test_the_clocks_were_changed_in_between(cases):
    """Otherwise the tests above say nothing about daylight saving."""
    shifts = {
        (
            case["begun"].astimezone(ZoneInfo(case["zone"])).utcoffset()
            < case["due"].astimezone(ZoneInfo(case["zone"])).utcoffset()
        )
        for case in cases
        if case["begun"].astimezone(ZoneInfo(case["zone"])).utcoffset()
        != case["due"].astimezone(ZoneInfo(case["zone"])).utcoffset()
    }
    assert shifts == {True, False}


def test_what_was_promised_leaves_nothing_to_the_message(shop):
    assert promises(shop, "message:days") == {}
    assert shop.execute("select count(*) from fct_promises where is_first and source <> 'explicit'").fetchone() == (0,)


@pytest.mark.parametrize(
    "kind, promised, message, days",
    [
        ("delivery", "delivery", None, 3),
        ("first_response", None, None, 3),
        (None, None, None, 0),
        (None, None, "wait", 3),
    ],
    ids=["promised on the order", "a default", "nothing", "said in a message"],
)
def test_there_is_a_calendar_for_whatever_runs_on_a_business_clock(tmp_path, kind, promised, message, days):
    """Whoever sets `delivery` or `first_response` to the business clock needs no table of promises."""
    instant = pd.Timestamp("2026-03-02 10:00:00")
    kinds = pd.DataFrame(
        {
            "promise_kind": ["delivery", "first_response", "wait"],
            "clock": [
                "business" if name in (kind, message) else "calendar" for name in ("delivery", "first_response", "wait")
            ],
            "implicit_value": pd.array([None, 24, None], dtype="Float64"),
        }
    )
    found = alone(
        "int_days_worked",
        tmp_path,
        ref_promise_kinds=kinds,
        int_promises_made=pd.DataFrame({"promise_kind": [promised or "dispatch"]}),
        stg_crm__messages=pd.DataFrame({"promise_kind": [message or "dispatch"]}),
        ref_opening_hours=pd.DataFrame(
            {"country": ["all"], "iso_weekday": [1], "opens_at": ["09:00"], "closes_at": ["17:00"]}
        ),
        ref_holidays=pd.DataFrame({"holiday_date": [date(2026, 12, 25)], "country": ["all"]}),
        stg_crm__customers=pd.DataFrame({"country": ["DE"], "timezone": ["Europe/Berlin"]}),
        stg_fulfilment__orders=pd.DataFrame({"ordered_at": [instant]}),
        stg_crm__contacts=pd.DataFrame({"opened_at": [instant]}),
        stg_fulfilment__promises=pd.DataFrame({"made_at": [instant]}),
        stg_as_of=pd.DataFrame({"as_of": [instant]}),
    )
    begun = found[
        (found.timezone == "Europe/Berlin") & (found.date_day.astype(str).between("2026-03-01", "2026-03-03"))
    ]
    assert len(begun) == days
