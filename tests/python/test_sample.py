"""The sample: the same bytes every time, true to the contract, and what is planted can be found again in its files."""

import csv
import gzip
import json
import re
from dataclasses import fields
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter

from cx_warehouse.contract import contract_tables
from cx_warehouse.errors import CxError
from cx_warehouse.landing import check
from cx_warehouse.project import PROJECT
from cx_warehouse.sample import Effects, catalogue, dirty, planted, shop, simulate, truth, write_sample, write_world
from cx_warehouse.sample import contacts as contact_rules
from cx_warehouse.sample import fulfilment as goods
from cx_warehouse.sample import surveys as survey_rules
from cx_warehouse.sample.clock import DAY, LAST_SECOND
from cx_warehouse.sample.draws import Draws
from cx_warehouse.settings import Settings

SMALL, LARGE = 3_000, 60_000
TABLES = {table.id: table for table in contract_tables()}
MORE_THAN_CHANCE = 4.0  # standard errors: one false alarm in 16,000


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> tuple[Path, dict[str, int]]:
    directory = tmp_path_factory.mktemp("small") / "landing"
    return directory, write_sample(directory, SMALL, seed=7)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Files of a large sample as DuckDB views, read as any user would read them."""
    directory = tmp_path_factory.mktemp("large")
    write_sample(directory, LARGE, seed=11)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for table in ("fulfilment.orders", "fulfilment.shipments", "crm.customers", "crm.contacts", "survey.answers"):
            connection.execute(f"create table {table.split('.')[1]} as {reading(directory, table)}")
        connection.execute(CURRENT)
        yield connection


# One row per order: the latest version, its outcome worked out from nothing but dates, and the customer's next order.
CURRENT = """
    create table journeys as
    with latest as (
        select * from orders where order_id != 'O-RAGGED'
        qualify row_number() over (partition by order_id order by updated_at desc) = 1
    ),
    deliveries as (select order_id, max(delivered_at::timestamptz) as delivered_at from shipments group by 1),
    judged as (
        select
            latest.order_id, latest.customer_id, latest.region, latest.service_level,
            latest.ordered_at::timestamptz as placed_at, latest.promised_by::date as due,
            delivered_at, latest.cancelled_by, customers.segment,
            coalesce(delivered_at, (due + 1)::timestamptz) as landmark,
            case
                when due is null or cancelled_by = 'customer' then null
                when delivered_at is not null then delivered_at::date > due
                else true
            end as is_missed,
            date_diff('day', delivered_at::date, due) as gap_days
        from latest
        left join deliveries using (order_id)
        left join (select distinct customer_id, segment from customers) as customers using (customer_id)
    )
    select *, lead(placed_at) over (partition by customer_id order by placed_at, order_id) as next_at from judged"""


def reading(directory: Path, table: str) -> str:
    """A select of every record of that table, all columns as text."""
    system, name = table.split(".")
    files = sorted(path for path in (directory / system / name).rglob("*") if path.is_file())
    listed = ", ".join(f"'{path}'" for path in files)
    if files[0].suffix == ".parquet":
        return f"select columns(*)::varchar from read_parquet([{listed}])"
    if files[0].suffix == ".jsonl":
        return f"select columns(*)::varchar from read_json([{listed}], format = 'newline_delimited')"
    return f"select * from read_csv([{listed}], all_varchar = true, null_padding = true, hive_partitioning = false)"


def rows(directory: Path, table: str, condition: str = "true") -> list[tuple]:
    with duckdb.connect() as connection:
        return connection.execute(f"select * from ({reading(directory, table)}) where {condition}").fetchall()


def files_of(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


# The same every time


def test_second_run_writes_the_same_bytes(small, tmp_path):
    directory, counts = small
    again = write_sample(tmp_path / "again", SMALL, seed=7)
    assert again == counts
    first, second = files_of(directory), files_of(tmp_path / "again")
    assert first.keys() == second.keys()
    assert {name for name in first if first[name] != second[name] and not name.endswith(".parquet")} == set()
    for table in ("fulfilment.shipments", "fulfilment.promises", "survey.invitations"):
        assert rows(directory, table) == rows(tmp_path / "again", table)


def test_files_do_not_depend_on_threads(tmp_path):
    world = simulate(SMALL, seed=7)
    for threads in (1, 4):
        write_world(world, tmp_path / str(threads), threads=threads)
    one, four = files_of(tmp_path / "1"), files_of(tmp_path / "4")
    assert {name for name in one if one[name] != four[name] and not name.endswith(".parquet")} == set()
    for table in ("fulfilment.shipments", "fulfilment.promises", "survey.invitations"):
        assert rows(tmp_path / "1", table) == rows(tmp_path / "4", table)


def test_another_seed_is_another_shop():
    one, two = simulate(SMALL, seed=1).orders, simulate(SMALL, seed=2).orders
    assert not np.array_equal(one["ordered"], two["ordered"])


def test_draws_stay_what_they_were():
    """A library that changed these would change every sample; the values are those of the first release."""
    drawn = Draws(1).uniform("miss", np.arange(3, dtype=np.uint64))
    assert drawn.tolist() == [0.9505806669193055, 0.8632967266560867, 0.8366978815391501]


def test_draws_are_uniform_and_unrelated():
    draws, ids = Draws(5), np.arange(200_000, dtype=np.uint64)
    one, two = draws.uniform("one", ids), draws.uniform("two", ids)
    counts = np.bincount((one * 100).astype(int), minlength=100)
    assert ((counts - 2_000) ** 2 / 2_000).sum() < 170  # chi square with 99 degrees of freedom: p = 1e-5
    assert abs(np.corrcoef(one, two)[0, 1]) < MORE_THAN_CHANCE / np.sqrt(len(ids))
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < MORE_THAN_CHANCE / np.sqrt(len(ids))


# True to the contract


def test_counts_are_what_lies_in_the_files(small):
    directory, counts = small
    assert list(counts) == list(TABLES)
    for table, count in counts.items():
        found = rows(directory, table)
        assert len(found) == count, table


@pytest.mark.parametrize("orders", [10, 57, SMALL])
def test_exactly_so_many_orders(tmp_path, orders):
    write_sample(tmp_path, orders, seed=3)
    codes = {row[0] for row in rows(tmp_path, "fulfilment.orders")} - {"O-RAGGED"}
    assert codes == {f"O{number:08d}" for number in range(1, orders + 1)}


def test_every_column_of_the_contract_is_there(small):
    directory, _ = small
    for table in TABLES.values():
        files = [path for path in (directory / table.system / table.name).rglob("*") if path.is_file()]
        assert files, table.id
        for path in files:
            assert header(path) == [column.name for column in table.columns], path


def header(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            return [column[0] for column in connection.execute(f"describe select * from '{path}'").fetchall()]
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        first = lines.readline()
    return list(json.loads(first)) if path.suffix == ".jsonl" else next(csv.reader([first]))


def test_several_formats_and_split_tables(small):
    directory, _ = small
    names = [path.name for path in directory.rglob("*") if path.is_file()]
    for suffix in (".csv", ".csv.gz", ".jsonl", ".parquet"):
        assert any(name.endswith(suffix) for name in names), suffix
    assert len(list((directory / "fulfilment" / "orders").rglob("*.csv"))) == 3


def test_the_loader_finds_the_planted_dirt_and_no_more(small, tmp_path):
    directory, counts = small
    report = check(Settings(landing=directory, warehouse=tmp_path / "warehouse"))
    assert report.absent_tables == []
    assert {file.result.file_status for file in report.files} == {"loaded"}
    assert sum(file.result.loaded_count + file.result.rejected_count for file in report.files) == sum(counts.values())
    found = [
        (f"{file.result.system}.{file.result.table_name}", problem.column, problem.is_rejected, problem.row_count)
        for file in report.files
        for problem in file.problems
    ]
    assert sorted(found, key=str) == [
        ("crm.contacts", "handle_minutes", False, 1),
        ("fulfilment.orders", None, True, 1),
        ("survey.answers", "score", True, 1),
    ]
    duplicates = {file.result.table_name: file.result.duplicate_count for file in report.files}
    assert {name: count for name, count in duplicates.items() if count} == {"customer_identities": 1}


def test_versions_and_deletions(small):
    directory, _ = small
    orders = rows(directory, "fulfilment.orders", "order_id != 'O-RAGGED'")
    assert len(orders) - len({row[0] for row in orders}) == dirty.superseded_orders(SMALL) == 54
    customers = rows(directory, "crm.customers")
    people = len({row[0] for row in customers})
    assert len(customers) - people == dirty.superseded_customers(people)
    deleted = rows(directory, "fulfilment.adjustments", "deleted_at is not null")
    assert [row[0] for row in deleted] == ["J-TWICE"]
    for table in ("fulfilment.orders", "crm.customers"):
        key, updated = TABLES[table].columns[0].name, "updated_at"
        with duckdb.connect() as connection:
            tied = f"select {key}, {updated} from ({reading(directory, table)}) group by all having count(*) > 1"
            assert connection.execute(tied).fetchall() == []


REFERENCES = [
    ("fulfilment.orders", "customer_id", "crm.customers", "customer_id", 0),
    ("fulfilment.shipments", "order_id", "fulfilment.orders", "order_id", 1),
    ("fulfilment.promises", "order_id", "fulfilment.orders", "order_id", 0),
    ("fulfilment.adjustments", "order_id", "fulfilment.orders", "order_id", 0),
    ("crm.contacts", "order_id", "fulfilment.orders", "order_id", 0),
    ("crm.customer_identities", "customer_id", "crm.customers", "customer_id", 0),
    ("crm.initiative_costs", "initiative_id", "crm.initiatives", "initiative_id", 0),
    ("survey.answers", "order_id", "fulfilment.orders", "order_id", 0),
    ("survey.answers", "contact_id", "crm.contacts", "contact_id", 0),
    ("survey.answers", "response_id", "survey.invitations", "response_id", 1),  # the unreadable one
]


@pytest.mark.parametrize(("child", "column", "parent", "key", "orphans"), REFERENCES)
def test_references_hold(small, child, column, parent, key, orphans):
    directory, _ = small
    with duckdb.connect() as connection:
        missing = connection.execute(
            f"select count(*) from ({reading(directory, child)}) as child where {column} is not null "
            f"and {column} not in (select {key} from ({reading(directory, parent)}) where {key} is not null)"
        ).fetchone()[0]
    assert missing == orphans


def test_tool_ids_resolve_to_the_customer_who_ordered(small):
    directory, _ = small
    with duckdb.connect() as connection:
        for table in ("crm.contacts", "survey.answers", "survey.invitations"):
            uses, wrong = connection.execute(
                f"""
                select count(*) filter (i.customer_id is not null),
                    count(*) filter (coalesce(i.customer_id, child.customer_id) is distinct from orders.customer_id)
                from ({reading(directory, table)}) as child
                inner join (select distinct order_id, customer_id from ({reading(directory, "fulfilment.orders")}))
                    as orders using (order_id)
                left join ({reading(directory, "crm.customer_identities")}) as i
                    on child.customer_id = i.tool_customer_id
                """
            ).fetchone()
            assert uses > 0, table
            assert wrong == 0, table


def test_codes_are_those_of_the_reference_seeds():
    def codes(seed: str) -> dict[str, dict[str, str]]:
        with (PROJECT / "seeds" / "reference" / f"ref_{seed}.csv").open(newline="") as lines:
            return {next(iter(row.values())): row for row in csv.DictReader(lines)}

    touchpoints = codes("touchpoints")
    used = {*contact_rules.TOUCHPOINT_OF_CHANNEL, *survey_rules.TOUCHPOINTS}
    used |= {row[1] for row in catalogue.MESSAGES} | {row[2] for row in catalogue.INITIATIVES}
    assert used <= touchpoints.keys()
    assert {row[3] for row in catalogue.MESSAGES} <= codes("promise_kinds").keys()
    assert set(contact_rules.REASONS) <= codes("contact_reasons").keys()
    assert {row[8] for row in catalogue.INITIATIVES} <= codes("metrics").keys()
    causes = codes("delay_causes")
    assert set(shop.DELAY_CAUSES) <= causes.keys()
    outside = {cause for cause in shop.DELAY_CAUSES if causes[cause]["is_controllable"] == "false"}
    assert outside == set(shop.OUTSIDE_CAUSES)
    assert dirty.UNMAPPED_REASON not in codes("contact_reasons")


def test_exactly_the_planted_contradictions(small):
    directory, _ = small
    with duckdb.connect() as connection:
        found = connection.execute(
            f"""
            with messages as ({reading(directory, "crm.messages")})
            select one.message_id, two.message_id from messages as one
            inner join messages as two
                on one.touchpoint = two.touchpoint and one.promise_kind = two.promise_kind
                and coalesce(one.service_level, 'all') = coalesce(two.service_level, 'all')
                and one.message_id < two.message_id
                and one.promised_value::double != two.promised_value::double
                and one.published_on::date <= coalesce(two.withdrawn_on::date, date '9999-12-31')
                and two.published_on::date <= coalesce(one.withdrawn_on::date, date '9999-12-31')
            order by all
            """
        ).fetchall()
        levels = connection.execute(
            f"""
            select touchpoint, promise_kind from ({reading(directory, "crm.messages")})
            group by all having count(service_level) not in (0, count(*))
            """
        ).fetchall()
    assert tuple(found) == catalogue.CONTRADICTIONS
    assert len(found) == 3
    # Whether "all levels" contradicts one level is a matter of reading; here the question does not arise.
    assert levels == []


def test_nothing_happens_outside_the_calendar(small):
    directory, _ = small
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for table in TABLES.values():
            instants = [c.name for c in table.columns if c.name.endswith(("_at", "_on"))]
            happened = [name for name in instants if "promised" not in name and name != "deadline_on"]
            extremes = ", ".join(f"min({n}::timestamptz)::varchar, max({n}::timestamptz)::varchar" for n in happened)
            found = connection.execute(f"select {extremes} from ({reading(directory, table.id)})").fetchone()
            for name, first, last in zip(happened, found[::2], found[1::2], strict=True):
                assert first is None or first >= "2024-01-01", (table.id, name)
                assert last is None or last < "2026-07-01", (table.id, name)


def test_an_order_goes_forward(large):
    wrong = large.execute(
        """
        select
            count(*) filter (delivered_at <= placed_at), count(*) filter (next_at < placed_at),
            count(*) filter (delivered_at is null and cancelled_by is null and due < date '2026-06-20'
                and not exists (select 1 from shipments where order_id = journeys.order_id and shipped_at is not null)),
            count(*) filter (delivered_at is not null and cancelled_by is not null)
        from journeys
        """
    ).fetchone()
    assert wrong == (0, 0, 0, 0)


def test_a_delivery_falls_on_one_date_everywhere(large):
    """So that the outcome does not hang on how a reader treats time zones (scenarios test those)."""
    differing = large.execute(
        """
        select count(*) from journeys inner join (select distinct customer_id, timezone from customers)
            using (customer_id)
        where delivered_at is not null and timezone(timezone, delivered_at)::date != delivered_at::date
        """
    ).fetchone()[0]
    assert differing == 0


# Refusals


def test_a_directory_that_is_not_empty_is_refused(tmp_path):
    (tmp_path / "mine.csv").write_text("keep me")
    with pytest.raises(CxError, match=r"not empty: it holds mine\.csv"):
        write_sample(tmp_path, 10)
    assert files_of(tmp_path) == {"mine.csv": b"keep me"}


def test_a_file_is_refused(tmp_path):
    (tmp_path / "landing").write_text("")
    with pytest.raises(CxError, match="is a file"):
        write_sample(tmp_path / "landing", 10)


def test_too_few_orders_are_refused(tmp_path):
    with pytest.raises(CxError, match="the fewest is 10"):
        write_sample(tmp_path / "landing", 9)
    assert not (tmp_path / "landing").exists()


def test_what_an_interrupted_run_left_is_replaced(tmp_path):
    (tmp_path / ".partial" / "crm").mkdir(parents=True)
    (tmp_path / ".partial" / "crm" / "half.csv").write_text("customer_id\n")
    write_sample(tmp_path, 10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crm", "fulfilment", "survey"]
    assert not list(tmp_path.rglob("half.csv"))


@pytest.mark.parametrize(
    "wrong", [{"miss_hazard_ratio": 0.0}, {"compensation_rate": 1.5}, {"forgiven_after_days": 0}], ids=str
)
def test_impossible_effects_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Effects(**wrong)


def test_progress_is_told(tmp_path):
    told = []
    counts = write_sample(tmp_path, 10, progress=lambda step, records, seconds: told.append((step, records)))
    assert told == [("simulation", 10), *counts.items()]


# What is planted can be found again


def cox(journeys: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Log hazard ratios of buying again, with their standard errors; every segment with a baseline of its own."""
    fitted = CoxPHFitter().fit(journeys[["days", "again", "segment", *columns]], "days", "again", strata=["segment"])
    return fitted.summary[["coef", "se(coef)"]].set_axis(["coef", "se"], axis=1)


