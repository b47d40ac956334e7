"""Kept versions without a person. Deleting leaves the bytes in free blocks, so a version is copied after it."""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import duckdb

from cx_warehouse.contract import contract_tables
from cx_warehouse.erasure.person import Person
from cx_warehouse.landing.engine import identifier, literal
from cx_warehouse.landing.pointers import PEOPLE, RESPONSES
from cx_warehouse.memory import opened
from cx_warehouse.publish import STORAGE_VERSION
from cx_warehouse.settings import Settings
from cx_warehouse.versions import Version, sync_folder

# Facts with a customer_id, and the key by which other tables point at them.
_FACTS = {
    ("fct_orders", "order_id"),
    ("fct_contacts", "contact_id"),
    ("fct_answers", "answer_id"),
    ("fct_answers", "response_id"),
}


def rewrite(settings: Settings, version: Version, person: Person) -> int:
    """Take the person's rows out of one version; what was counted and averaged over many people stays as published.

    Returns:
        How many rows went; a version without any of theirs is left as it is.

    Raises:
        duckdb.Error: the version cannot be copied.
    """
    folder = settings.warehouse / ".erasing"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        loose, packed = folder / "loose.duckdb", folder / "packed.duckdb"
        rows = _delete(version.path, loose, person, settings.memory_limit)
        if rows:
            _copy(loose, packed, settings.memory_limit)
            counts = _counts(packed)
            _take_place(version.path, packed, counts)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for papers in ("docs", "pack"):
        _drop_papers(settings.versions / f"{version.id}.{papers}", person)
    return rows


def _delete(path: Path, loose: Path, person: Person, limit: str) -> int:
    shutil.copyfile(path, loose)
    loose.chmod(0o600)
    words = person.words().pattern.replace("(?<![\\w-])", "(^|[^\\w-])").replace("(?![\\w-])", "([^\\w-]|$)")
    rows = 0
    with opened(loose, limit) as connection:
        names = _column_names(person, connection)
        columns = connection.execute(
            """
            select schema_name, table_name, list(column_name)
            from duckdb_columns()
            where data_type = 'VARCHAR' and (schema_name, table_name) in (
                select (schema_name, table_name) from duckdb_tables()
            )
            group by all
            """
        ).fetchall()
        for schema, table, found in columns:
            conditions = [
                f"{identifier(column)} in ({', '.join(map(literal, sorted(values)))})"
                for column in found
                if column != "customer_id" and (values := _values(column, names))
            ]
            if "customer_id" in found:
                # What names somebody else is somebody else's, whatever it points at.
                hanging = f"customer_id is null and ({' or '.join(conditions) or 'false'})"
                conditions = [f"customer_id in ({', '.join(map(literal, sorted(person.ids)))})", f"({hanging})"]
            # Samples of what was rejected, and free text.
            conditions += [
                f"regexp_matches({identifier(column)}, {literal(words)}, 'i')"
                for column in found
                if table == "rejects" and column in ("found", "reason")
            ]
            if conditions:
                (count,) = connection.execute(
                    f"delete from {identifier(schema)}.{identifier(table)} where {' or '.join(conditions)}"
                ).fetchone()
                rows += count
            rows += _mask(connection, f"{identifier(schema)}.{identifier(table)}", found, person)
    return rows


def _mask(connection: duckdb.DuckDBPyConnection, relation: str, columns: list[str], person: Person) -> int:
    """In rows that stay, addresses of theirs become ***."""
    if not person.emails:
        return 0
    pattern = literal("|".join(re.escape(email) for email in sorted(person.emails)))
    count = 0
    for column in map(identifier, columns):
        count += connection.execute(
            f"update {relation} set {column} = regexp_replace({column}, {pattern}, '***', 'gi') "
            f"where regexp_matches({column}, {pattern}, 'i')"
        ).fetchone()[0]
    return count


def _column_names(person: Person, connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """The identifiers by the name of the column that holds such: customer_id, order_id, …

    What a connector calls an order only the version itself knows: there it is one of their customer_id.
    """
    keys = {table.id: next(column.name for column in table.columns if column.is_key) for table in contract_tables()}
    keys |= {PEOPLE: "customer_id", RESPONSES: "response_id"}
    named = {name: set(person.identifiers.get(kind, ())) for kind, name in keys.items()}
    named["customer_id"] = person.ids
    for table, name in _FACTS & set(_key_columns(connection)):
        listed = ", ".join(map(literal, sorted(person.ids)))
        rows = connection.execute(
            f"select distinct {name} from marts.{table} where {name} is not null group by {name} "
            f"having bool_and(customer_id in ({listed}))"
        ).fetchall()
        named[name] |= {value for (value,) in rows}
    named = {name: values for name, values in named.items() if values}
    return named | {"tool_customer_id": person.ids, "known_id": person.ids, "cluster_id": person.ids}


def _key_columns(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        "select table_name, column_name from duckdb_columns() where schema_name = 'marts'"
    ).fetchall()


def _values(column: str, names: dict[str, set[str]]) -> set[str]:
    found = [name for name in names if column == name or column.endswith(f"_{name}")]
    if found:
        return names[max(found, key=len)]
    # Of one kind or another (source_row_id, gap_id): what is theirs is theirs.
    return set().union(*names.values()) if column in ("source_row_id", "gap_id", "interaction_id") else set()


def _copy(loose: Path, packed: Path, limit: str) -> None:
    with opened(packed, limit, storage_compatibility_version=STORAGE_VERSION) as connection:
        # Views remember the database by the name of the file in which they were built.
        connection.execute(f"attach {literal(str(loose))} as warehouse (read_only)")
        connection.execute("copy from database warehouse to packed")
        connection.execute("force checkpoint")


def _counts(path: Path) -> dict[str, int]:
    with duckdb.connect(path, read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        return {
            name: connection.execute(f"select count(*) from marts.{identifier(name)}").fetchone()[0]
            for (name,) in sorted(names)
        }


def _take_place(path: Path, packed: Path, rows: dict[str, int]) -> None:
    descriptor = os.open(packed, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    packed.chmod(0o444)
    with packed.open("rb") as file:
        facts = {
            "rows": rows,
            "bytes": packed.stat().st_size,
            "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
        }
    # Readers that have the old file open keep it until they look for a newer one, a second later at most.
    packed.replace(path)
    paper = path.with_suffix(".json")
    if paper.exists():
        part = paper.with_suffix(".json.part")
        part.write_text(json.dumps(json.loads(paper.read_text()) | facts, indent=2))
        part.replace(paper)
    sync_folder(path.parent)


def _drop_papers(folder: Path, person: Person) -> None:
    words = person.words()
    pages = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    if any(words.search(path.read_text(errors="replace")) for path in pages):
        shutil.rmtree(folder)
