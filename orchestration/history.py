"""Dagster's history of runs, in the warehouse."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Read when dagster is imported.
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event

from cx_warehouse.settings import Settings


class EventLog(SqliteEventLogStorage):
    """Dagster's own log of events, in the same files, through one connection per file.

    Dagster makes a new SQLAlchemy engine for each of the 5,000 statements of a run, and each engine compiles its
    statements anew: that took as long as dbt.
    """

    def __init__(self, base_dir: str, inst_data: object = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._tables: dict[str, bool] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: object, config_value: dict) -> "EventLog":
        """As Dagster asks of a storage that its configuration names."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard not in self._engines:
                self._engines[shard] = create_engine(
                    self.conn_string_for_shard(shard),
                    poolclass=StaticPool,
                    connect_args={"timeout": 120, "check_same_thread": False},
                )
                self._initdb(self._engines[shard])
            with self._engines[shard].begin() as connection:
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Asked before every check event; tables come with an upgrade of Dagster, never within a process."""
        if table_name not in self._tables:
            self._tables[table_name] = super().has_table(table_name)
        return self._tables[table_name]

    def dispose(self) -> None:
        """Close the files."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


@event.listens_for(Engine, "connect")
def _do_not_wait_for_the_disk(connection, _record) -> None:
    """Dagster commits some 2,000 small transactions a run to its history, and waiting for the disk after each of them
    took longer than the models. A power cut may cost the history of a run, never what is published."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = off")


def instance(settings: Settings) -> dg.DagsterInstance:
    """The history of this warehouse; `dagster dev` reads the same files."""
    folder = home(settings)
    own = {"module": __name__, "class": EventLog.__name__, "config": {"base_dir": str(folder / "history" / "runs")}}
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder), overrides={"event_log_storage": own}))


def home(settings: Settings) -> Path:
    """The folder of the history, made with its configuration when it is not there."""
    folder = settings.dagster_home.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dagster.yaml"
    if not config.exists():
        # One at a time: a second run would be turned away by the warehouse's lock, here it waits.
        config.write_text("telemetry:\n  enabled: false\nconcurrency:\n  runs:\n    max_concurrent_runs: 1\n")
    return folder