def followed(world) -> pd.DataFrame:
    orders = world.orders
    index = (orders["customer"] >= 0) & orders["has_promise"] & ~orders["reordered_early"]
    index &= (orders["fate"] != 4) & (orders["landmark"] < LAST_SECOND)
    again = orders["next_ordered"][index] < LAST_SECOND
    days = (np.minimum(orders["next_ordered"][index], LAST_SECOND) - orders["landmark"][index]) / DAY
    return pd.DataFrame(
        {
            "days": days,
            "again": again,
            "segment": orders["segment"][index],
            "missed": orders["missed"][index].astype(int),
        }
    )


def test_a_miss_lowers_buying_again_as_planted(large):
    journeys = large.execute(
        """
        select
            epoch(least(coalesce(next_at, timestamptz '2026-07-01'), timestamptz '2026-07-01') - landmark) / 86400
                as days,
            next_at is not null as again, segment, is_missed::integer as missed
        from journeys
        where customer_id is not null and is_missed is not null and landmark < timestamptz '2026-07-01'
            and (next_at is null or next_at > landmark)
        """
    ).df()
    estimate = cox(journeys, "missed").loc["missed"]
    assert estimate.se < 0.025
    assert abs(estimate.coef - np.log(planted()["any_miss_hazard_ratio"])) < MORE_THAN_CHANCE * estimate.se


