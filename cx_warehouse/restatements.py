"""Published numbers that changed since the version before: which, from what to what, and why.

A closed month of a shown metric should not move. Where it does, one of four causes is named:

definition    the metric's registry row, or the SQL, macros, seeds, proposed assumptions or settings that it rests on,
              are not those of the version before (a hash of them is kept in the run summary of every version);
correction    what was already there changed: a later version or a deletion of a row that the version before knew;
late_data     rows that the version before did not know;
unexplained   none of these.

Correction and late data are told apart by the raw rows that the metric's tables are computed from: those of loads that
the version before did not hold, by whether it knew their key, and those it held that are gone. Rows that fall in the
month are asked first; where there are none (a customer came back later), all are. Of both the more numerous wins.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cx_warehouse.lineage import REGISTRY, keys, registry, upstream
from cx_warehouse.memory import opened
from cx_warehouse.settings import Settings
from cx_warehouse.versions import readable
from cx_warehouse.withhold import metric_columns

TABLE = "marts.mart_restatements"
ASSUMPTIONS = "ref_assumptions"
# Said of the row, not told apart by it.
NOT_A_DIMENSION = ("method", "status", "reason", "grade", "month", "currency")
# Changes smaller than this share of the number are the last bits of a sum.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Change:
    """One published number of one closed period, before and after."""

    metric: str
    table: str
    column: str
    scope: str
    period: str
    old: float
    new: float | None


@dataclass(frozen=True)
class Cause:
    """Why a number changed, and how that was decided."""

    kind: str
    reason: str


def taken(settings: Settings, database) -> list[tuple]:
    """Name, low, base and high of every assumption of a build that was proposed: they stand in place of the seed's."""
    with opened(database, settings.memory_limit, read_only=True) as connection:
        (own,) = connection.execute("select current_database()").fetchone()
        if "mart_proposals" not in _tables(connection, own):
            return []
        return connection.execute(
            "select name, low, base, high from marts.mart_proposals "
            "where outcome = 'taken' and kind = 'assumption' order by all"
        ).fetchall()


def definitions(manifest: dict, variables: dict, proposed: Sequence[tuple] = ()) -> dict[str, str]:
    """A hash of everything that defines a metric, by metric id.

    Args:
        manifest: dbt's manifest.
        variables: dbt's vars; the place of raw rows and the instant at which time stops define nothing.
        proposed: assumptions as `taken` gives them.

    Returns:
        SHA-256 over the metric's row of the registry, the models, macros and seeds upstream of the tables that hold it,
        the proposals for one of these seeds, and the vars. A metric that only tables with a row per metric hold goes by
        what the registry calls its mart.
    """
    settings = {name: value for name, value in variables.items() if name not in ("cx_raw_dir", "cx_as_of")}
    tables = _models(manifest)
    rows = registry(manifest)
    by_metric = {metric: {tables[row["mart"]]} for metric, row in rows.items() if row["mart"] in tables}
    for held in metric_columns(manifest):
        if held.metric:
            by_metric.setdefault(held.metric, set()).add(tables[held.table])
    hashes: dict[str, str] = {}
    # Another metric's row defines nothing of this one.
    texts = {one: _text_of(node, manifest) for one, node in manifest["nodes"].items() if node["name"] != REGISTRY}
    if proposed:
        texts |= {
            one: f"{texts[one]}\n{proposed}" for one, node in manifest["nodes"].items() if node["name"] == ASSUMPTIONS
        }
    for metric, holders in by_metric.items():
        parts = sorted(f"{one}\n{texts[one]}" for one in upstream(manifest, holders) if one in texts)
        content = json.dumps([rows.get(metric), parts, settings], sort_keys=True, default=str)
        hashes[metric] = hashlib.sha256(content.encode()).hexdigest()
    return hashes


