"""A build that keeps what did not change equals one that starts from nothing, whatever is landed."""

import csv
import random
import shutil
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
from compiled import build
from dbt.cli.main import dbtRunner
from test_compiled import OF_A_RUN

from cx_warehouse.basis import TEST, kept
from cx_warehouse.landing import ensure_raw, load_table, tables_to_load
from cx_warehouse.sample import write_sample
from cx_warehouse.settings import Settings
from cx_warehouse.versions import versions
from cx_warehouse.withhold import metric_columns
from orchestration import dbt
from orchestration.columns import KINDS
from orchestration.progress import Progress
from orchestration.run import run

BATCHES = 10
# Definitions come with the first batch; what happens comes bit by bit.
GROWING = {
    "crm/contacts": "contact_id",
    "crm/customer_identities": "identity_id",
    "crm/customers": "customer_id",
    "fulfilment/adjustments": "adjustment_id",
    "fulfilment/orders": "order_id",
    "fulfilment/promises": "promise_id",
    "fulfilment/shipments": "shipment_id",
    "survey/answers": "answer_id",
    "survey/invitations": "invitation_id",
}
LINKS = ("customer_id", "order_id", "contact_id")
INSTANTS = ("promised_by", "delivered_at", "shipped_at", "resolved_at", "ordered_at", "responded_at", "adjusted_at")


class Shop:
    """A sample shop that lands its rows in batches: in order of time, some late, corrected, deleted or sent twice."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.landing = folder / "landing"
        write_sample(folder / "sample", orders=1_500, seed=seed)
        shutil.copytree(folder / "sample" / "crm", self.landing / "crm")
        self.columns: dict[str, list[str]] = {}
        self.waiting: dict[str, list[dict]] = {}
        self.landed: dict[str, dict[str, dict]] = {}
        whole = Settings(_env_file=None, landing=folder / "sample", warehouse=folder / "loaded")
        ensure_raw(whole)
        for table in tables_to_load(whole):
            load_table(whole, table, "L", datetime.now(UTC).replace(tzinfo=None))
        for table, key in GROWING.items():
            rows = duckdb.sql(f"from '{whole.raw}/{table.replace('/', '.')}.*.parquet' order by updated_at, {key}")
            self.columns[table] = [name for name in rows.columns if not name.startswith("_")]
            texts = rows.select(*self.columns[table]).fetchall()
            self.waiting[table] = [dict(zip(self.columns[table], row, strict=True)) for row in texts]
            self.landed[table] = {}
            shutil.rmtree(self.landing / table, ignore_errors=True)
        instants = sorted(row["updated_at"] for rows in self.waiting.values() for row in rows)
        # The first batch holds two thirds of what there is; the others share the rest.
        self.ends = [instants[int(len(instants) * (2 / 3 + at / BATCHES / 3)) - 1] for at in range(BATCHES + 1)]

    def land(self, number: int) -> None:
        """Write the files of one batch."""
        until = self.ends[number]
        for table, key in GROWING.items():
            rows = []
            for row in self.waiting[table]:
                is_late = number < BATCHES and self.random.random() < 0.03
                if row["updated_at"] <= until and not is_late:
                    rows.append(row)
            kept = {id(row) for row in rows}
            self.waiting[table] = [row for row in self.waiting[table] if id(row) not in kept]
            self.landed[table] |= {row[key]: row for row in rows}
            if number:
                rows += [self._disturbed(table, until) for _ in range(3)]
            self.random.shuffle(rows)
            self._write(table, number, rows)

    def _disturbed(self, table: str, now: str) -> dict:
        """A row that was landed before, with something changed, or not."""
        row = dict(self.random.choice(list(self.landed[table].values())))
        row["updated_at"] = now
        what = self.random.choice(["relink", "relink", "shift", "delete", "unlink", "again", "garble"])
        links = [name for name in LINKS if name in row and name != GROWING[table]]
        if what == "relink" and links:
            name = self.random.choice(links)
            row[name] = self.random.choice(list(self.landed[_home(name)]))
        elif what == "unlink" and links:
            row[self.random.choice(links)] = ""
        elif what == "shift":
            for name in self.random.sample(INSTANTS, 3):
                if row.get(name):
                    moved = datetime.fromisoformat(row[name]) + timedelta(days=self.random.randint(-20, 20))
                    row[name] = moved.date().isoformat() if len(row[name]) == 10 else f"{moved:%Y-%m-%dT%H:%M:%SZ}"
        elif what == "delete":
            row["deleted_at"] = now
        elif what == "garble":
            row["updated_at"] = "yesterday"
        if table == "crm/customer_identities" and self.random.random() < 0.5:
            row["tool_customer_id"] = self.random.choice(list(self.landed["crm/customers"]))
        return row

    def _write(self, table: str, number: int, rows: list[dict]) -> None:
        path = self.landing / table / f"batch_{number:02}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as opened:
            writer = csv.DictWriter(opened, self.columns[table])
            writer.writeheader()
            writer.writerows(rows)


def _home(link: str) -> str:
    return next(table for table, key in GROWING.items() if key == link)


def _kept(project: dbt.Project) -> dict[str, str]:
    """Each model that keeps its rows → its schema."""
    return {
        node["name"]: node["schema"]
        for node in project.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"
    }


def _differing(database: Path, fresh: duckdb.DuckDBPyConnection, tables: dict[str, str]) -> dict[str, int]:
    """Each table that is not the same in both → how many rows are in one alone."""
    fresh.execute(f"attach '{database}' as kept (read_only)")
    counts = {
        name: fresh.execute(
            f"""
            select count(*) from (
                (select * from {schema}.{name} except all select * from kept.{schema}.{name})
                union all
                (select * from kept.{schema}.{name} except all select * from {schema}.{name})
            )
            """
        ).fetchone()[0]
        for name, schema in tables.items()
    }
    fresh.execute("detach kept")
    return {name: count for name, count in counts.items() if count}


def test_ten_batches_by_change_equal_ten_builds_from_nothing(tmp_path) -> None:
    shop = Shop(tmp_path, seed=1)
    settings = Settings(_env_file=None, landing=shop.landing, warehouse=tmp_path / "warehouse", incremental=True)
    database = tmp_path / "kept" / "warehouse.duckdb"
    database.parent.mkdir()
    ensure_raw(settings)
    project = dbt.parse(settings)
    names = _kept(project)
    assert {"fct_orders", "fct_promises", "fct_expectation_gaps", "stg_fulfilment__orders"} <= names.keys()
    # Which loads are new may not change between deleting old rows and reading new ones.
    for name in names:
        parents = project.manifest["nodes"][f"model.cx_warehouse.{name}"]["depends_on"]["nodes"]
        before = "stg_builds_remembered" if name.startswith("base_") else "stg_ids_changed"
        assert f"model.cx_warehouse.{before}" in parents, name
    shares = []
    for number in range(BATCHES + 1):
        shop.land(number)
        _load(settings, f"20990101T0000000000{number:02}Z")
        if _build(settings, project, database):
            database.unlink()
            assert not _build(settings, project, database)
        else:
            shares.append(_share_kept(database))
        fresh = build(settings.model_copy(update={"incremental": False}), select=names)
        assert _differing(database, fresh, names) == {}, number
        fresh.close()
    # Something was at stake: most builds kept orders, and most orders at some time.
    assert len(shares) > BATCHES / 2
    assert max(shares) > 0.5


def _load(settings: Settings, load_id: str) -> None:
    for table in tables_to_load(settings):
        load_table(settings, table, load_id, datetime.now(UTC).replace(tzinfo=None))


def _build(settings: Settings, project: dbt.Project, database: Path) -> bool:
    """Build the tables that keep their rows; whether what they rest on has changed meanwhile."""
    more = ["--select", "+int_builds_made", f"{TEST}", "--exclude-resource-type", "unit_test", "--no-write-json"]
    tests = [f"test_name:{kind}" for kind in KINDS]
    command = dbt.arguments(settings, "build", *more, "--exclude", *tests, "--indirect-selection", "empty")
    ended = dbt.invoke(settings, database, dbtRunner(manifest=project.parsed), command)
    failed = {one.node.name: one.message for one in ended.result or () if one.status not in ("success", "pass")}
    assert ended.exception is None
    assert not failed.keys() - {TEST}, failed
    return TEST in failed


def _share_kept(database: Path) -> float:
    with duckdb.connect(database, read_only=True) as connection:
        [[share]] = connection.execute(
            """
            select 1 - count(changed.id) / count(*)
            from intermediate.int_orders_judged as orders
            left join staging.stg_ids_changed as changed on changed.id_kind = 'order' and changed.id = orders.order_id
            """
        ).fetchall()
    return share


def _holding(project: dbt.Project, metrics: Collection[str]) -> set[str]:
    """The tables that hold columns of some metrics."""
    return {one.table for one in metric_columns(project.manifest) if one.metric in metrics}


class Said(Progress):
    """Keeps what is told."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def done(self, message: str) -> None:
        self.sentences.append(message.strip())


