"""Expectations that compare a build with the version published before, as queries for rows that should not be.

In them {before} is the mart as it was. The population stability index is the sum of (p − q) · ln(p / q) over shares;
above 0.25 a distribution has shifted by the rule of thumb of credit scoring (N. Siddiqi, Credit Risk Scorecards, Wiley
2006). It is a rule for large samples: by chance alone the index is (categories − 1) · (1/n + 1/m) on average
(B. Yurdakul, Statistical Properties of Population Stability Index, Western Michigan University 2018), so under 100 rows
nobody is held to it, nor to any other comparison: among few rows one that is deleted or corrected is a large share.

Shares are compared while most rows are the same ones: a version that holds over a quarter more is another population
(the second month of a new warehouse, a backfill), whose shares may well be others.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb

from cx_warehouse.settings import Settings
from cx_warehouse.versions import Version, readable

BEFORE = "before"
FEWEST = 100
MOST_GROWTH = 1.25
# A category that one side lacks would make the logarithm endless.
_SMALLEST_SHARE = 1e-4


def shares(category: str, most: float, count: str = "count(*)", where: str = "true", fewest: int = FEWEST) -> str:
    """Rows when the shares of the values of `category` have moved by an index of more than `most`.

    Args:
        category: a column.
        most: the index allowed.
        count: what is counted of each category, such as `sum(missed_count)`.
        where: which rows of the mart count.
        fewest: rows that each side needs.
    """
    side = f"select cast({category} as varchar) as category, {count} as n from {{table}} where {where} group by all"
    return f"""
        select round(psi, 4) as stability_index, rows_before, rows_now from (
            select
                sum((now_share - then_share) * ln(now_share / then_share)) as psi,
                min(then_total) as rows_before, min(now_total) as rows_now
            from (
                select
                    greatest(coalesce(now.n, 0) / sum(now.n) over (), {_SMALLEST_SHARE}) as now_share,
                    greatest(coalesce(earlier.n, 0) / sum(earlier.n) over (), {_SMALLEST_SHARE}) as then_share,
                    sum(now.n) over () as now_total, sum(earlier.n) over () as then_total
                from ({side.format(table="{batch}")}) as now
                full join ({side.format(table="{before}")}) as earlier
                    on now.category is not distinct from earlier.category
            ) as compared
        ) as indexed
        where psi > {most} and {_are_comparable(fewest)}"""


def volume(least: float, count: str = "count(*)", where: str = "true", fewest: int = FEWEST) -> str:
    """A row when the mart holds less than `least` times what it held, from `fewest` rows on."""
    side = f"(select {count} from {{table}} where {where})"
    now, earlier = side.format(table="{batch}"), side.format(table="{before}")
    return f"""
        select rows_before, rows_now from (select {earlier} as rows_before, {now} as rows_now) as counted
        where rows_now < {least} * rows_before and rows_before >= {fewest}"""


def reach(column: str, where: str = "true", count: str = "count(*)", fewest: int = FEWEST) -> str:
    """A row when the latest instant, date or month of a column is earlier than it was, from `fewest` rows on."""
    side = f"(select max({column}) from {{table}} where {where})"
    now, earlier = side.format(table="{batch}"), side.format(table="{before}")
    return f"""
        select latest_before, latest_now from (
            select
                {earlier} as latest_before, {now} as latest_now,
                (select {count} from {{before}} where {where}) as rows_before
        ) as compared
        where rows_before >= {fewest}
            and (latest_now is null and latest_before is not null or latest_now < latest_before)"""


def share(share: str, most: float, where: str = "true", count: str = "count(*)", fewest: int = FEWEST) -> str:
    """A row when a share (0–1) of `count` has grown by more than `most`, such as 0.1 for ten points."""
    side = f"(select {{what}} from {{table}} where {where})"
    now, earlier, rows_now, rows_before = (
        side.format(what=what, table=table) for what in (share, count) for table in ("{batch}", "{before}")
    )
    return f"""
        select round(share_before, 4) as share_before, round(share_now, 4) as share_now from (
            select
                {earlier} as share_before, {now} as share_now, {rows_before} as rows_before, {rows_now} as rows_now
        ) as compared
        where share_now > share_before + {most} and {_are_comparable(fewest)}"""


def _are_comparable(fewest: int) -> str:
    return f"least(rows_before, rows_now) >= {fewest} and rows_now <= {MOST_GROWTH} * rows_before"


def query(unexpected_rows_query: str) -> str:
    """Any other comparison, as it is written."""
    return unexpected_rows_query


KINDS: dict[str, Callable[..., str]] = {
    "ExpectSharesAsBefore": shares,
    "ExpectVolumeAsBefore": volume,
    "ExpectReachAsBefore": reach,
    "ExpectShareAsBefore": share,
    "ExpectRowsAsBefore": query,
}


def measure(settings: Settings) -> Version | None:
    """The version to compare with: the newest, from the published one back, that was itself as the one before it.

    A build that drifted is not the measure of the next, or a broken export would be withheld for one night only. When
    every version that is kept has drifted, the new state has lasted, and the published one is the measure again.
    """
    known = readable(settings)
    current = next((number for number, one in enumerate(known) if one.is_current), None)
    if current is None:
        return None
    return next((one for one in known[current:] if not one.summary.get("drifted")), known[current])


def obstacle(database: Path, before: Version | None, table: str, query: str) -> str | None:
    """Why a build cannot be compared on a table, or None when it can.

    Args:
        database: the build.
        before: the version that is the measure.
        table: a mart.
        query: of the bound, {batch} and {before} still in it.
    """
    if before is None:
        return "nothing was published before, so there is nothing to compare with"
    with duckdb.connect(database, read_only=True) as connection:
        connection.execute(f"attach '{_quoted(before.path.resolve())}' as {BEFORE} (read_only)")
        instants = "select (select as_of from staging.stg_as_of), (select as_of from before.staging.stg_as_of)"
        now, then = connection.execute(instants).fetchone()
        if now is None or then is None or now < then:
            return f"it stops at {now} and the version before at {then}, so the later one is no measure of it"
        try:
            connection.execute(f"explain {filled(query, table)}")
        except (duckdb.CatalogException, duckdb.BinderException):
            return "the version before was made without it, so there is nothing to compare with"
    return None


def filled(query: str, table: str) -> str:
    """A query with the mart of both sides in it."""
    return query.format(batch=f"marts.{table}", before=f"{BEFORE}.marts.{table}")


def attach(before: Version) -> str:
    """The statement after which {before} is there."""
    return f"attach if not exists '{_quoted(before.path.resolve())}' as {BEFORE} (read_only)"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
