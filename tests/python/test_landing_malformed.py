"""Files as they should not be: each is refused with its reason, or loses exactly the lines that are wrong.

Most were seen to lose rows silently, or to load them into the wrong columns, when DuckDB's own rejects were trusted.
"""

import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from compiled import world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from landing_files import HEADER, ROW, Landing, assert_balanced

from cx_warehouse.landing import check
from cx_warehouse.landing.report import FILE_REASONS

ROWS = b"".join(b"s%d,o%d,2026-01-01\n" % (number, number) for number in range(2_000))
GZIP = gzip.compress(HEADER + ROWS, mtime=0)


def parquet(**columns) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def twice_named() -> bytes:
    stream = io.BytesIO()
    names = ["shipment_id", "order_id", "updated_at", "Order_ID"]
    pq.write_table(pa.Table.from_arrays([pa.array(["x"])] * 4, names=names), stream)
    return stream.getvalue()


WHOLE = parquet(shipment_id=["s1"], order_id=["o1"], updated_at=["2026-01-01"])
UNCLOSED_LATE = HEADER + ROWS[:20_000].rsplit(b"\n", 1)[0] + b'\ns,"o,2026-01-01\n' + ROWS

# name → file, bytes, kind of refusal, a part of the sentence
REFUSED = {
    "no bytes": ("a.csv", b"", "empty_file", "empty"),
    "no bytes in gzip": ("a.csv.gz", gzip.compress(b""), "empty_file", "empty"),
    "no bytes in jsonl": ("a.jsonl", b"", "empty_file", "empty"),
    "no bytes in parquet": ("a.parquet", b"", "empty_file", "empty"),
    "blank lines only": ("a.csv", b"\n\r\n\n", "empty_file", "blank lines"),
    "no header": ("a.csv", ROW + ROW, "missing_required_column", "names no column of the contract"),
    "renamed header": (
        "a.csv",
        b"shipment_id,order_number,updated_at\n" + ROW,
        "missing_required_column",
        "lacks the required column order_id (text: Of which order.",
    ),
    "header in another language": ("a.csv", b"Sendung,Auftrag,Stand\n" + ROW, "missing_required_column", "shipment_id"),
    "required column missing": ("a.csv", b"shipment_id,order_id\ns,o\n", "missing_required_column", "updated_at"),
    "column twice": ("a.csv", b"shipment_id,order_id,updated_at,Order_ID\n1,2,3,4\n", "duplicate_column", "twice"),
    "unknown column twice": ("a.csv", b"shipment_id,order_id,updated_at,x,x\n", "duplicate_column", "same name"),
    "html page": ("a.csv", b"<!DOCTYPE html>\n<html><body>502</body></html>\n", "wrong_format", "web page"),
    "html page in gzip": ("a.csv.gz", gzip.compress(b"\n <html>"), "wrong_format", "web page"),
    "html page as jsonl": ("a.jsonl", b"<html></html>", "wrong_format", "web page"),
    "xml": ("a.csv", b'<?xml version="1.0"?><a/>', "wrong_format", "XML"),
    "spreadsheet": ("a.csv", b"PK\x03\x04" + bytes(100), "wrong_format", "Excel"),
    "parquet as csv": ("a.csv", WHOLE, "wrong_format", "Parquet"),
    "gzip as csv": ("a.csv", GZIP, "wrong_format", "gzip"),
    "csv as gzip": ("a.csv.gz", HEADER + ROW, "unreadable_gzip", "gzip"),
    "truncated gzip": ("a.csv.gz", GZIP[: len(GZIP) // 2], "unreadable_gzip", "cut short"),
    "gzip without its end": ("a.csv.gz", GZIP[:-4], "unreadable_gzip", "cut short"),
    "corrupt gzip": ("a.csv.gz", GZIP[:900] + b"\xff" * 40 + GZIP[940:], "unreadable_gzip", "no intact gzip"),
    "gzip with a wrong checksum": ("a.csv.gz", GZIP[:-8] + bytes(8), "unreadable_gzip", "no intact gzip"),
    "garbage after gzip": ("a.csv.gz", GZIP + b"garbage", "unreadable_gzip", "no intact gzip"),
    "truncated gzip of jsonl": ("a.jsonl.gz", gzip.compress(b'{"a":1}\n' * 99)[:-9], "unreadable_gzip", "cut short"),
    "nul byte": ("a.csv", HEADER + ROW + b"s2,o\x002,2026-01-01\n", "nul_bytes", "line 3"),
    "nul byte in jsonl": ("a.jsonl", b'{"shipment_id":"\x00"}\n', "nul_bytes", "line 1"),
    "nul byte in parquet": (
        "a.parquet",
        parquet(shipment_id=["s", "s"], order_id=["o", "o\x00"], updated_at=["t", "t"]),
        "nul_bytes",
        "row 2",
    ),
    "latin-1": ("a.csv", HEADER + ROW + "s2,ö,2026-01-01\n".encode("latin-1"), "not_utf8", "line 3"),
    "utf-8 cut in a letter": ("a.csv", HEADER + b"s2,o,\xc3", "not_utf8", "line 2"),
    "utf-16": ("a.csv", (HEADER + ROW).decode().encode("utf-16"), "wrong_format", "UTF-16"),
    "utf-16 without a mark": ("a.csv", (HEADER + ROW).decode().encode("utf-16-le"), "nul_bytes", "line 1"),
    "carriage returns alone": ("a.csv", (HEADER + ROW).replace(b"\n", b"\r"), "mixed_line_ends", "carriage return"),
    "line ends mixed": ("a.csv", HEADER + ROW.replace(b"\n", b"\r\n") + ROW, "mixed_line_ends", "1 lines end in CRLF"),
    "carriage return in a field": ("a.csv", HEADER + b"s,o\ro,2026-01-01\n" + ROW, "unreadable_csv", "RFC 4180"),
    "quote open to the end": ("a.csv", HEADER + ROW + b's2,"o2,2026-01-01\n' + ROW, "unbalanced", "4 physical lines"),
    "quote open, 2,000 rows": ("a.csv", HEADER + b's2,"o2,2026-01-01\n' + ROWS, "unbalanced", "2,002 physical lines"),
    "quote open in the middle": ("a.csv", UNCLOSED_LATE, "unbalanced", "after line"),
    "quote open until the next one": (
        "a.csv",
        HEADER + b's1,"o1,2026-01-01\n' + ROW + b's3,"o3",2026-01-01\n' + ROW,
        "unclosed_quote",
        "in line 2",
    ),
    "record of 4 MB over many lines": (
        "a.csv",
        HEADER + b's1,"' + b"x" * 99 + b"\n" * 4_000_000 + b'",2026-01-01\n' + ROW,
        "unbalanced",
        "4,000,003 physical lines",
    ),
    "one json document": (
        "a.jsonl",
        b'[\n{\n"shipment_id": "s1"\n}\n]\n',
        "wrong_format",
        "One object per line".lower(),
    ),
    "json array on a line": ("a.jsonl", b'[{"shipment_id": "s1"}]\n', "wrong_format", "no JSON object"),
    "csv as jsonl": ("a.jsonl", HEADER + ROW, "wrong_format", "no JSON object"),
    "json without a required key": ("a.jsonl", b'{"shipment_id": "s1"}\n', "missing_required_column", "order_id"),
    "json of empty objects": ("a.jsonl", b"{}\n{}\n", "no_known_column", "empty objects"),
    "json with data as keys": (
        "a.jsonl",
        b'{"shipment_id":1,"order_id":1,"updated_at":1}\n' + b"".join(b'{"k%d":1}\n' % n for n in range(1_500)),
        "too_many_columns",
        "1,500 columns",
    ),
    "csv as parquet": ("a.parquet", HEADER + ROW, "unreadable_parquet", "no intact Parquet"),
    "truncated parquet": ("a.parquet", WHOLE[:-10], "unreadable_parquet", "no intact Parquet"),
    "parquet with a broken footer": (
        "a.parquet",
        WHOLE[:-60] + b"\xff" * 52 + WHOLE[-8:],
        "unreadable_parquet",
        "no intact",
    ),
    "parquet with a column twice": ("a.parquet", twice_named(), "duplicate_column", "Order_ID twice"),
    "parquet without a required column": (
        "a.parquet",
        parquet(shipment_id=["s"]),
        "missing_required_column",
        "order_id",
    ),
    "byte-order mark only": ("a.csv", b"\xef\xbb\xbf", "empty_file", "nothing but blank"),
    "byte-order mark of UTF-16, other byte order": ("a.csv", b"\xfe\xff" + bytes(9), "wrong_format", "UTF-16"),
    "utf-16 as jsonl": ("a.jsonl", '{"shipment_id":1}'.encode("utf-16"), "wrong_format", "UTF-16"),
    "utf-32": ("a.csv", (HEADER + ROW).decode().encode("utf-32-be"), "nul_bytes", "line 1"),
    "windows-1252": ("a.csv", HEADER + ROW + "s2,“o”,t\n".encode("cp1252"), "not_utf8", "line 3"),
    "half of a surrogate pair": ("a.csv", HEADER + b"s2,\xed\xa0\x80,t\n", "not_utf8", "line 2"),
    "utf-8 that is longer than need be": ("a.csv", HEADER + b"s2,\xc0\xaf,t\n", "not_utf8", "line 2"),
    "latin-1 in the header": ("a.csv", "Größe,".encode("latin-1") + HEADER + ROW, "not_utf8", "line 1"),
    "latin-1 in gzipped jsonl": ("a.jsonl.gz", gzip.compress(b'{"a":"\xe9"}\n'), "not_utf8", "line 1"),
    "carriage returns alone in gzip": (
        "a.csv.gz",
        gzip.compress((HEADER + ROW).replace(b"\n", b"\r")),
        "mixed_line_ends",
        "carriage return",
    ),
    "the last line alone in LF": (
        "a.csv",
        (HEADER + ROW).replace(b"\n", b"\r\n") + ROW + b"s3,o3,t",
        "mixed_line_ends",
        "2 lines end in CRLF",
    ),
    "a title above the header": ("a.csv", b"Shipments of May\n" + HEADER + ROW, "missing_required_column", "no column"),
    "a word to the spreadsheet": ("a.csv", b"sep=;\n" + HEADER + ROW, "missing_required_column", "no column"),
    "a delimiter of its own": (
        "a.csv",
        (HEADER + ROW).replace(b",", b"^"),
        "missing_required_column",
        "shipment_id",
    ),
    "columns of fixed width": (
        "a.csv",
        b"shipment_id order_id updated_at\ns1          o1       2026-01-01\n",
        "missing_required_column",
        "no column",
    ),
    "quote open in the header": ("a.csv", b'"' + HEADER + ROW, "missing_required_column", "shipment_id"),
    "column twice but for blanks": (
        "a.csv",
        b"shipment_id, order_id ,updated_at,order_id\n",
        "duplicate_column",
        "twice",
    ),
    "jsonl as csv": ("a.csv", b'{"shipment_id":"s","order_id":"o"}\n', "missing_required_column", "no column"),
    "statements of SQL": ("a.csv", b"insert into t values (1);\n", "missing_required_column", "no column"),
    "old spreadsheet": ("a.csv", b"\xd0\xcf\x11\xe0" + bytes(99), "wrong_format", "old Excel"),
    "parquet in gzip": ("a.csv.gz", gzip.compress(WHOLE), "wrong_format", "Parquet"),
    "gzip in gzip": ("a.csv.gz", gzip.compress(GZIP), "wrong_format", "gzip"),
    "gzip cut in its first bytes": ("a.csv.gz", GZIP[:5], "unreadable_gzip", "cut short"),
    "gzip whose second member is cut": ("a.csv.gz", GZIP + GZIP[:-20], "unreadable_gzip", "cut short"),
    "words of another language for an object": (
        "a.jsonl",
        b"{'shipment_id': 's', 'order_id': None}\n",
        "wrong_format",
        "no JSON object",
    ),
    "json with commas after the objects": ("a.jsonl", b'{"shipment_id":"s"},\n' * 3, "wrong_format", "no JSON object"),
    "json nested 100,000 deep": ("a.jsonl", b"[" * 100_000 + b"]" * 100_000, "wrong_format", "no JSON object"),
    "parquet of no column": ("a.parquet", parquet(), "unreadable_parquet", "no intact"),
    "parquet twice in one file": ("a.parquet", WHOLE + WHOLE[:40], "unreadable_parquet", "no intact"),
    "parquet without its first bytes": ("a.parquet", WHOLE[30:], "unreadable_parquet", "no intact"),
    "parquet with zeros in the middle": (
        "a.parquet",
        WHOLE[:20] + bytes(len(WHOLE) // 3) + WHOLE[20 + len(WHOLE) // 3 :],
        "unreadable_parquet",
        "no intact",
    ),
}

# name → file, bytes, rows loaded, (line, kind, found) of what is rejected
REJECTED = {
    "too few fields": ("a.csv", HEADER + b"s,o\n" + ROW, 1, [(2, "too_few_fields", "2 fields")]),
    "one field": ("a.csv", HEADER + ROW + b"   \n", 1, [(3, "too_few_fields", "1 field")]),
    "too many fields": ("a.csv", HEADER + ROW + b"1,2,3,4,5,6,7\n" + ROW, 2, [(3, "too_many_fields", "7 fields")]),
    "ragged with a newline inside": (
        "a.csv",
        HEADER + b's,"o\n\no"\n' + ROW + b's,"o\no",1,2\n' + ROW,
        2,
        [(2, "too_few_fields", "2 fields"), (6, "too_many_fields", "4 fields")],
    ),
    "ragged only": (
        "a.csv",
        HEADER + b"s,o\n1,2,3,4",
        0,
        [(2, "too_few_fields", "2 fields"), (3, "too_many_fields", "4 fields")],
    ),
    "blank lines": (
        "a.csv",
        b"\n" + HEADER + b"\n" + ROW + b"\n\n",
        1,
        [
            (1, "blank_line", "a blank line"),
            (3, "blank_line", "a blank line"),
            (5, "blank_line", "a blank line"),
            (6, "blank_line", "a blank line"),
        ],
    ),
    "blank lines in CRLF": (
        "a.csv.gz",
        (HEADER + b"\n" + ROW + b's,"o\n\no",t\n').replace(b"\n", b"\r\n"),
        2,
        [(2, "blank_line", "a blank line")],
    ),
    "quote inside a field": ("a.csv", HEADER + b's,"o" x,t\n' + ROW, 1, [(2, "stray_quote", "a quote inside a field")]),
    "field of 40 MB": (
        "a.csv",
        HEADER + ROW + b's2,"' + b"x" * 40_000_000 + b'",2026-01-01\n' + ROW,
        2,
        [(3, "line_too_long", "more than 2 MiB")],
    ),
    "json that is none": (
        "a.jsonl",
        b'{"shipment_id":"s","order_id":"o","updated_at":"t"}\n{"shipment_id":\n\n[1]\n{"order_id":1,"Order_ID":2}\n',
        1,
        [
            (2, "invalid_json", "text that is not JSON"),
            (3, "blank_line", "a blank line"),
            (4, "not_an_object", "JSON that is not an object"),
            (5, "duplicate_key", "a key that occurs twice"),
        ],
    ),
    "lines after the data": ("a.csv", HEADER + ROW + b"(1 row affected)\n", 1, [(3, "too_few_fields", "1 field")]),
    "the end-of-file letter of old machines": ("a.csv", HEADER + ROW + b"\x1a", 1, [(3, "too_few_fields", "1 field")]),
    "decimal comma without quotes": (
        "a.csv",
        b"shipment_id,order_id,updated_at,shipping_cost_amount\ns,o,t,1,50\n",
        0,
        [(2, "too_many_fields", "5 fields")],
    ),
    "commas between thousands": (
        "a.csv",
        b"shipment_id,order_id,updated_at,shipping_cost_amount\ns,o,t,1,234,567.50\ns,o,t,1\n",
        1,
        [(2, "too_many_fields", "6 fields")],
    ),
    "ragged between semicolons": (
        "a.csv",
        (HEADER + b"s,o\n" + ROW).replace(b",", b";"),
        1,
        [(2, "too_few_fields", "2 fields")],
    ),
    "a delimiter that changes after the header": (
        "a.csv",
        HEADER + b"s;o;t\n" + ROW,
        1,
        [(2, "too_few_fields", "1 field")],
    ),
    "quotes escaped by a backslash": (
        "a.csv",
        HEADER + b's,"o \\" x",t\n' + ROW,
        1,
        [(2, "stray_quote", "a quote inside a field")],
    ),
    "json of two objects on a line": (
        "a.jsonl",
        b'{"shipment_id":"s","order_id":"o","updated_at":"t"}\n{"shipment_id":"s"}{"shipment_id":"s"}\n',
        1,
        [(2, "invalid_json", "text that is not JSON")],
    ),
    "json with a byte-order mark in the middle": (
        "a.jsonl",
        b'{"shipment_id":"s","order_id":"o","updated_at":"t"}\n\xef\xbb\xbf{"shipment_id":"s"}\n',
        1,
        [(2, "invalid_json", "text that is not JSON")],
    ),
    "json with a NUL in a text or a key": (
        "a.jsonl",
        b'{"shipment_id":"s","order_id":"o\\\\u0000","updated_at":"t"}\n'
        b'{"shipment_id":"s","order_id":"o\\u0000","updated_at":"t"}\n'
        b'{"shipment_id":"s","order_id":"\\\\\\u0000","updated_at":"t"}\n'
        b'{"shipment_id":"s","order_id":"o","updated_at":"t","\\u0000":1}\n',
        1,
        [(line, "nul_character", "a NUL character") for line in (2, 3, 4)],
    ),
    "json cut in the last line": (
        "a.jsonl.gz",
        b'{"shipment_id":"s","order_id":"o","updated_at":"t"}\n{"shipment_id":"s","ord',
        1,
        [(2, "invalid_json", "text that is not JSON")],
    ),
}

INSTANT = "an ISO 8601 instant such as 2026-03-01T14:00:00Z"
DECIMAL = "a decimal number below a million million, such as 12.50"
STATUS = "one of placed, shipped, delivered, cancelled, returned"

# name → column of orders, text in it, what is said to be found, what was expected
UNREADABLE = {
    "day that does not exist": ("ordered_at", "2026-02-30", "2026-02-30", INSTANT),
    "month that does not exist": ("ordered_at", "2026-13-01", "2026-13-01", INSTANT),
    "year 10000": ("ordered_at", "10000-01-01", "10000-01-01", INSTANT),
    "hour 25": ("ordered_at", "2026-01-01T25:00:00Z", "2026-01-01T25:00:00Z", INSTANT),
    "minute 60": ("ordered_at", "2026-01-01T10:60:00Z", "2026-01-01T10:60:00Z", INSTANT),
    "day before month": ("ordered_at", "31/12/2026", "31/12/2026", INSTANT),
    "month before day": ("ordered_at", "12/31/2026", "12/31/2026", INSTANT),
    "date with dots": ("ordered_at", "31.12.2026", "31.12.2026", INSTANT),
    "date in words": ("ordered_at", "31 December 2026", "31 December 2026", INSTANT),
    "date without dashes": ("ordered_at", "20261231", "20261231", INSTANT),
    "year of two digits": ("ordered_at", "26-12-31", "26-12-31", INSTANT),
    "seconds since 1970": ("ordered_at", "1767225600", "1767225600", INSTANT),
    "days of a spreadsheet": ("ordered_at", "46022.5", "46022.5", INSTANT),
    "time alone": ("ordered_at", "10:00", "10:00", INSTANT),
    "digits of another script": ("ordered_at", "２０２６-01-01", "２０２６-01-01", INSTANT),
    "infinity as an instant": ("ordered_at", "infinity", "infinity", INSTANT),
    "the header again": ("ordered_at", "ordered_at", "ordered_at", INSTANT),
    "instant that is missing": ("ordered_at", "", "nothing", INSTANT),
    "instant of blanks": ("ordered_at", "   ", "nothing", INSTANT),
    "decimal comma": ("amount", '"1,50"', "1,50", DECIMAL),
    "comma between thousands": ("amount", '"1,234.50"', "1,234.50", DECIMAL),
    "blank between thousands": ("amount", "1 234.50", "1 234.50", DECIMAL),
    "currency in the number": ("amount", "€5", "€5", DECIMAL),
    "minus at the end": ("amount", "5-", "5-", DECIMAL),
    "minus of typographers": ("amount", "−5", "−5", DECIMAL),
    "loss in brackets": ("amount", "(5)", "(5)", DECIMAL),
    "two points": ("amount", "1.2.3", "1.2.3", DECIMAL),
    "not a number": ("amount", "NaN", "NaN", DECIMAL),
    "infinity": ("amount", "inf", "inf", DECIMAL),
    "hexadecimal": ("amount", "0x10", "0x10", DECIMAL),
    "number too big for any column": ("amount", "1e40", "1e40", DECIMAL),
    "2^63": ("amount", "9223372036854775808", "9223372036854775808", DECIMAL),
    "a million million": ("amount", "-1000000000000", "-1000000000000", DECIMAL),
    "number in words": ("amount", "ten", "ten", DECIMAL),
    "no number at all": ("amount", "null", "null", DECIMAL),
    "formula": ("amount", "=1+1", "=1+1", DECIMAL),
    "signs that separate records and units": ("amount", "1\x1e2\x1e\x1e\x1f3", "1 2   3", DECIMAL),
    "state of another system": ("status", "completed", "completed", STATUS),
    "key that is missing": ("order_id", "", "nothing", "a text"),
    "currency that is missing": ("currency", "", "nothing", "a text"),
    "address where a number belongs": ("amount", "jane@example.org", "***", DECIMAL),
}
# What may look wrong and is read.
READ = {
    "a million million less a cent": ("amount", "999999999999.99"),
    "point at the end": ("amount", "5."),
    "exponent": ("amount", "1.5e2"),
    "leap day": ("ordered_at", "2024-02-29"),
    "offset without minutes": ("ordered_at", "2026-01-01T10:00:00+02"),
    "nanoseconds": ("ordered_at", "2026-01-01T10:00:00.123456789Z"),
    "other case": ("status", "PLACED"),
}


class Loaded:
    """All malformed files in three landing folders, each loaded (or checked) at once: a load per case takes minutes."""

    def __init__(self, folder: Path) -> None:
        self.refused, self.rejected = Landing(folder / "refused"), Landing(folder / "rejected")
        for case, (name, content, *_) in REFUSED.items():
            self.refused.put_raw(path_of(case, name), content)
        for case, (name, content, *_) in REJECTED.items():
            self.rejected.put(path_of(case, name), content)
        unreadable = Landing(folder / "unreadable")
        for case, (column, text, *_) in UNREADABLE.items():
            unreadable.put(f"fulfilment/orders/{case}.csv", order_with(column, text))
        self.refused_report = self.refused.load()
        self.files = {one.file: one for one in self.refused_report.files + self.rejected.load().files}
        self.checks = {one.result.file: one for one in check(unreadable.settings).files}

    def assert_refused(self, case: str) -> None:
        name, _, kind, words = REFUSED[case]
        file = path_of(case, name)
        result = self.files[file]
        assert (result.file_status, result.reason_kind) == ("refused", kind), result.reason
        assert result.reason.startswith(f"{file} ")
        assert words in result.reason
        assert result.reason.endswith(".")
        assert self.refused.query(
            f"select line, reason_kind, reason, expected from {{rejects}} where file = '{file}'"
        ) == [(None, kind, result.reason, FILE_REASONS[kind])]
        assert self.refused.query(f"select file_status, reason from {{files}} where file = '{file}'") == [
            ("refused", result.reason)
        ]

    def assert_rejected(self, case: str) -> None:
        name, _, loaded_count, rejected = REJECTED[case]
        file = path_of(case, name)
        result = self.files[file]
        assert (result.file_status, result.loaded_count) == ("loaded", loaded_count), result.reason
        found = self.rejected.query(
            f"select line, reason_kind, found, expected, reason from {{rejects}} where file = '{file}' order by line"
        )
        assert [row[:3] for row in found] == rejected
        for line, _, what, expected, reason in found:
            wanted = f"{file}: Line {line} is blank; expected a record."
            assert expected and reason in (f"{file}: Line {line} has {what}; expected {expected}.", wanted)
        assert result.rejected_count == len(rejected)
        assert_balanced(result)
        assert self.rejected.query(f"select count(*) from {{shipments}} where _file = '{file}'") == [(loaded_count,)]

    def assert_unreadable(self, case: str) -> None:
        column, _, found, words = UNREADABLE[case]
        checked = self.checks[f"fulfilment/orders/{case}.csv"]
        (problem,) = checked.problems
        assert (problem.column, problem.examples, problem.expected) == (column, ((3, found),), words)
        assert problem.is_rejected and (checked.accepted_count, checked.typed_rejected_count) == (1, 1)
        assert_balanced(checked.result)


def path_of(case: str, name: str) -> str:
    return f"fulfilment/shipments/{case}/{name}"


def order_with(column: str, text: str) -> bytes:
    """A file of two orders, the second of which holds `text` in `column`."""
    whole = {"order_id": "o1", "ordered_at": "2026-01-01", "amount": "1", "currency": "EUR", "status": "placed"}
    whole["updated_at"] = "2026-01-01"
    rows = [whole.keys(), whole.values(), (whole | {"order_id": "o2", column: text}).values()]
    return "".join(",".join(row) + "\n" for row in rows).encode()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> Loaded:
    return Loaded(tmp_path_factory.mktemp("malformed"))


@pytest.mark.parametrize("case", REFUSED)
def test_refused_whole(loaded, case):
    loaded.assert_refused(case)


def test_a_table_of_refused_files_alone_is_not_present(loaded):
    assert not loaded.refused_report.is_present
    assert loaded.refused.query("select count(*) from {shipments}") == [(0,)]


@pytest.mark.parametrize("case", REJECTED)
def test_rejected_lines_and_nothing_else(loaded, case):
    loaded.assert_rejected(case)


@pytest.mark.parametrize("case", UNREADABLE)
def test_values_that_cannot_be_read(loaded, case):
    loaded.assert_unreadable(case)


def test_the_models_reject_the_same_values_with_the_same_words(tmp_path):
    folder = tmp_path / "landing" / "fulfilment" / "orders"
    folder.mkdir(parents=True)
    for number, (column, text, *_) in enumerate([*UNREADABLE.values(), *READ.values()]):
        (folder / f"{number:02}.csv").write_bytes(order_with(column, text))
    built = world(tmp_path / "landing", tmp_path / "warehouse", select={"rejects"})
    rejects = built.execute(
        "select file, line, column_name, found, expected, reason_kind from rejects order by file"
    ).fetchall()
    assert rejects == [
        (
            f"fulfilment/orders/{number:02}.csv",
            3,
            column,
            found,
            words,
            "missing" if found == "nothing" else "unreadable",
        )
        for number, (column, _, found, words) in enumerate(UNREADABLE.values())
    ]


WELL_FORMED = {
    "csv": HEADER + ROW + b's2,"o\n""2""",2026-01-02\n' + ROWS[:200].rsplit(b"\n", 1)[0] + b"\n",
    "jsonl": b'{"shipment_id":"s1","order_id":"o","updated_at":"t"}\n{"shipment_id":2,"order_id":1.5,"updated_at":1}\n',
    "parquet": WHOLE,
    "csv.gz": gzip.compress(HEADER + ROWS[:200], mtime=0),
}
PIECES = st.sampled_from(
    [b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"{", b"}", b"\\", b"\xef\xbb\xbf", b"\x1f\x8b", b";"]
)


@st.composite
def damaged(draw) -> tuple[str, bytes]:
    """A suffix, and a well-formed file that was cut, repeated in part or written into, up to three times."""
    suffix = draw(st.sampled_from(sorted(WELL_FORMED)))
    content = WELL_FORMED[suffix]
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(content)))
        end = draw(st.integers(begin, min(len(content), begin + 40)))
        instead = draw(st.sampled_from([b"", content[begin:end] * 2]) | PIECES | st.binary(max_size=4))
        content = content[:begin] + instead + content[end:]
    return suffix, content


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=st.lists(damaged(), min_size=15, max_size=25))
def test_whatever_is_damaged_adds_up_or_is_refused(tmp_path_factory, files):
    landed = Landing(tmp_path_factory.mktemp("damaged"))
    for number, (suffix, content) in enumerate(files):
        landed.put_raw(f"fulfilment/shipments/{number}.{suffix}", content)
    report = landed.load()
    assert len(report.files) == len(files)
    for result in report.files:
        if result.file_status == "refused":
            assert result.reason.startswith(f"{result.file} ") and result.reason_kind in FILE_REASONS
        elif result.file_status == "loaded":
            assert_balanced(result)
    loaded_count, rejected_count = report.loaded_count, report.rejected_count
    assert landed.query("select count(*) from {shipments}") == [(loaded_count,)]
    said = "select count(*) from {rejects} where line is not null and found is not null and expected is not null"
    if rejected_count or report.refused:
        assert landed.query(said) == [(rejected_count,)]