def test_a_run_keeps_what_did_not_change_and_says_from_what(tmp_path) -> None:
    shop = Shop(tmp_path, seed=2)
    settings = Settings(_env_file=None, landing=shop.landing, warehouse=tmp_path / "warehouse", incremental=True)
    said = Said()
    shop.land(0)
    run(settings, "cx", said)
    assert "Nothing is published yet, so everything is built." in said.sentences
    [first] = versions(settings)
    shop.land(1)
    run(settings, "cx", said)
    assert f"What did not change since {first.id} is kept." in said.sentences
    kept_tables = _kept(dbt.parse(settings))
    fresh = build(settings.model_copy(update={"incremental": False}))
    assert _differing(settings.current.resolve(), fresh, kept_tables) == {}
    reports = {
        name: "marts"
        for (name,) in fresh.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        if name.startswith("mart_") and name not in OF_A_RUN
    }
    assert len(reports) > 40
    # Publication withholds what a small shop's checks found unfit; what is nulled there differs, and nothing else.
    withheld = versions(settings)[0].summary["withheld"]
    differing = _differing(settings.current.resolve(), fresh, reports)
    assert differing.keys() <= _holding(dbt.parse(settings), withheld), withheld

    # What would make kept rows wrong is noticed.
    now = versions(settings)[0].summary["basis"]
    assert kept(settings, now)[0] == settings.current.resolve()
    path, sentence = kept(settings, now | {"definitions": "other"})
    assert path is None
    assert sentence.startswith("Models, reference tables or settings differ")
    missing = {name: facts for name, facts in now["raw"].items() if not name.startswith("fulfilment.orders")}
    assert kept(settings, now | {"raw": missing})[0] is None
    assert kept(settings.model_copy(update={"connectors": ["shopify"]}), now)[0] is None