def record(settings: Settings, database, version: str, manifest: dict, hashes: dict[str, str]) -> int:
    """Write into the staged file what changed since the version that readers see, after what earlier versions wrote.

    Args:
        settings: of the warehouse.
        database: the staged build, which nobody else has open.
        version: its id.
        manifest: dbt's manifest.
        hashes: of `definitions`; those of the version before come from its run summary.

    Returns:
        How many numbers changed. 0 where nothing was published before, or it cannot be read.
    """
    before = next((one for one in readable(settings) if one.is_current), None)
    if before is None:
        return 0
    with opened(database, settings.memory_limit) as connection:
        connection.execute(f"attach '{str(before.path.resolve()).replace(chr(39), chr(39) * 2)}' as before (read_only)")
        changes = list(_changes(connection, manifest, settings.business_timezone))
        causes = _Causes(
            connection, manifest, settings.business_timezone, before.summary.get("definitions", {}), hashes
        )
        rows = []
        for change in changes:
            cause = causes.of(change)
            key = "|".join((change.metric, change.table, change.column, change.scope, change.period, version))
            rows.append(
                (
                    hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), change.metric, change.table,
                    change.column, change.scope, change.period, version, before.id, cause.kind, cause.reason,
                    change.old, change.new,
                )
            )  # fmt: skip
        if "mart_restatements" in _tables(connection, "before"):
            connection.execute(f"insert into {TABLE} by name select * from before.{TABLE}")
        if rows:
            connection.executemany(f"insert into {TABLE} values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute("detach before")
        # A build of some models only, as in development, has no such table.
        if "mart_metric_trust" in _tables(connection, connection.execute("select current_database()").fetchone()[0]):
            connection.execute(
                "update marts.mart_metric_trust as trust set restated_count = ("
                f"select count(*) from {TABLE} as changed where changed.metric_id = trust.metric_id and version = $1)",
                [version],
            )
    return len(rows)


def _models(manifest: dict) -> dict[str, str]:
    """Unique id of each published table by its name."""
    return {
        node["name"]: unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }


def _text_of(node: dict, manifest: dict) -> str:
    """What a model or seed says: its SQL with that of every macro it calls, or the hash of its file."""
    if node["resource_type"] == "seed":
        return str(node["checksum"]["checksum"])
    seen, queue = {}, list(node.get("depends_on", {}).get("macros", []))
    while queue:
        name = queue.pop()
        if name not in seen and name in manifest["macros"]:
            seen[name] = manifest["macros"][name]["macro_sql"]
            queue += manifest["macros"][name]["depends_on"]["macros"]
    return "\n".join([node.get("raw_code") or "", *(seen[name] for name in sorted(seen))])


def _tables(connection, database: str) -> set[str]:
    return {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = $1 and schema_name = 'marts'", [database]
        ).fetchall()
    }


def _columns(connection, database: str, table: str) -> dict[str, str]:
    return dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() "
            "where database_name = $1 and schema_name = 'marts' and table_name = $2 order by column_index",
            [database, table],
        ).fetchall()
    )


def _changes(connection, manifest: dict, timezone: str) -> Iterator[Change]:
    """Numbers of closed periods that differ or are gone. Of a dimension with a roll-up only that is compared."""
    own = connection.execute("select current_database()").fetchone()[0]
    there = _tables(connection, own) & _tables(connection, "before")
    models, key_of = _models(manifest), keys(manifest)
    # Periods that roll on hold other months when time has gone on, and months that were not over were not closed.
    (is_same_time, running) = connection.execute(
        f"""
        select now.as_of is not distinct from earlier.as_of, strftime({_local("earlier.as_of", timezone)}, '%Y-%m')
        from staging.stg_as_of as now cross join before.staging.stg_as_of as earlier
        """
    ).fetchone()
    ended_before = None if is_same_time else running or "0000-00"
    for held in metric_columns(manifest):
        # What changed about the tables of the trust folder is said there.
        if held.table not in there or held.table in ("mart_metric_trust", "mart_restatements"):
            continue
        now, then = _columns(connection, own, held.table), _columns(connection, "before", held.table)
        key = key_of[models[held.table]]
        # A version made before the column was there has nothing to compare.
        if key not in then or (held.named_by or key) not in then:
            continue
        points = [
            name
            for name in held.columns
            if not name.endswith(("_low", "_high")) and _is_number(now.get(name)) and _is_number(then.get(name))
        ]
        dimensions = [
            name
            for name, kind in now.items()
            if name in then
            and (kind == "VARCHAR" or name == key)
            and name not in (held.named_by, *NOT_A_DIMENSION)
            and not name.endswith(("_status", "_reason", "_name", "_sources"))
            and not (name == key and _is_hash(connection, held.table, key, kind))
        ]
        for column in points:
            yield from _compared(connection, held, column, key, dimensions, now, then, ended_before)


def _is_hash(connection, table: str, key: str, kind: str) -> bool:
    """Whether the key is made of the dimensions and says nothing itself."""
    return kind == "VARCHAR" and bool(
        connection.execute(
            f'select bool_and(regexp_full_match("{key}", $1)) from marts."{table}"', ["[0-9a-f]{32}"]
        ).fetchone()[0]
    )


def _is_number(kind: str | None) -> bool:
    return kind is not None and kind.startswith(("DOUBLE", "DECIMAL", "BIGINT"))


def _local(instant: str, timezone: str) -> str:
    """An instant on the calendar of the business."""
    return f"timezone('{timezone}', timezone('UTC', {instant}))"


