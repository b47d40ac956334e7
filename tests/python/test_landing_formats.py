"""The same rows are the same rows, whatever the format they come in."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing_files import Landing, assert_balanced, csv_bytes

ROWS = [
    {"shipment_id": "s1", "order_id": "o1", "lane": 'a "b", c', "units_delivered": "1.10", "updated_at": "2026-01-01"},
    {"shipment_id": "s2", "order_id": "o2", "lane": "line\nline", "units_delivered": None, "updated_at": "2026-01-02"},
    {"shipment_id": "s3", "order_id": "o3", "lane": None, "units_delivered": "1e3", "updated_at": "2026-01-03"},
]
COLUMNS = list(ROWS[0])


def as_csv() -> bytes:
    return csv_bytes([COLUMNS[::-1]] + [[row[name] or "" for name in COLUMNS[::-1]] for row in ROWS])


def as_json() -> bytes:
    """Numbers as numbers, so 1.10 must come through as it is written."""
    lines = []
    for row in ROWS:
        fields = [
            f'"{name}": {value if name == "units_delivered" else json.dumps(value)}'
            for name, value in row.items()
            if value is not None
        ]
        lines.append("{" + ", ".join(fields) + "}")
    return "\r\n".join(lines).encode()


def as_parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), stream)
    return stream.getvalue()


FORMATS = {
    "csv": as_csv,
    "csv.gz": as_csv,
    "jsonl": as_json,
    "jsonl.gz": as_json,
    "parquet": as_parquet,
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_rows_and_row_hashes(tmp_path, suffix):
    landed = Landing(tmp_path)
    landed.put("fulfilment/shipments/reference.csv", as_csv())
    landed.load(load_id="L1")
    wanted = landed.query(f"select {', '.join(COLUMNS)}, _row_hash from {{shipments}} order by 1")
    assert [row[:-1] for row in wanted] == [tuple(row.values()) for row in ROWS]

    (folder := tmp_path / "other").mkdir()
    other = Landing(folder)
    other.put(f"fulfilment/shipments/a/b.{suffix}", FORMATS[suffix]())
    (result,) = other.load().files
    assert (result.format, result.file_status, result.loaded_count) == (suffix, "loaded", 3), result.reason
    assert_balanced(result)
    assert other.query(f"select {', '.join(COLUMNS)}, _row_hash from {{shipments}} order by 1") == wanted


def test_formats_mixed_in_one_folder(tmp_path):
    landed = Landing(tmp_path)
    for number, (suffix, content) in enumerate(FORMATS.items()):
        landed.put(f"fulfilment/shipments/day={number}/part.{suffix}", content())
    landed.put("fulfilment/shipments/notes.xlsx", b"x")
    landed.put("fulfilment/shipments/_SUCCESS", b"")
    landed.put("fulfilment/shipments/.hidden.csv", b"")
    report = landed.load()
    assert [file.file_status for file in report.files] == ["loaded"] * 5
    assert report.ignored == ["fulfilment/shipments/notes.xlsx"]
    assert landed.query("select count(*), count(distinct _row_hash) from {shipments}") == [(15, 3)]
    # Empty stand-in, CSV, JSON and Parquet all give the same schema.
    schema = "select distinct list((name, type) order by column_id) from ({schemas}) group by file"
    with duckdb.connect() as connection:
        files = [str(path) for path in landed.settings.raw.glob("fulfilment.shipments.*")]
        kinds = {str(connection.execute("describe from read_parquet($1)", [file]).fetchall()) for file in files}
    assert len(files) == 6 and len(kinds) == 1, (schema, kinds)


def test_a_file_may_have_any_name_and_markers_are_no_files(tmp_path):
    landed = Landing(tmp_path)
    for number, name in enumerate(
        ["_day.csv", "#1 (copy).csv", "-.csv", "_SUCCESS", "_temporary/0/half.csv", "._day.csv"]
    ):
        landed.put(f"fulfilment/shipments/{name}", b"shipment_id,order_id,updated_at\ns%d,o1,2026-01-01\n" % number)
    assert [file.file.split("/")[-1] for file in landed.load().files] == ["#1 (copy).csv", "-.csv", "_day.csv"]
    assert landed.query("select count(*) from {shipments}") == [(3,)]


def test_json_values_come_through_as_they_are_written(tmp_path):
    landed = Landing(tmp_path)
    values = {
        "1.10": "1.10",
        "-0.0": "-0.0",
        "1E+5": "1E+5",
        "12345678901234567890123": "12345678901234567890123",
        "0.12345678901234567890": "0.12345678901234567890",
        "true": "true",
        "null": None,
        '""': None,
        '"1.10"': "1.10",
        r'"a\": 1.50, \"b\": 2.50"': 'a": 1.50, "b": 2.50',
        r'"\\"': "\\",
        '"\\u00e9\\n"': "é\n",
        '"{\\"x\\": 1.50}"': '{"x": 1.50}',
        '{"x": [1.5, "y"]}': '{"x":[1.5,"y"]}',
        "[]": "[]",
    }
    lines = [
        f'{{"shipment_id":"{number}", "order_id":1.50 ,"updated_at":"t","lane" :{value}}}'
        for number, value in enumerate(values)
    ]
    landed.put("fulfilment/shipments/a.jsonl", b"\xef\xbb\xbf" + "\n".join(lines).encode())
    assert landed.load().rejected_count == 0
    read = landed.query("select lane, order_id, _line from {shipments} order by _line")
    assert read == [(value, "1.50", line) for line, value in enumerate(values.values(), start=1)]


def test_json_keys_with_odd_names_and_spellings(tmp_path):
    landed = Landing(tmp_path)
    objects = [
        {"Shipment_ID": "s1", "order_id": "o", "updated_at": "t", "a/b~c": "1", "": "2", 'q"': "3", "x.y": "4"},
        {" shipment_id ": "s2", "ORDER_ID": "o", "updated_at": "t", "mail": {"to": "a@b.example"}},
    ]
    landed.put("fulfilment/shipments/a.jsonl", "\n".join(json.dumps(entry) for entry in objects).encode())
    report = landed.load()
    assert not report.refused
    read = landed.query("select shipment_id, order_id, _unknown_columns from {shipments} order by _line")
    assert [(row[0], row[1], json.loads(row[2])) for row in read] == [
        ("s1", "o", {"a/b~c": "1", "column": "2", 'q"': "3", "x.y": "4"}),
        ("s2", "o", {"mail": "***"}),
    ]


def test_json_lines_longer_than_a_chunk(tmp_path):
    landed = Landing(tmp_path)
    long = "x" * 20_000_000
    lines = [
        f'{{"shipment_id":"{n}","order_id":"o","updated_at":"t","lane":"{long if n == 1 else n}"}}' for n in range(3)
    ]
    landed.put("fulfilment/shipments/a.jsonl", "\n".join(lines).encode())
    assert landed.load().loaded_count == 3
    assert landed.query("select shipment_id, length(lane), _line from {shipments} order by _line") == [
        ("0", 1, 1),
        ("1", 20_000_000, 2),
        ("2", 1, 3),
    ]


def test_parquet_types_become_text(tmp_path):
    landed = Landing(tmp_path)
    instant = datetime(2026, 1, 1, 12, 0)
    table = pa.table(
        {
            "shipment_id": pa.array([7], pa.int64()),
            "order_id": pa.array([True]),
            "carrier": pa.array([["a", "b"]]),
            "lane": pa.array([{"from": "x", "to": None}]),
            "shipped_at": pa.array([instant.replace(tzinfo=UTC)], pa.timestamp("us", "America/New_York")),
            "delivered_at": pa.array([instant], pa.timestamp("ns")),
            "delay_cause": pa.array([date(2026, 1, 2)]),
            "shipping_cost_amount": pa.array([Decimal("1.10")], pa.decimal128(9, 2)),
            "units_delivered": pa.array([0.1], pa.float64()),
            "updated_at": pa.array(["2026-01-01"]).dictionary_encode(),
        }
    )
    stream = io.BytesIO()
    pq.write_table(table, stream)
    landed.put("fulfilment/shipments/a.parquet", stream.getvalue())
    assert landed.load().loaded_count == 1
    assert landed.query(f"select {', '.join(table.column_names)}, _line from {{shipments}}") == [
        (
            "7",
            "true",
            '["a","b"]',
            '{"from":"x","to":null}',
            "2026-01-01 12:00:00+00",
            "2026-01-01 12:00:00",
            "2026-01-02",
            "1.10",
            "0.1",
            "2026-01-01",
            1,
        )
    ]


def test_parquet_texts_that_are_written_as_bytes_are_texts(tmp_path):
    """Impala and others do not say which bytes are text; what is no UTF-8 stays as hexadecimal."""
    landed = Landing(tmp_path)
    columns = {
        "shipment_id": [b"s1", b"s2"], "order_id": [b"o'1", b'o"\\2'], "updated_at": [b"2026-01-01"] * 2,
        "carrier": ["Müller".encode(), b"\xff\xfe"],
    }  # fmt: skip
    stream = io.BytesIO()
    pq.write_table(pa.table({name: pa.array(values, pa.binary()) for name, values in columns.items()}), stream)
    landed.put("fulfilment/shipments/a.parquet", stream.getvalue())
    assert landed.load().loaded_count == 2
    assert landed.query("select order_id, carrier from {shipments} order by _line") == [
        ("o'1", "Müller"),
        ('o"\\2', "\\xFF\\xFE"),
    ]


def test_parquet_without_rows_is_present_and_empty(tmp_path):
    landed = Landing(tmp_path)
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS).slice(0, 0), stream)
    landed.put("fulfilment/shipments/a.parquet", stream.getvalue())
    report = landed.load()
    assert report.is_present
    assert report.loaded_count == 0
