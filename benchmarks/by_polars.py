"""The same orders and kept rates as the first two files of by_hand, in polars; without mean and quantiles of the gap.

python benchmarks/by_polars.py <landing> <as_of>
"""

import sys
from datetime import datetime
from itertools import combinations

import polars as pl

OUTCOMES = ("exceeded", "met", "missed")
DIMENSIONS = ("segment", "region", "service_level")
Z = 1.959963984540054


def _text(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)


def _instant(name: str) -> pl.Expr:
    return pl.col(name).str.strip_suffix("Z").str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False).alias(name)


def _read(landing: str, table: str) -> pl.LazyFrame:
    return pl.scan_parquet(f"{landing}/{table}/*.parquet")


def _in_force(rows: pl.LazyFrame, key: str, as_of: datetime) -> pl.LazyFrame:
    """The latest version of each row written by as_of, else the earliest; without what was deleted by then."""
    later = pl.col("updated_at") > as_of
    ranked = rows.sort(later, pl.col("updated_at"), descending=[False, True], nulls_last=True)
    kept = ranked.unique(key, keep="first", maintain_order=True)
    return kept.filter(pl.col("deleted_at").is_null() | (pl.col("deleted_at") > as_of))


def orders(landing: str, as_of: datetime) -> pl.LazyFrame:
    """One row per order, as the table fct_orders of by_hand."""
    dated = [_instant("updated_at"), _instant("deleted_at")]
    customers = _in_force(
        _read(landing, "crm/customers").select(
            "customer_id",
            _text("segment"),
            _text("region").alias("home_region"),
            pl.col("timezone").replace("", None).fill_null("UTC"),
            *dated,
        ),
        "customer_id",
        as_of,
    ).drop("updated_at", "deleted_at")
    identities = _read(landing, "crm/customer_identities").group_by(pl.col("tool_customer_id").alias("known_id"))
    known = pl.concat(
        [
            customers.select(known_id="customer_id", known_as="customer_id"),
            identities.agg(known_as=pl.col("customer_id").min(), last=pl.col("customer_id").max())
            .filter(pl.col("known_as") == pl.col("last"))
            .drop("last")
            .join(customers, left_on="known_id", right_on="customer_id", how="anti"),
        ]
    )
    statuses = ["placed", "shipped", "delivered", "cancelled", "returned"]
    ordered = (
        _read(landing, "fulfilment/orders")
        .select(
            "order_id",
            _text("customer_id"),
            _text("region"),
            _text("service_level").fill_null("unknown"),
            pl.col("amount").cast(pl.Decimal(18, 6), strict=False),
            pl.col("cost_of_goods_amount").cast(pl.Decimal(18, 6), strict=False),
            pl.col("status").str.to_lowercase(),
            _text("cancelled_by"),
            _instant("ordered_at"),
            _instant("cancelled_at"),
            *dated,
        )
        .filter(pl.col("amount").is_not_null() & pl.col("ordered_at").is_not_null() & pl.col("status").is_in(statuses))
    )
    shipments = _in_force(
        _read(landing, "fulfilment/shipments").select(
            "shipment_id",
            "order_id",
            _instant("shipped_at"),
            _instant("delivered_at"),
            pl.col("shipping_cost_amount").cast(pl.Decimal(18, 6), strict=False),
            *dated,
        ),
        "shipment_id",
        as_of,
    )
    cost = pl.col("shipping_cost_amount")
    deliveries = shipments.group_by("order_id").agg(
        is_shipped=pl.lit(True),
        shipped_at=pl.col("shipped_at").max(),
        delivered_at=pl.when(pl.len() == pl.col("delivered_at").count()).then(pl.col("delivered_at").max()),
        shipping_cost_amount=pl.when(pl.len() == cost.count()).then(cost.sum()),
    )
    promises = _in_force(
        _read(landing, "fulfilment/promises").select(
            "promise_id",
            "order_id",
            _instant("made_at"),
            pl.col("promised_by").str.to_date("%Y-%m-%d").alias("due_date"),
            *dated,
        ),
        "promise_id",
        as_of,
    ).filter(pl.col("made_at") <= as_of)
    first = promises.sort("made_at", "promise_id").unique("order_id", keep="first", maintain_order=True)
    joined = (
        _in_force(ordered, "order_id", as_of)
        .filter(pl.col("ordered_at") <= as_of)
        .join(known, left_on="customer_id", right_on="known_id", how="left")
        .with_columns(pl.coalesce("known_as", "customer_id").alias("customer_id"))
        .join(customers, on="customer_id", how="left")
        .join(deliveries, on="order_id", how="left")
        .join(first.select("order_id", "due_date"), on="order_id", how="left")
        .with_columns(pl.col("timezone").fill_null("UTC"))
    )
    # A column of polars has one time zone, so each is converted apart.
    zones = joined.select("timezone").unique().collect()["timezone"].to_list()
    local = pl.col("delivered_at").dt.replace_time_zone("UTC")
    midnight = (pl.col("due_date") + pl.duration(days=1)).cast(pl.Datetime("us"))
    arrived, due = pl.lit(None, pl.Date), pl.lit(None, pl.Datetime("us"))
    for zone in zones:
        here = pl.col("timezone") == zone
        arrived = pl.when(here).then(local.dt.convert_time_zone(zone).dt.date()).otherwise(arrived)
        there = midnight.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        due = pl.when(here).then(there.dt.convert_time_zone("UTC").dt.replace_time_zone(None)).otherwise(due)
    cancelled = pl.col("status") == "cancelled"
    return (
        joined.with_columns(
            pl.col("segment").fill_null("unknown"),
            pl.coalesce("region", "home_region").fill_null("unknown").alias("region"),
            (pl.col("due_date") - arrived).dt.total_days().cast(pl.Float64).alias("gap_days"),
            (due <= as_of).fill_null(False).alias("is_due_passed"),
            (pl.col("amount") - pl.col("cost_of_goods_amount")).alias("margin_amount"),
            pl.when(pl.col("is_shipped")).then(cost).otherwise(0).alias("shipping_cost_amount"),
            pl.when(due <= as_of).then(due).alias("passed_at"),
        )
        .sort("ordered_at", "order_id")
        .with_columns(
            pl.when(pl.col("due_date").is_null())
            .then(pl.lit("unknown"))
            .when(cancelled & (pl.col("cancelled_by") == "customer"))
            .then(pl.lit("excluded"))
            .when(cancelled & (pl.col("cancelled_by") == "firm"))
            .then(pl.lit("missed"))
            .when(cancelled)
            .then(pl.lit("unknown"))
            .when(~pl.col("is_due_passed"))
            .then(pl.lit("open"))
            .when(pl.col("gap_days") >= 1)
            .then(pl.lit("exceeded"))
            .when(pl.col("gap_days") >= 0)
            .then(pl.lit("met"))
            .otherwise(pl.lit("missed"))
            .alias("outcome"),
            pl.when(pl.col("customer_id").is_not_null())
            .then(pl.col("ordered_at").cum_count().over("customer_id"))
            .alias("order_number"),
            pl.when(pl.col("customer_id").is_not_null())
            .then(pl.col("ordered_at").shift(-1).over("customer_id"))
            .alias("next_order_at"),
            pl.coalesce("delivered_at", "passed_at").alias("landmark_at"),
        )
    )


