"""CSV that is well-formed, in all the ways that exporters write it."""

import csv
import gzip
import random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from landing_files import HEADER, ROW, Landing, assert_balanced, csv_bytes

FIELDS = ("shipment_id", "order_id", "carrier", "lane", "updated_at")


def load_one(landed: Landing, content: bytes, name: str = "a.csv"):
    landed.put(f"fulfilment/shipments/{name}", content)
    (result,) = landed.load().files
    assert result.file_status == "loaded", result.reason
    assert_balanced(result)
    return result


def physical_lines(content: bytes, records: list[list[str]]) -> list[int]:
    """The line on which each record of a file without rejects begins, counted from its fields."""
    lines, at = [], 1
    for record in records:
        lines.append(at)
        at += 1 + sum(field.count("\n") for field in record)
    assert at - 1 == content.count(b"\n")
    return lines


def test_columns_in_any_order_case_and_padding(tmp_path):
    landed = Landing(tmp_path)
    load_one(landed, b" Updated_At ,SHIPMENT_ID,lane,order_id\nt,s,l,o\n")
    assert landed.query("select shipment_id, order_id, lane, updated_at, carrier from {shipments}") == [
        ("s", "o", "l", "t", None)
    ]


def test_header_only_is_present_and_empty(tmp_path):
    landed = Landing(tmp_path)
    for content in (HEADER, HEADER.rstrip()):
        (folder := tmp_path / str(len(content))).mkdir()
        landed = Landing(folder)
        result = load_one(landed, content)
        assert (result.loaded_count, result.physical_line_count) == (0, 1)
        assert landed.load(load_id="L2").is_present


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark(tmp_path, end, mark):
    landed = Landing(tmp_path)
    records = [
        list(FIELDS),
        ["s1", "o1", "a\nb", " x ", "t"],
        ["s2", "o2", "c\r\nd", 'q"q', "t"],
        ["s3", "", "", "", "t"],
    ]
    result = load_one(landed, mark + csv_bytes(records, end))
    assert result.embedded_newline_count == 2
    assert landed.query("select shipment_id, order_id, carrier, lane, _line from {shipments} order by _line") == [
        ("s1", "o1", "a\nb", " x ", 2),
        ("s2", "o2", "c\r\nd", 'q"q', 4),
        ("s3", None, None, None, 6),
    ]


def test_a_last_line_without_newline_counts(tmp_path):
    assert load_one(Landing(tmp_path), HEADER + ROW + ROW.rstrip()).loaded_count == 2


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_another_delimiter_is_read_and_said(tmp_path, delimiter, word):
    landed = Landing(tmp_path)
    result = load_one(
        landed, (HEADER + b"s;1,o;1,t\n").replace(b";", b"\0").replace(b",", delimiter.encode()).replace(b"\0", b"-")
    )
    assert word in result.notes[0]
    assert landed.query("select shipment_id, order_id from {shipments}") == [("s-1", "o-1")]


def test_a_header_with_blank_lines_before_and_a_newline_within(tmp_path):
    landed = Landing(tmp_path)
    result = load_one(landed, b'\n\nshipment_id,order_id,"free\ntext",updated_at\ns,o,x,t\n')
    assert (result.header_line_count, result.rejected_count) == (2, 2)
    assert landed.query("select _unknown_columns, _line from {shipments}") == [('{"free text":"x"}', 5)]


def test_gzip_of_several_members(tmp_path):
    landed = Landing(tmp_path)
    landed.put_raw("fulfilment/shipments/a.csv.gz", gzip.compress(HEADER + ROW) + gzip.compress(ROW))
    (result,) = landed.load().files
    assert result.loaded_count == 2
    assert_balanced(result)


def test_names_that_a_glob_would_misread(tmp_path):
    landed = Landing(tmp_path)
    for number, name in enumerate(["a[1].csv", "a*.csv", "a?'b.CSV", "dt=2026-01-01/part;1.csv", "ü ñ.csv"]):
        landed.put(f"fulfilment/shipments/{name}", HEADER + b"s%d,o,t\n" % number)
    report = landed.load()
    assert [file.file_status for file in report.files] == ["loaded"] * 5
    assert landed.query("select count(distinct shipment_id) from {shipments}") == [(5,)]
    # A folder named like a Hive partition adds no column.
    assert landed.query("select count(*) from {shipments} where _unknown_columns is not null") == [(0,)]


def test_unknown_columns_are_kept_and_addresses_in_them_masked(tmp_path):
    landed = Landing(tmp_path)
    result = load_one(
        landed, b'shipment_id,order_id,updated_at,note,"say ""hi""",\ns,o,t,mail a@b.example now,"x,y",z\ns,o,t,,,\n'
    )
    assert result.unknown_column_names == 'note,say "hi",column 6'
    assert landed.query("select _unknown_columns from {shipments} order by _line") == [
        ('{"note":"***","say \\"hi\\"":"x,y","column 6":"z"}',),
        (None,),
    ]