def test_the_set_of_malformed_files_is_large():
    assert len(REFUSED) + len(REJECTED) >= 90
    assert len(UNREADABLE) >= 30


def test_a_refused_file_does_not_stop_the_others(tmp_path):
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/a.csv", b"")
    landed.put("fulfilment/shipments/b.csv", HEADER + ROW)
    report = landed.load()
    assert [file.file_status for file in report.files] == ["refused", "loaded"]
    assert report.is_present
    assert [file.file for file in report.refused] == ["fulfilment/shipments/a.csv"]


def test_a_mended_file_loads_under_the_same_name(tmp_path):
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/a.csv", b"shipment_id\ns\n")
    assert landed.load(load_id="L1").refused
    landed.put("fulfilment/shipments/a.csv", HEADER + ROW)
    assert landed.load(load_id="L2").loaded_count == 1


def test_another_content_under_the_same_name_has_rejects_of_its_own(tmp_path):
    """A tool that writes over its export, blank third line and all: both rows and both blank lines count."""
    path = tmp_path / "landing" / "fulfilment" / "shipments" / "a.csv"
    path.parent.mkdir(parents=True)
    for number, load_id in enumerate(("20260101T000000000000Z", "20260102T000000000000Z")):
        path.write_bytes(HEADER + b"s%d,o1,2026-01-01T00:00:00Z\n\n" % number)
        built = world(
            tmp_path / "landing", tmp_path / "warehouse", select={"rejects", "mart_load_audit"}, load_id=load_id
        )
    assert built.execute(
        "select load_id, loader_rejected_count, rejected_by_reason from mart_load_audit order by load_id"
    ).fetchall() == [("20260101T000000000000Z", 1, "blank_line: 1"), ("20260102T000000000000Z", 1, "blank_line: 1")]
    assert built.execute("select load_id, line from rejects order by load_id").fetchall() == [
        ("20260101T000000000000Z", 3),
        ("20260102T000000000000Z", 3),
    ]


