"""Files as they should not be: each is refused with its reason, or loses exactly the lines that are wrong.

Most were seen to lose rows silently, or to load them into the wrong columns, when DuckDB's own rejects were trusted.
"""

import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing_files import HEADER, ROW, Landing, assert_balanced

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
    "json cut in the last line": (
        "a.jsonl.gz",
        b'{"shipment_id":"s","order_id":"o","updated_at":"t"}\n{"shipment_id":"s","ord',
        1,
        [(2, "invalid_json", "text that is not JSON")],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_whole(tmp_path, case):
    name, content, kind, words = REFUSED[case]
    landed = Landing(tmp_path)
    landed.put_raw(f"fulfilment/shipments/{name}", content)
    report = landed.load()
    (result,) = report.files
    assert (result.file_status, result.reason_kind) == ("refused", kind), result.reason
    assert result.reason.startswith(f"fulfilment/shipments/{name} ")
    assert words in result.reason
    assert result.reason.endswith(".")
    assert not report.is_present
    assert landed.query("select count(*) from {shipments}") == [(0,)]
    assert landed.query("select file, line, reason_kind, reason from {rejects}") == [
        (f"fulfilment/shipments/{name}", None, kind, result.reason)
    ]
    assert landed.query("select file_status, reason from {files}") == [("refused", result.reason)]


@pytest.mark.parametrize("case", REJECTED)
def test_rejected_lines_and_nothing_else(tmp_path, case):
    name, content, loaded_count, rejected = REJECTED[case]
    landed = Landing(tmp_path)
    landed.put(f"fulfilment/shipments/{name}", content)
    (result,) = landed.load().files
    assert (result.file_status, result.loaded_count) == ("loaded", loaded_count), result.reason
    assert landed.query("select line, reason_kind, found from {rejects} order by line") == rejected
    assert result.rejected_count == len(rejected)
    assert_balanced(result)
    assert landed.query("select count(*) from {shipments}") == [(loaded_count,)]


def test_the_set_of_malformed_files_is_large():
    assert len(REFUSED) + len(REJECTED) >= 40


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
