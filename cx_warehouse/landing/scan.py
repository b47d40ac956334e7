"""One pass over the bytes of a text file before any parser sees it: is it whole, is it text, how many lines has it.

Parsers accept half a gzip stream, stop at a NUL and guess at encodings; whatever they do is judged against this.
"""

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cx_warehouse.landing.discover import LandedFile
from cx_warehouse.landing.report import Refusal

CHUNK_BYTES = 8 * 1024 * 1024
HEAD_BYTES = 1024 * 1024

_NEWLINE, _RETURN = 10, 13
_SIGNATURES = {
    b"PK\x03\x04": "a ZIP or Excel file",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
}


@dataclass(frozen=True)
class Scan:
    """What a text file is made of.

    Attributes:
        line_count: physical lines: newlines, and a last line without one.
        blank_lines: numbers of the lines that hold nothing (a carriage return aside), ascending, first line is 1.
        crlf_count: lines that end in CRLF.
        head: the first MiB, without a byte-order mark.
        has_quotes: whether a double quote stands anywhere in it.
        has_at_signs: whether an @ does.
    """

    line_count: int
    blank_lines: np.ndarray
    crlf_count: int
    head: bytes
    has_quotes: bool
    has_at_signs: bool


def content_hash(path: Path) -> str:
    """SHA-256 of a file as it lies there (compressed, where it is compressed)."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def chunks(file: LandedFile) -> Iterator[bytes]:
    """The content in pieces, decompressed.

    Raises:
        Refusal: the gzip stream is cut short or damaged.
    """
    opened = gzip.open if file.format.endswith(".gz") else open
    try:
        with opened(file.path, "rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk
    except EOFError:
        raise Refusal("unreadable_gzip", "is a gzip file that is cut short. Copy it again from its source.") from None
    except (gzip.BadGzipFile, zlib.error):
        raise Refusal("unreadable_gzip", "is no intact gzip file. Copy it again from its source.") from None


def scan(file: LandedFile) -> Scan:
    """Read the whole file once.

    Raises:
        Refusal: damaged, empty, not UTF-8, with NUL bytes, or of another format than its name says.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    head, newline_count, crlf_count, blanks = b"", 0, 0, []
    line_start, offset, previous = 0, 0, b"\n"
    has_quotes = has_at_signs = False
    for chunk in chunks(file):
        if not offset:
            _refuse_other_formats(chunk, file)
        if len(head) < HEAD_BYTES:
            head += chunk[: HEAD_BYTES - len(head)]
        _refuse_unless_text(chunk, decoder, newline_count)
        has_quotes = has_quotes or b'"' in chunk
        has_at_signs = has_at_signs or b"@" in chunk
        newlines = np.flatnonzero(np.frombuffer(chunk, np.uint8) == _NEWLINE)
        if len(newlines):
            starts = np.concatenate(([line_start - offset], newlines[:-1] + 1))
            before = np.frombuffer(previous + chunk, np.uint8)[newlines]
            lengths = newlines - starts
            is_crlf = (before == _RETURN) & (lengths > 0)
            crlf_count += int(is_crlf.sum())
            blanks.append(np.flatnonzero(lengths - is_crlf == 0) + newline_count + 1)
            newline_count += len(newlines)
            line_start = offset + int(newlines[-1]) + 1
        offset += len(chunk)
        previous = chunk[-1:]
    if not offset:
        raise Refusal("empty_file", "is empty. Delete it, or land it with a header line when there is nothing to say.")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _not_utf8(newline_count + 1) from None
    if not newline_count and b"\r" in head.rstrip(b"\r"):
        raise Refusal(
            "mixed_line_ends", "ends its lines in a carriage return alone. Save it with line feeds (LF) or CRLF."
        )
    return Scan(
        line_count=newline_count + (line_start < offset),
        blank_lines=np.concatenate([*blanks, np.empty(0, np.int64)]).astype(np.int64),
        crlf_count=crlf_count,
        head=head.removeprefix(codecs.BOM_UTF8),
        has_quotes=has_quotes,
        has_at_signs=has_at_signs,
    )


def lines_at(file: LandedFile, positions: np.ndarray) -> np.ndarray:
    """Numbers of the physical lines that begin at byte positions.

    Args:
        file: a text file.
        positions: offsets into the decompressed content, from 0, ascending.

    Raises:
        Refusal: a position is not the start of a line, so the parser and this reading disagree.
    """
    lines = np.zeros(len(positions), np.int64)
    offset = newline_count = 0
    previous = b"\n"
    for chunk in chunks(file):
        first, last = np.searchsorted(positions, [offset, offset + len(chunk)])
        within = positions[first:last] - offset
        newlines = np.flatnonzero(np.frombuffer(chunk, np.uint8) == _NEWLINE)
        starts_line = np.frombuffer(previous + chunk, np.uint8)[within] == _NEWLINE
        # A byte-order mark stands before the first line.
        if not (starts_line | (within + offset == len(codecs.BOM_UTF8))).all():
            raise Refusal(
                "unbalanced", "has records that cannot be located. Look for quotes that are opened and not closed."
            )
        lines[first:last] = newline_count + np.searchsorted(newlines, within) + 1
        newline_count += len(newlines)
        offset += len(chunk)
        previous = chunk[-1:]
    return lines


def _refuse_other_formats(chunk: bytes, file: LandedFile) -> None:
    for signature, what in _SIGNATURES.items():
        if chunk.startswith(signature):
            raise Refusal("wrong_format", f"is {what}, not {file.format}. Export it again, or give it its true suffix.")
    start = chunk[:1000].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        raise Refusal(
            "wrong_format", "is a web page or XML (an error page of a download, perhaps). Export the data again."
        )


def _refuse_unless_text(chunk: bytes, decoder: codecs.IncrementalDecoder, newline_count: int) -> None:
    nul = chunk.find(b"\0")
    if nul >= 0:
        line = newline_count + chunk.count(b"\n", 0, nul) + 1
        raise Refusal("nul_bytes", f"holds a NUL byte in line {line}. Export it again as UTF-8 text.")
    pending = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        before = max(error.start - pending, 0)
        raise _not_utf8(newline_count + chunk.count(b"\n", 0, before) + 1) from None


def _not_utf8(line: int) -> Refusal:
    return Refusal("not_utf8", f"is not UTF-8: line {line} holds other bytes. Save it as UTF-8.")