def test_quotes_and_addresses_elsewhere_in_a_file_change_nothing_about_a_row(tmp_path):
    """A file without a quote or without an @ is read by a shorter way, which must lead to the same rows."""
    asked = "select shipment_id, order_id, lane, updated_at, _unknown_columns, _row_hash, _line from {shipments}"
    rows = [b"s1,o1,a b,t,x", b"s2,,,t,", b"s3,o3, -1 ,t,y"]
    found = []
    for name, last in (("plain", b"s4,o4,,t,"), ("quoted", b's4,o4,"",t,'), ("address", b"s4,o4,,t,a@b.example")):
        (folder := tmp_path / name).mkdir()
        landed = Landing(folder)
        load_one(landed, b"\n".join([b"shipment_id,order_id,lane,updated_at,note", *rows, last, b""]))
        found.append(landed.query(asked + " where shipment_id < 's4' order by _line"))
    assert [row[-1] for row in found[0]] == [2, 3, 4]
    assert found[0] == found[1] == found[2]


def test_duplicates_and_profile(tmp_path):
    landed = Landing(tmp_path)
    content = b"shipment_id,order_id,units_delivered,updated_at\ns,o,-1,t\ns,o,-1,t\ns,o,,t\ns,o, -2.5,t\ns,o,-,t\n"
    assert load_one(landed, content).duplicate_count == 1
    assert landed.query(
        "select column_name, filled_count, empty_count, negative_count from {columns} "
        "where column_name in ('units_delivered', 'lane') order by column_name"
    ) == [("lane", 0, 5, 0), ("units_delivered", 4, 1, 3)]


def test_lines_are_exact_among_newlines_blank_and_ragged_lines(tmp_path):
    """150,000 records over several of the parser's buffers; the line of each is known by construction."""
    generator = random.Random(7)
    parts, expected, rejected, line = [HEADER], [], [], 2
    for number in range(150_000):
        kind = generator.random()
        if kind < 0.02:
            parts.append(b"\n")
            rejected.append((line, "blank_line"))
            line += 1
        elif kind < 0.04:
            parts.append(b'"%d",x\n' % number)
            rejected.append((line, "too_few_fields"))
            line += 1
        elif kind < 0.06:
            parts.append(b'a,"b\n\nc",d,e\n')
            rejected.append((line, "too_many_fields"))
            line += 3
        else:
            inside = b"\n" * generator.randrange(4) if kind < 0.3 else b""
            text = b'"' + inside + b"x" * generator.randrange(200) + inside + b'"'
            parts.append(b"s%d,%s,t\n" % (number, text))
            expected.append((f"s{number}", line))
            line += 1 + 2 * len(inside)
    landed = Landing(tmp_path)
    result = load_one(landed, b"".join(parts))
    assert result.physical_line_count == line - 1
    assert landed.query("select shipment_id, _line from {shipments} order by _line") == expected
    assert landed.query("select line, reason_kind from {rejects} order by line") == rejected


def test_a_connector_table_reads_columns_in_its_own_spelling(tmp_path):
    landed = Landing(tmp_path, connectors=["online_retail"])
    table = landed.table("online_retail.invoice_lines")
    names = [column.name for column in table.columns]
    landed.put("exports/invoice_lines_2010.csv", csv_bytes([[name.upper() for name in names], ["1"] * len(names)]))
    landed.put("crm/contacts/invoice_lines.csv", HEADER)
    report = landed.load(table.id)
    assert [(file.file, file.loaded_count) for file in report.files] == [("exports/invoice_lines_2010.csv", 1)]
    landed.put("online_retail/invoice_lines/x/part-0.csv", csv_bytes([names, ["2"] * len(names)]))
    # With a folder of its own, the tool's files are looked for there and nowhere else.
    report = landed.load(table.id, load_id="L2")
    assert [file.file for file in report.files] == ["online_retail/invoice_lines/x/part-0.csv"]


text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["", '"', '""', ",", "\n", "\r\n", "\n\n", '\n"\n', " ", "a\n\r\n\nb", "'", "\\", '\\"', "NULL", "﻿"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(text, text, text, text), min_size=1, max_size=8),
    newline=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_whatever_pythons_csv_writes_loads_without_loss(tmp_path_factory, rows, newline, quoting):
    # Where lines end in LF alone, the csv module leaves a carriage return bare, and nobody can tell it from CRLF.
    is_bare = any("\r" in field and not set(',"\n') & set(field) for row in rows for field in row)
    assume(not is_bare or newline == "\r\n" or quoting == csv.QUOTE_ALL)
    landed = Landing(tmp_path_factory.mktemp("any"))
    # A number before each row keeps rows apart, and keeps a row of empty fields from being a blank line.
    records = [list(FIELDS)] + [[f"s{number}", *row] for number, row in enumerate(rows)]
    content = csv_bytes(records, newline, quoting)
    load_one(landed, content)
    read = landed.query(f"select {', '.join(FIELDS)}, _line from {{shipments}} order by _line")
    lines = physical_lines(content, records)[1:]
    assert read == [
        (f"s{number}", *(field or None for field in row), line)
        for number, (row, line) in enumerate(zip(rows, lines, strict=True))
    ]
