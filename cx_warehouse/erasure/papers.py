"""Logs, papers of runs and Dagster's history without a person: they may quote a check that failed."""

import re
import sqlite3
from pathlib import Path

from cx_warehouse.erasure.person import Person
from cx_warehouse.settings import Settings

_SQLITE = b"SQLite format 3"


def sweep(settings: Settings, person: Person) -> int:
    """Turn a person's identifiers and addresses into *** in every log, paper and table of the history.

    What is made anew by every run (dbt's compiled project) and holds them goes.

    Returns:
        How many files changed.
    """
    words, changed = person.words(), 0
    folders = (settings.runs, settings.dagster_home, settings.warehouse / "dbt")
    for path in (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()):
        raw = path.read_bytes()
        if raw.startswith(_SQLITE):
            changed += _in_database(path, words)
            continue
        # Bytes that are no text come back as they were.
        text = raw.decode("utf-8", "surrogateescape")
        if not words.search(text):
            continue
        changed += 1
        if path.suffix in (".msgpack", ".gpickle"):
            path.unlink()
        else:
            path.write_bytes(words.sub("***", text).encode("utf-8", "surrogateescape"))
    return changed


def _in_database(path: Path, words: re.Pattern[str]) -> bool:
    """Put *** into every text of a SQLite file, and leave no free page behind that holds what stood there."""
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.create_function("holds", 1, lambda text: bool(words.search(text)), deterministic=True)
        connection.create_function("masked", 1, lambda text: words.sub("***", text), deterministic=True)
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        count = 0
        for table in (name for name in tables if not name.startswith("sqlite_")):
            for _, column, *_ in connection.execute(f'pragma table_info("{table}")').fetchall():
                is_text = f'typeof("{column}") = \'text\' and holds("{column}")'
                count += connection.execute(
                    f'update "{table}" set "{column}" = masked("{column}") where {is_text}'
                ).rowcount
        if count:
            connection.execute("vacuum")
            connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    return count > 0