def _compared(connection, held, column, key, dimensions, now, then, ended_before) -> Iterator[Change]:
    name = f'marts."{held.table}"'
    # A row for every customer is nobody's published number.
    if "customer_id" in dimensions:
        dimensions = [dimension for dimension in dimensions if dimension != "customer_id"]
        is_group = "old.customer_id is null"
    else:
        is_group = "true"
    rolled = [
        dimension
        for dimension in dimensions
        if now[dimension] == "VARCHAR"
        and connection.execute(f"select count(*) from {name} where \"{dimension}\" = 'all'").fetchone()[0]
    ]
    where = [f"old.\"{dimension}\" = 'all'" for dimension in rolled]
    free = [dimension for dimension in dimensions if dimension not in rolled]
    period = "old.month" if "month" in then and "month" in now else "'all'"
    if ended_before:
        where.append(f"{period} like '____-__' and {period} < '{ended_before}'")
    own_status = f"{held.metric}_status"
    for status in (own_status if own_status in then else "status",):
        if status in then:
            where.append(f"old.\"{status}\" is distinct from 'provisional'")
    metric = f"'{held.metric}'"
    if held.named_by:
        metric = f'old."{held.named_by}"'
    scope = ", ".join(f"'{one} ' || cast(old.\"{one}\" as varchar)" for one in free) or "null"
    found = connection.execute(
        f"""
        select {metric}, coalesce(concat_ws(', ', {scope}), ''), {period}, cast(old."{column}" as double),
            cast(new."{column}" as double)
        from before.{name} as old
        left join {name} as new on new."{key}" = old."{key}"
        where {" and ".join([is_group, *where])}
            and old."{column}" is not null
            and (
                new."{column}" is null
                or abs(new."{column}" - old."{column}")
                > {TOLERANCE} * greatest(abs(old."{column}"), abs(new."{column}"))
            )
        order by all
        """
    ).fetchall()
    for metric_id, scope_of_row, of_period, old, new in found:
        yield Change(metric_id, held.table, column, scope_of_row, of_period, old, new)


class _Causes:
    """Why numbers changed: what is new or gone in each source table is counted once."""

    def __init__(self, connection, manifest: dict, timezone: str, old_hashes: dict, new_hashes: dict) -> None:
        self._connection, self._manifest = connection, manifest
        self._timezone = timezone
        self._old, self._new = old_hashes, new_hashes
        self._counted: dict[str, list[tuple[str, bool, int]]] = {}
        self._sources: dict[str, list[dict]] = {}

    def of(self, change: Change) -> Cause:
        """The cause of one change."""
        if change.metric in self._old and self._old[change.metric] != self._new.get(change.metric):
            return Cause("definition", "what the metric is computed by is not what it was in the version before")
        counted = [row for source in self._sources_of(change.table) for row in self._rows(source)]
        of_month = [row for row in counted if row[0] == change.period]
        of_all = [row for row in counted if row[0] == "all"]
        corrected, late = (sum(row[2] for row in of_month or of_all if row[1] is known) for known in (True, False))
        where = f"in {change.period}" if of_month else "in all its source tables"
        if corrected == late == 0:
            return Cause("unexplained", "no row of its source tables is new or gone")
        kind = "correction" if corrected >= late else "late_data"
        return Cause(kind, f"{where}: {corrected} rows corrected or deleted, {late} rows new")

    def _sources_of(self, table: str) -> list[dict]:
        if table not in self._sources:
            start = {one["unique_id"] for one in self._manifest["nodes"].values() if one["name"] == table}
            found = upstream(self._manifest, start)
            self._sources[table] = [
                source
                for unique_id, source in self._manifest["sources"].items()
                if unique_id in found and source["source_name"] in ("crm", "survey", "fulfilment")
            ]
        return self._sources[table]

    def _calendar(self, name: str, column: dict) -> str:
        """An instant on the calendar of the business; a date is one already."""
        if column["data_type"] == "date":
            return name
        return _local(name, self._timezone)

    def _rows(self, source: dict) -> list[tuple[str, bool, int]]:
        """Month, whether the version before knew the key, and how many rows are new or gone."""
        name = f"base_{source['source_name']}__{source['name']}"
        if name not in self._counted:
            metas = {one: _meta(column) for one, column in source["columns"].items()}
            key = next(one for one, meta in metas.items() if meta.get("key"))
            months = [
                f"strftime({self._calendar(one, source['columns'][one])}, '%Y-%m')"
                for one, meta in metas.items()
                if meta.get("happened")
            ]
            dated = ", ".join([*months, "'all'"])
            self._counted[name] = self._connection.execute(
                f"""
                with arrived as (
                    select *, {key} in (select {key} from before.staging.{name}) as is_known
                    from staging.{name}
                    where _load_id not in (select _load_id from before.staging.{name} where _load_id is not null)
                ),
                gone as (
                    select *, true as is_known
                    from before.staging.{name}
                    where {key} not in (select {key} from staging.{name} where {key} is not null)
                ),
                changed as (
                    select is_known, [{dated}] as months from arrived
                    union all
                    select is_known, [{dated}] as months from gone
                )
                select month, is_known, count(*)
                from (select is_known, unnest(list_distinct(months)) as month from changed)
                group by all
                """
            ).fetchall()
        return self._counted[name]


def _meta(column: dict) -> dict:
    return column.get("meta", {}) | column.get("config", {}).get("meta", {})
