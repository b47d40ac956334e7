"""Every file below a folder as text, whatever it is packed in, so that a search finds what a reader would."""

import gzip
import re
import sqlite3
import zipfile
import zlib
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
    elif raw.startswith(b"%PDF-"):
        yield from _of_pdf(raw)
    elif raw.startswith(b"SQLite format 3"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            yield "\n".join(connection.iterdump())
    elif raw[8:12] == b"DUCK":
        with duckdb.connect(path, read_only=True) as connection:
            for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
                yield repr(connection.execute(f'from "{schema}"."{table}"').fetchall())


_SHOWN = re.compile(rb"\[((?:\((?:[^()\\]|\\.)*\)|[^\]()])*)\]\s*TJ", re.DOTALL)
_LITERAL = re.compile(rb"\(((?:[^()\\]|\\.)*)\)", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_CONTROLS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _of_pdf(raw: bytes) -> Iterator[str]:
    """What the streams of a PDF hold and what its pages show (ISO 32000-1, 7.3.4.2 and 9.10.3), a line after the other.

    A page says by number which glyphs it shows, and each font by a table which letter a glyph is. Every line is read
    with every table: of the wrong ones come letters that mean nothing.
    """
    streams = []
    for match in re.finditer(rb"stream\r?\n", raw):
        try:
            streams.append(zlib.decompressobj().decompress(raw[match.end() :]))
        except zlib.error:
            continue  # not packed, so it lies in the file as it is
    yield from (stream.decode("latin-1") for stream in streams)
    fonts = [
        {int(glyph, 16): bytes.fromhex(letter.decode()).decode("utf-16-be") for glyph, letter in pairs}
        for stream in streams
        if (pairs := re.findall(rb"<([0-9A-F]{4})> <((?:[0-9A-F]{4})+)>\n", stream)) and b"beginbfchar" in stream
    ]
    for shown in (shown for stream in streams for shown in _SHOWN.findall(stream)):
        glyphs = b"".join(_ESCAPED.sub(_unescaped, literal) for literal in _LITERAL.findall(shown))
        numbers = [int.from_bytes(glyphs[at : at + 2]) for at in range(0, len(glyphs), 2)]
        yield from ("".join(font.get(number, "\N{REPLACEMENT CHARACTER}") for number in numbers) for font in fonts)


def _unescaped(match: re.Match[bytes]) -> bytes:
    said = match[1]
    return bytes([int(said, 8)]) if said.isdigit() else _CONTROLS.get(said, said)