def reliability(rows: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Month × segment × region × service level with all roll-ups, as mart_promise_reliability of by_hand."""
    due = pl.col("is_due_passed") & pl.col("outcome").is_in(OUTCOMES)
    cells = (
        rows.with_columns(
            pl.coalesce(pl.col("due_date").dt.strftime("%Y-%m"), pl.col("ordered_at").dt.strftime("%Y-%m")).alias(
                "due_month"
            )
        )
        .group_by("due_month", *DIMENSIONS)
        .agg(
            due_count=due.sum(),
            kept_count=(due & (pl.col("outcome") != "missed")).sum(),
            open_count=(pl.col("outcome") == "open").sum(),
            unknown_count=(pl.col("outcome") == "unknown").sum(),
            excluded_count=(pl.col("outcome") == "excluded").sum(),
        )
    )
    now = f"{as_of:%Y-%m}"
    year_ago = f"{as_of.year - 1}{now[4:]}"
    closed = (pl.col("due_month") < now) & (pl.col("due_month") >= year_ago)
    by_period = pl.concat(
        [
            cells.filter(pl.col("due_month") <= now).with_columns(month="due_month"),
            cells.with_columns(month=pl.lit("all")),
            cells.filter(closed).with_columns(month=pl.lit("last_12_months")),
        ]
    )
    counts = [name for name in cells.columns if name.endswith("_count")]
    rolled = pl.concat(
        [
            by_period.group_by("month", *kept)
            .agg(pl.col(counts).sum())
            .with_columns(pl.lit("all").alias(name) for name in DIMENSIONS if name not in kept)
            .select("month", *DIMENSIONS, *counts)
            for size in range(len(DIMENSIONS) + 1)
            for kept in combinations(DIMENSIONS, size)
        ]
    )
    n, kept = pl.col("due_count"), pl.col("kept_count")
    middle = (kept + Z * Z / 2) / (n + Z * Z)
    width = Z * (kept * (n - kept) / n + Z * Z / 4).sqrt() / (n + Z * Z)
    return rolled.with_columns(
        kept_rate=pl.when(n >= 30).then(kept / n),
        kept_rate_low=pl.when(n >= 5).then(middle - width),
        kept_rate_high=pl.when(n >= 5).then(middle + width),
    )


def main() -> None:
    landing, as_of = sys.argv[1], datetime.fromisoformat(sys.argv[2])
    rows = orders(landing, as_of).collect()
    table = reliability(rows, as_of)
    total = table.filter(pl.all_horizontal(pl.col("month", *DIMENSIONS) == "all"))
    print(rows.height, table.height, total["due_count"][0], total["kept_count"][0])


if __name__ == "__main__":
    main()
