"""Landed files without a person's rows: the one exception to their immutability. Every other byte stays."""

import gzip
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cx_warehouse.erasure.person import EMAIL, Held, Person
from cx_warehouse.landing.discover import LandedFile
from cx_warehouse.landing.pointers import PEOPLE
from cx_warehouse.landing.scan import content_hash


@dataclass
class Change:
    """What became of one content: its new hash and size (null: no file holds it any more), the physical lines gone."""

    file_hash: str | None
    file_bytes: int
    lines: list[int]


def addresses(held: Held) -> set[str]:
    """E-mail addresses in the person's own rows of one landed file of people."""
    if held.landed.format == "parquet":
        table = pq.read_table(held.landed.path, partitioning=None)
        own = table.take(pa.array([line - 1 for line, _ in held.lines]))
        text = " ".join(str(value) for column in own.columns for value in column.to_pylist())
    else:
        gone = _spanned(held)
        text = " ".join(line for number, line in enumerate(_lines(held.landed), 1) if number in gone)
    return set(EMAIL.findall(text))


def rewrite(held: Held, person: Person) -> Change | None:
    """Take the person's rows out of one landed file; None when nothing in it is theirs.

    In rows that stay their addresses become ***, but for crm.customers, where a shared address is another's too. Lines
    that no reader took (rejects) go when they hold an identifier.
    """
    if held.landed.format == "parquet":
        return _rewrite_parquet(held, person)
    words, rejected, gone = person.words(), set(held.rejected), _spanned(held)
    changed = without_addresses(held.table.id, person)
    is_mentioned = False
    for number, line in enumerate(_lines(held.landed), 1):
        is_mentioned = is_mentioned or changed(line) != line
        if number in rejected and words.search(line):
            gone.add(number)
    if not gone and not is_mentioned:
        return None
    written = _rewrite_text(held.landed, gone, changed)
    return Change(content_hash(held.landed.path), written, sorted(gone))


def rewrite_unread(table_id: str, file: LandedFile, person: Person) -> int:
    """Take the lines that hold an identifier or address of the person out of a file that no reader takes.

    Returns:
        How many lines went.

    Raises:
        OSError, EOFError, ValueError: the file cannot be searched.
    """
    if file.format == "parquet" or (file.path.exists() and not file.path.is_file()):
        raise ValueError("a Parquet file that cannot be read, or a pipe")
    words = person.words()
    gone = {number for number, line in enumerate(_lines(file, "strict"), 1) if words.search(line)}
    if gone:
        _rewrite_text(file, gone, without_addresses(table_id, person))
    return len(gone)


def _spanned(held: Held) -> set[int]:
    return {number for line, newlines in held.lines for number in range(line, line + newlines + 1)}


def without_addresses(table_id: str, person: Person) -> Callable[[str], str]:
    """What becomes of a text that stays."""
    if table_id == PEOPLE or not person.emails:
        return lambda line: line
    pattern = re.compile("|".join(re.escape(email) for email in sorted(person.emails)), re.IGNORECASE)
    return lambda line: pattern.sub("***", line)


def _open(file: LandedFile):
    return gzip.open(file.path, "rb") if file.format.endswith(".gz") else file.path.open("rb")


def _lines(file: LandedFile, errors: str = "surrogateescape"):
    with _open(file) as stream:
        for line in stream:
            yield line.decode("utf-8", errors)


def _rewrite_text(file: LandedFile, gone: set[int], changed: Callable[[str], str]) -> int:
    part = _part(file.path)
    with part.open("wb") as raw:
        # No name and no time in the gzip header, so that equal content gives equal bytes.
        stream = gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if file.format.endswith(".gz") else raw
        for number, line in enumerate(_lines(file), 1):
            if number not in gone:
                stream.write(changed(line).encode("utf-8", "surrogateescape"))
        if stream is not raw:
            stream.close()
    return _replace(part, file.path)


def _rewrite_parquet(held: Held, person: Person) -> Change | None:
    path = held.landed.path
    original = pq.ParquetFile(path)
    table = original.read()
    gone = {line - 1 for line, _ in held.lines}
    kept = table.filter(pa.array([row not in gone for row in range(table.num_rows)]))
    kept = replace_in(kept, without_addresses(held.table.id, person))
    if kept.equals(table):
        return None
    part = _part(path)
    pq.write_table(kept, part, compression=_compression(original))
    return Change(content_hash(part), _replace(part, path), sorted(line for line, _ in held.lines))


def replace_in(table: pa.Table, changed: Callable[[str], str]) -> pa.Table:
    """The table with every text put through `changed`."""
    for at, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            values = [value if value is None else changed(value) for value in table.column(at).to_pylist()]
            table = table.set_column(at, field, pa.chunked_array([pa.array(values, field.type)]))
    return table


def _compression(file: pq.ParquetFile) -> str:
    if not file.metadata.num_row_groups or not file.metadata.num_columns:
        return "zstd"
    name = file.metadata.row_group(0).column(0).compression.lower()
    return "none" if name == "uncompressed" else name


def _part(path: Path) -> Path:
    # Hidden files are never loaded. Where a link was landed its file may lie on another disk, onto which nothing can be
    # renamed.
    target = path.resolve()
    return target.with_name(f".{target.name}.part")


def _replace(part: Path, path: Path) -> int:
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    target = path.resolve()
    shutil.copymode(target, part)
    size = part.stat().st_size
    part.replace(target)
    return size
