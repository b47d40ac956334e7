"""Which files belong to which table."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from cx_warehouse.contract import SourceTable, connector_tables, connectors, contract_tables
from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings

# Longest first, so that `.csv.gz` is not taken for a `.gz`.
FORMATS = ("csv.gz", "jsonl.gz", "parquet", "jsonl", "csv")


@dataclass(frozen=True)
class LandedFile:
    """One file: `name` is its path below the landing folder with forward slashes, as text whatever bytes it is made of;
    `format` one of FORMATS."""

    path: Path
    name: str
    format: str


def tables_to_load(settings: Settings) -> list[SourceTable]:
    """The thirteen contract tables, then the export tables of the chosen connectors.

    Raises:
        CxError: a connector does not exist.
    """
    return [*contract_tables(), *(table for tool in settings.connectors for table in connector_tables(tool))]


def files_of(settings: Settings, table: SourceTable) -> tuple[list[LandedFile], list[str]]:
    """The files of one table, and the files in its folder that no reader knows.

    Args:
        settings: the landing folder.
        table: a contract table (its own folder), or an export table (globs over path components, split by bars).

    Returns:
        Files sorted by path, and the names of files with an unknown suffix. No folder is no files.

    Raises:
        CxError: the landing folder does not exist.
    """
    root = landing_folder(settings)
    known, unknown = [], []
    for path in _candidates(root, table):
        name = _name_below(root, path)
        kind = format_of(name)
        if kind:
            known.append(LandedFile(path, name, kind))
        elif table.files is None:
            unknown.append(name)
    return known, unknown


def unread_files(settings: Settings) -> list[tuple[str, str]]:
    """Files of the landing folder that a run does not read, each with the reason as a sentence.

    Raises:
        CxError: the landing folder does not exist.
    """
    found = [files_of(settings, table) for table in tables_to_load(settings)]
    claimed = {file.name for files, _ in found for file in files}
    return unclaimed_files(settings, claimed, {name for _, names in found for name in names})


def unclaimed_files(settings: Settings, claimed: set[str], ignored: set[str]) -> list[tuple[str, str]]:
    """Files of the landing folder that no table takes, each with the reason as a sentence."""
    root = landing_folder(settings)
    systems = {table.system for table in contract_tables()}
    tables = {table.id for table in contract_tables()}
    found = []
    unreadable: list[OSError] = []
    for path in _walk(root, unreadable.append):
        name = _name_below(root, path)
        if name in claimed:
            continue
        parts = name.split("/")
        if name in ignored:
            reason = f"Its suffix is not one of {', '.join('.' + kind for kind in sorted(FORMATS))}."
        elif parts[0] in systems and len(parts) > 2 and f"{parts[0]}.{parts[1]}" not in tables:
            names = ", ".join(sorted(table.split(".")[1] for table in tables if table.startswith(parts[0] + ".")))
            reason = f"The contract has no table {parts[0]}.{parts[1]}. There are: {names}."
        else:
            reason = "It lies in no folder <system>/<table>/ of the contract, and no chosen connector takes it."
        found.append((name, reason))
    for error in unreadable:
        found.append((_name_below(root, Path(error.filename)), f"The folder cannot be read ({error.strerror})."))
    return found


def landing_folder(settings: Settings) -> Path:
    """The landing folder.

    Raises:
        CxError: it does not exist, or is a file.
    """
    if not settings.landing.is_dir():
        raise CxError(f"There is no landing folder {settings.landing}. Name the folder of your files with --landing.")
    return settings.landing


def format_of(name: str) -> str | None:
    """One of FORMATS by the suffix of a file name, whatever its case; None when no reader knows it."""
    return next((kind for kind in FORMATS if name.lower().endswith("." + kind)), None)


def is_text(path: str) -> bool:
    """Whether a path can be written down; on most systems a name may be any bytes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _name_below(root: Path, path: Path) -> str:
    return os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "backslashreplace")


def _candidates(root: Path, table: SourceTable) -> Iterator[Path]:
    if table.files is None:
        yield from _walk(root / table.system / table.name)
        return
    own = root / table.system
    base = own if own.is_dir() else root
    # Without a folder of its own an export lies among the contract's folders, whose names may match its glob as well.
    contract_folders = set() if base == own else {(entry.system, entry.name) for entry in contract_tables()}
    # Two tools may both have a table of tickets: what lies in the folder of another tool is that tool's.
    other_tools = set() if base == own else set(connectors())
    # What lies among the contract's folders may be anybody's.
    for path in _walk(base, _ignore if base == root else _stop):
        parts = path.relative_to(base).parts
        if parts[:2] in contract_folders or parts[0] in other_tools:
            continue
        if any(fnmatchcase(part, glob) for part in parts for glob in table.files.split("|")):
            yield path


def _stop(error: OSError) -> None:
    """A folder that is not there holds nothing; of one that cannot be read nobody knows what it holds."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        folder = os.fsencode(error.filename).decode("utf-8", "backslashreplace")
        raise CxError(f"The folder {folder} cannot be read ({error.strerror}). Check that it may be read.")


def _ignore(_error: OSError) -> None:
    pass


def _walk(folder: Path, on_error: Callable[[OSError], None] = _stop) -> Iterator[Path]:
    """Every file below, sorted, through links to folders too; hidden files, folders such as _temporary and markers such
    as _SUCCESS left out. A file may have any other name."""
    seen = set()
    for parent, folders, files in os.walk(folder, onerror=on_error, followlinks=True):
        # A link to a folder above would lead round in circles.
        real = os.path.realpath(parent)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        for name in sorted(files):
            if not name.startswith(".") and (not name.startswith("_") or format_of(name)):
                yield Path(parent) / name
