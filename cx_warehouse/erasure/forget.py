"""`cx forget`: the order of the steps, and what an interruption leaves to the next call."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field

import duckdb

from cx_warehouse.contract import connectors
from cx_warehouse.erasure import files, papers, published, raw
from cx_warehouse.erasure.files import Change
from cx_warehouse.erasure.person import EMAIL, Findings, Person, find
from cx_warehouse.errors import CxError
from cx_warehouse.landing.discover import tables_to_load
from cx_warehouse.landing.engine import loader_connection
from cx_warehouse.landing.forgotten import remember
from cx_warehouse.landing.ledger import settle
from cx_warehouse.landing.pointers import tells_addresses
from cx_warehouse.lock import acquire_lock
from cx_warehouse.private import write_private
from cx_warehouse.settings import Settings
from cx_warehouse.versions import versions


@dataclass
class Erased:
    """What went: ids of the person in how many tools, landed files written anew, rows of raw, rows of versions.

    `unsearched` are landed files that cannot be read, `dropped` versions that could not be copied.
    """

    id_count: int
    files: list[str] = field(default_factory=list)
    raw_count: int = 0
    version_counts: dict[str, int] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    unsearched: list[str] = field(default_factory=list)


def forget(settings: Settings, customer_id: str | None, emails: tuple[str, ...], rebuild: Callable[[], None]) -> Erased:
    """Erase a person everywhere; landing and raw first, then a version is built without them, then the older ones.

    Args:
        settings: landing and warehouse folders.
        customer_id: an id of theirs, in any tool; None to finish what was interrupted.
        emails: addresses to look for beside those that their own landed rows hold.
        rebuild: publishes a version from what is left.

    Raises:
        CxError: nobody has that id, or two people have it; raw was loaded with another key; there is nothing to finish.
    """
    with acquire_lock(settings):
        known = _resumed(settings)
        if customer_id is None and not known:
            raise CxError("No erasure was interrupted. Name a customer: `cx forget CUSTOMER_ID`.")
        given = customer_id.strip() if customer_id is not None else None
        settings = settings.model_copy(update={"connectors": _every_connector(settings)})
        if not known:
            _settle(settings)
        emails_known = known.pop("emails", set())
        found = find(settings, known, given)
        person = found.person
        person.emails |= set(emails) | emails_known | set(EMAIL.findall(given or ""))
        people = {table.id: table for table in tables_to_load(settings)}
        for held in found.landed:
            if held.lines and tells_addresses(held.table, people):
                person.emails |= files.addresses(held)
        _refuse_if_nowhere(settings, found)
        _write_journal(settings, person)
        remember(settings, person.identifiers)
        erased = Erased(len(person.ids))
        _erase_files(settings, found, erased)
        before = {version.id for version in versions(settings)}
        if before:
            # First, so that what is current is new and holds nothing of them.
            rebuild()
        for version in versions(settings):
            if version.id in before:
                _erase_version(settings, version, person, erased)
        papers.sweep(settings, person)
        # What a backfill has built can be built again.
        shutil.rmtree(settings.as_of_folder, ignore_errors=True)
        settings.erasure.unlink()
    return erased


def _settle(settings: Settings) -> None:
    """What a killed load has left is searched as all else is."""
    if settings.raw.is_dir():
        with loader_connection(settings) as connection:
            for table in tables_to_load(settings):
                settle(settings, table, connection)


def _every_connector(settings: Settings) -> list[str]:
    """The chosen connectors and those of which rows are loaded: what a run leaves out today holds people too."""
    loaded = {path.name.split(".")[0] for path in settings.raw.glob("*.parquet")} if settings.raw.is_dir() else set()
    return [*settings.connectors, *sorted(loaded & set(connectors()) - set(settings.connectors))]


def _refuse_if_nowhere(settings: Settings, found: Findings) -> None:
    if settings.erasure.exists() or found.raw or any(held.lines for held in found.landed):
        return
    ids = ", ".join(sorted(found.person.ids))
    raise CxError(
        f"No row that landed in {settings.landing} or was loaded into {settings.warehouse} is of customer {ids}. "
        "Give an id as crm.customers or a tool writes it."
    )


def _erase_files(settings: Settings, found: Findings, erased: Erased) -> None:
    changes: dict[str, dict[str, Change]] = {}
    for held in found.landed:
        if change := files.rewrite(held, found.person):
            erased.files.append(held.landed.name)
            changes.setdefault(held.table.id, {})[held.file_hash] = change
    for table, file in found.unread:
        try:
            if files.rewrite_unread(table.id, file, found.person):
                erased.files.append(file.name)
        except (OSError, EOFError, ValueError):
            erased.unsearched.append(file.name)
    for table in tables_to_load(settings) if settings.raw.is_dir() else []:
        own = [held for held in found.raw if held.table.id == table.id]
        erased.raw_count += raw.rewrite(settings, table, own, changes.get(table.id, {}), found.person)


def _erase_version(settings: Settings, version, person: Person, erased: Erased) -> None:
    try:
        if count := published.rewrite(settings, version, person):
            erased.version_counts[version.id] = count
    except duckdb.Error:
        if version.is_current:
            raise
        # A version that cannot be copied may hold them, so it goes.
        version.path.unlink()
        erased.dropped.append(version.id)


def _resumed(settings: Settings) -> dict[str, set[str]]:
    if not settings.erasure.exists():
        return {}
    return {kind: set(values) for kind, values in json.loads(settings.erasure.read_text()).items()}


def _write_journal(settings: Settings, person: Person) -> None:
    """Whom the erasure is about, since what it erases first is how their ids were found."""
    listed = {kind: sorted(values) for kind, values in person.identifiers.items() if values}
    write_private(settings.erasure, json.dumps(listed | {"emails": sorted(person.emails)}))
