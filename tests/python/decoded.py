"""Every file below a folder as text, whatever it is packed in, so that a search finds what a reader would."""

import gzip
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq


def holding(folder: Path, *words: str) -> dict[str, set[str]]:
    """Paths below `folder` that hold a word, by word; a link is not followed, what it leads to is below or not ours."""
    found: dict[str, set[str]] = {word: set() for word in words}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        for text in texts(path):
            for word in words:
                if word in text:
                    found[word].add(path.relative_to(folder).as_posix())
    return {word: paths for word, paths in found.items() if paths}


def texts(path: Path) -> Iterator[str]:
    """The bytes of a file as they lie there, free blocks included, and its content decoded."""
    raw = path.read_bytes()
    yield raw.decode("utf-8", "replace")
    if raw.startswith(b"\x1f\x8b"):
        yield gzip.decompress(raw).decode("utf-8", "replace")
    elif raw.startswith(b"PAR1"):
        file = pq.ParquetFile(path)
        yield repr(file.schema_arrow.metadata)
        for batch in file.iter_batches():
            yield repr(batch.to_pydict())
    elif raw.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name).decode("utf-8", "replace")
    elif raw.startswith(b"SQLite format 3"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            yield "\n".join(connection.iterdump())
    elif raw[8:12] == b"DUCK":
        with duckdb.connect(path, read_only=True) as connection:
            for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
                yield repr(connection.execute(f'from "{schema}"."{table}"').fetchall())