def test_compensation_recovers_a_part_as_planted():
    world = simulate(LARGE, seed=11)
    journeys = followed(world)
    index = (world.orders["customer"] >= 0) & world.orders["has_promise"] & ~world.orders["reordered_early"]
    index &= (world.orders["fate"] != 4) & (world.orders["landmark"] < LAST_SECOND)
    journeys["compensated"] = world.orders["compensated"][index].astype(int)
    journeys["uncompensated"] = journeys["missed"] - journeys["compensated"]
    estimate = cox(journeys, "compensated", "uncompensated")
    for name, ratio in (("compensated", 0.85), ("uncompensated", 0.60)):
        assert abs(estimate.loc[name].coef - np.log(ratio)) < MORE_THAN_CHANCE * estimate.loc[name].se, name
        assert estimate.loc[name].se < 0.04


def test_a_world_without_effect_shows_none():
    estimate = cox(followed(simulate(LARGE // 2, seed=5, effects=Effects.none())), "missed").loc["missed"]
    assert estimate.se < 0.035
    assert abs(estimate.coef) < MORE_THAN_CHANCE * estimate.se


def test_a_forgiven_miss_is_forgiven_on_that_day():
    journeys = followed(simulate(LARGE // 2, seed=6, effects=Effects(miss_hazard_ratio=0.4, forgiven_after_days=30)))
    before = journeys.assign(again=journeys["again"] & (journeys["days"] <= 30), days=journeys["days"].clip(upper=30))
    after = journeys[journeys["days"] > 30]
    early, late = cox(before, "missed").loc["missed"], cox(after, "missed").loc["missed"]
    assert early.coef < -MORE_THAN_CHANCE * early.se
    assert abs(late.coef) < MORE_THAN_CHANCE * late.se


def test_ever_late_has_the_wrong_sign(large):
    """The comparison that must not be published: loyal customers order more and so are late more often."""
    ever, never = large.execute(
        """
        select avg((orders > 1)::integer) filter (was_late), avg((orders > 1)::integer) filter (not was_late)
        from (
            select count(*) as orders, coalesce(bool_or(is_missed), false) as was_late
            from journeys where customer_id is not null group by customer_id
        )
        """
    ).fetchone()
    assert ever - never > 0.05


def test_a_miss_does_not_depend_on_the_customer():
    """Within region, service level and month due the segment tells nothing: what identifies the effect."""
    orders = simulate(LARGE, seed=8).orders
    promised = orders["has_promise"] & (orders["fate"] != 4)
    surplus = (orders["missed"] - orders["probability"])[promised]
    spread = (orders["probability"] * (1 - orders["probability"]))[promised]
    for segment in range(len(shop.SEGMENTS)):
        rows_of = orders["segment"][promised] == segment
        assert abs(surplus[rows_of].sum()) < MORE_THAN_CHANCE * np.sqrt(spread[rows_of].sum()), segment
    assert abs(truth(simulate(LARGE, seed=8))["missed_rate"] - orders["missed"][promised].mean()) < 0.01


def test_truth_of_the_risk_difference():
    """Standardised over segments, what happened differs from the truth by chance only."""
    world = simulate(LARGE, seed=9)
    orders, horizon = world.orders, 90 * DAY
    index = (orders["customer"] >= 0) & orders["has_promise"] & ~orders["reordered_early"]
    index &= (orders["fate"] != 4) & (orders["landmark"] + horizon <= LAST_SECOND)
    again = orders["next_ordered"] <= orders["landmark"] + horizon
    difference = variance = 0.0
    for segment in range(len(shop.SEGMENTS)):
        here = index & (orders["segment"] == segment)
        missed, kept = again[here & orders["missed"]], again[here & ~orders["missed"]]
        share = here.sum() / index.sum()
        difference += share * (missed.mean() - kept.mean())
        variance += share**2 * (missed.var() / len(missed) + kept.var() / len(kept))
    expected = truth(world)["risk_difference_every_order_90d"]
    assert expected < -0.05
    assert abs(difference - expected) < MORE_THAN_CHANCE * np.sqrt(variance)
    nothing = truth(simulate(SMALL, seed=9, effects=Effects.none()))
    assert nothing["risk_difference_every_order_90d"] == pytest.approx(0, abs=1e-12)


def test_a_miss_brings_contacts_as_planted(large):
    extra, variance = large.execute(
        """
        with per_order as (
            select journeys.order_id, is_missed, count(contact_id) as contacts
            from journeys left join contacts using (order_id)
            where is_missed is not null and due < date '2026-06-10' group by all
        )
        select
            avg(contacts) filter (is_missed) - avg(contacts) filter (not is_missed),
            var_samp(contacts) filter (is_missed) / count(*) filter (is_missed)
                + var_samp(contacts) filter (not is_missed) / count(*) filter (not is_missed)
        from per_order
        """
    ).fetchone()
    assert abs(extra - 0.55) < MORE_THAN_CHANCE * variance**0.5


@pytest.mark.parametrize(("question", "least", "most"), [("nps", 0, 10), ("csat", 1, 5)])
def test_scores_are_linear_in_the_gap_as_planted(large, question, least, most):
    scores = large.execute(
        f"""
        select gap_days, (score::double - {least}) / {most - least} as share from answers
        inner join journeys using (order_id)
        where touchpoint = 'delivery' and question_kind = '{question}' and gap_days is not null
        """
    ).df()
    for side, slope in ((scores[scores.gap_days >= 0], 0.02), (scores[scores.gap_days <= 0], 0.05)):
        gap = side.gap_days - side.gap_days.mean()
        estimate = (gap * side.share).sum() / (gap**2).sum()
        error = side.share.std() / np.sqrt((gap**2).sum())
        assert abs(estimate - slope) < MORE_THAN_CHANCE * error
        assert error < 0.005


def test_the_initiative_that_works_and_the_one_that_does_not(large):
    for region, since, others, effect in (
        ("italy_south", "2025-07-01", ("france_north", "ireland"), -0.12),
        ("france_north", "2025-05-01", ("italy_south", "ireland"), 0.0),
    ):
        cells = large.execute(
            """
            select region = $1 as treated, due >= $2::date as after, avg(is_missed::integer) as rate, count(*) as n
            from journeys
            where is_missed is not null and due < date '2026-07-01' and not list_contains($3, region) group by all
            """,
            [region, since, list(others)],
        ).df()
        rate, size = cells.set_index(["treated", "after"]).rate, cells.set_index(["treated", "after"]).n
        estimate = rate[True, True] - rate[True, False] - rate[False, True] + rate[False, False]
        error = np.sqrt((rate * (1 - rate) / size).sum())
        assert abs(estimate - effect) < MORE_THAN_CHANCE * error, region
        assert error < 0.02


def test_patience_is_as_planted(large):
    waits = large.execute(
        """
        select epoch(coalesce(abandoned_at, first_response_at)::timestamptz - opened_at::timestamptz) / 60 as minutes,
            abandoned_at is not null as gave_up
        from contacts where channel = 'phone' and coalesce(abandoned_at, first_response_at) is not null
        """
    ).df()
    curve = KaplanMeierFitter().fit(waits.minutes, waits.gave_up)
    assert curve.median_survival_time_ == pytest.approx(12 * np.log(2), rel=0.1)
    naive = waits[waits.gave_up].minutes.median()
    assert naive < 0.5 * 12 * np.log(2)  # what happens to those who forget the served


def test_orders_have_all_the_fates(large):
    world = simulate(LARGE, seed=11)
    assert set(world.orders["fate"]) == {0, 1, 2, 3, 4}
    statuses = {
        row[0] for row in large.execute("select distinct status from orders where status is not null").fetchall()
    }
    assert statuses == set(goods.STATUSES)
    promised = large.execute("select avg((due is null)::integer), avg((customer_id is null)::integer) from journeys")
    without, guests = promised.fetchone()
    assert 0.02 < without < 0.04
    assert 0.06 < guests < 0.08


# The document says what the code does

DOCUMENT = PROJECT / "docs" / "sample_data.md"


def quoted() -> dict[str, str]:
    """First and second cell of every table row whose first cell is code."""
    return dict(re.findall(r"^\| `([^`]+)` \| ([^|]+?) \|", DOCUMENT.read_text(), re.MULTILINE))


def test_the_document_quotes_every_effect():
    cells, effects = quoted(), Effects()
    for field in fields(Effects):
        value = getattr(effects, field.name)
        expected = "never" if value is None else f"{value:.2f}"
        assert cells[field.name] == expected, field.name
    for name in ("any_miss_hazard_ratio", "miss_extra_contacts", "loss_aversion_ratio"):
        assert float(cells[name]) == pytest.approx(planted()[name], abs=0.005), name


def test_the_document_counts_the_default_sample(tmp_path):
    cells, counts = quoted(), write_sample(tmp_path)
    assert {table: int(cells[table].replace(",", "")) for table in counts} == counts
    assert {name: int(cells[name]) for name in dirty.COUNTS} == {
        name: count for name, (_, count) in dirty.COUNTS.items()
    }