def test_every_file_that_cannot_be_read_is_counted(tmp_path):
    """Links to nowhere have no content that could tell them apart; each is refused once, however often it is met."""
    folder = tmp_path / "landing" / "fulfilment" / "shipments"
    folder.mkdir(parents=True)
    for name in ("a.csv", "b.csv"):
        (folder / name).symlink_to("nowhere")
    for load_id in ("20260101T000000000000Z", "20260102T000000000000Z"):
        built = world(
            tmp_path / "landing", tmp_path / "warehouse", select={"rejects", "mart_load_audit"}, load_id=load_id
        )
    assert built.execute("select refused_file_count, rejected_by_reason from mart_load_audit").fetchall() == [
        (2, "unreadable_file: 2")
    ]


def test_no_refusal_repeats_what_may_be_personal(tmp_path):
    """A file without its header has a customer where the column names are expected."""
    landed = Landing(tmp_path)
    landed.put("crm/customers/a.csv", b"c1,jane@example.org,Jane Roe,2026-01-01\nc2,joe@example.org,Joe,2026-01-01\n")
    landed.put("crm/customers/b.csv", b'customer_id,email,acquired_at,updated_at\nc1,"jane@example.org" x,t,t\n')
    landed.put("crm/customers/c.csv", b'customer_id,email,acquired_at,updated_at\nc1,"jane@example.org,t,t\nc,d,e,f\n')
    landed.put("crm/customers/d.csv", b"customer_id,email,acquired_at,updated_at\nc1,jane@example.org,t\n")
    report = landed.load("crm.customers")
    said = str(report) + str(landed.query("select * from {rejects}")) + str(landed.query("select * from {files}"))
    assert [file.file_status for file in report.files] == ["refused", "loaded", "refused", "loaded"]
    assert "jane" not in said.lower()
    assert "joe" not in said.lower()
