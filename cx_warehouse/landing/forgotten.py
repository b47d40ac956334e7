"""Who was erased stays out: a list of keyed hashes that every load looks at.

A source system hands over everybody every night, so an erasure that the loader did not know of would last a day.
"""

import secrets
from collections.abc import Iterable

import duckdb

from cx_warehouse.contract import SourceTable
from cx_warehouse.landing.discover import tables_to_load
from cx_warehouse.landing.engine import literal
from cx_warehouse.landing.pii import keyed_hash, padded
from cx_warehouse.landing.pointers import Pointers, pointers_of
from cx_warehouse.landing.report import LINE_REASONS, FileResult
from cx_warehouse.private import write_private
from cx_warehouse.settings import Settings

REASON = "names a person who was erased with `cx forget`. Erase the person at the source too."


def remember(settings: Settings, identifiers: dict[str, Iterable[str]]) -> None:
    """Add identifiers to the list.

    Args:
        settings: the warehouse folder.
        identifiers: by what they identify (a table of the contract, or a response).
    """
    with duckdb.connect(":memory:") as connection:
        texts = [_text(kind, value) for kind, values in identifiers.items() for value in values]
        rows = connection.execute(f"select {keyed_hash('text')} from (select unnest($texts) as text)", {
            "texts": texts, **padded(_key(settings)),
        }).fetchall()  # fmt: skip
    known = _hashes(settings) | {value for (value,) in rows}
    write_private(settings.forgotten, "".join(f"{value}\n" for value in sorted(known)))


def leave_out(
    connection: duckdb.DuckDBPyConnection, settings: Settings, table: SourceTable, result: FileResult
) -> None:
    """Turn rows of `landed` that name an erased person into rejected lines; their values are not kept.

    A row that names another person stays, whatever else it points at.
    """
    hashes = _hashes(settings)
    if not hashes:
        return
    pointers = pointers_of(table, {each.id: each for each in tables_to_load(settings)})
    if not pointers:
        return
    reason = f"'line ' || _line || {literal(' ' + REASON)}"
    connection.execute("create or replace temp table forgotten as select unnest($1) as hash", [sorted(hashes)])
    owned = _or(_is_forgotten(pointers, *owner) for owner in pointers.owners)
    named = [*pointers.others, *([pointers.key] if pointers.key else [])]
    led = _or(_is_forgotten(pointers, *each) for each in named)
    nobody = " and ".join(f"{pointers.expressions[column]} is null" for _, column in pointers.owners) or "true"
    connection.execute(
        f"create or replace temp table left_out as select _line from landed where ({owned}) or ({nobody} and ({led}))",
        padded(_key(settings)),
    )
    (count,) = connection.execute("select count(*) from left_out").fetchone()
    if count:
        connection.execute(
            f"""
            insert into rejected_lines
            select _line, null, {literal(LINE_REASONS["forgotten"])}, 'forgotten', {reason}
            from left_out
            """
        )
        connection.execute("delete from landed where _line in (from left_out)")
        result.loaded_count -= count
        result.rejected_count += count
        result.notes.append(f"{count:,} of its rows {'name' if count > 1 else 'names'} people who were erased.")


def _is_forgotten(pointers: Pointers, kind: str, column: str) -> str:
    text = f"{literal(_text(kind, ''))} || {pointers.expressions[column]}"
    return f"coalesce({keyed_hash(text)} in (from forgotten), false)"


def _or(conditions: Iterable[str]) -> str:
    return " or ".join(conditions) or "false"


def _text(kind: str, value: str) -> str:
    return f"{kind}:{value.strip()}"


def _hashes(settings: Settings) -> set[str]:
    return set(settings.forgotten.read_text().split()) if settings.forgotten.exists() else set()


def _key(settings: Settings) -> bytes:
    """A random key made with the first erasure: without it the list tells nothing about a guessed identifier."""
    path = settings.forgotten.with_suffix(".key")
    if not path.exists():
        write_private(path, secrets.token_hex(32))
    return bytes.fromhex(path.read_text())
