"""Personal data leaves the loader as a keyed hash, or not at all."""

import hashlib
import hmac
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing_files import Landing

VALUES = ["jane@example.org", " jane@example.org\t", "Jane@example.org", "é" * 500, "", "   ", 'a"b,\nc']
KEYS = ["k", "long key " * 20, "ü", "x" * 64, "x" * 65]


def expected(key: str, value: str) -> str | None:
    """What Python's own HMAC says of an address in small letters, without its outer whitespace."""
    stripped = value.strip(" \t\r\n").lower()
    return hmac.new(key.encode(), stripped.encode(), hashlib.sha256).hexdigest() if stripped else None


def customers(values: list[str]) -> bytes:
    stream = io.BytesIO()
    numbers = [str(number) for number in range(len(values))]
    fixed = ["2026-01-01"] * len(values)
    pq.write_table(
        pa.table({"customer_id": numbers, "email": values, "acquired_at": fixed, "updated_at": fixed}), stream
    )
    return stream.getvalue()


@pytest.mark.parametrize("key", KEYS)
def test_equals_pythons_hmac(tmp_path, key):
    landed = Landing(tmp_path, pii_key=key)
    landed.put("crm/customers/a.parquet", customers(VALUES))
    report = landed.load("crm.customers")
    assert report.notes == []
    assert landed.query("select email from {customers} order by _line") == [(expected(key, v),) for v in VALUES]


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_it_is_left_out_and_said(tmp_path, key):
    landed = Landing(tmp_path, pii_key=key)
    landed.put("crm/customers/a.parquet", customers(VALUES))
    report = landed.load("crm.customers")
    assert "CX_PII_KEY" in report.notes[0] and "email" in report.notes[0]
    assert landed.query("select count(*), count(email) from {customers}") == [(len(VALUES), 0)]


def test_the_value_itself_is_nowhere_in_the_warehouse(tmp_path):
    secret, name = "jane.roe@example.org", "Janet"
    landed = Landing(tmp_path)
    line = f"c1,{secret},2026-01-01,2026-01-01,{secret}\n"
    landed.put("crm/customers/a.csv", ("customer_id,email,acquired_at,updated_at,second_mail\n" + line * 3).encode())
    landed.put("crm/customers/b.csv", ("customer_id,email,acquired_at,updated_at\n" + line).encode())
    landed.put("crm/customers/c.jsonl", f'{{"email":"{secret}"\n{{"customer_id":1,"{secret}":1}}\n'.encode())
    landed.put("survey/answers/a.csv", f"answer_id,comment\n1,{name} {secret}\n".encode())
    report = [landed.load("crm.customers"), landed.load("survey.answers")]
    said = [str(report)]
    # Parquet is compressed: a search of its bytes would find nothing, so every value is decoded.
    for path in landed.settings.raw.iterdir():
        table = pq.read_table(path)
        said.append(str(table.to_pylist()) + str(table.schema.metadata))
    text = "".join(said).lower()
    assert secret not in text and name.lower() not in text
    assert "second_mail" in text
    assert landed.query("select count(*) from {customers} where email is not null") == [(3,)]
    assert landed.query("select distinct _unknown_columns from {customers}") == [('{"second_mail":"***"}',)]


def test_the_key_is_in_no_file(tmp_path):
    landed = Landing(tmp_path, pii_key="a-very-secret-key")
    landed.put("crm/customers/a.parquet", customers(VALUES))
    landed.load("crm.customers")
    for path in landed.settings.raw.iterdir():
        assert b"a-very-secret-key" not in path.read_bytes()
        assert "a-very-secret-key" not in str(pq.read_table(path).to_pylist())


def test_rows_that_differ_in_personal_data_alone_have_different_row_hashes(tmp_path):
    landed = Landing(tmp_path)
    landed.put(
        "crm/customers/a.csv",
        b"customer_id,email,acquired_at,updated_at\nc,a@b.example,t,t\nc,c@d.example,t,t\nc,a@b.example ,t,t\n",
    )
    landed.load("crm.customers")
    assert landed.query("select count(distinct _row_hash), count(*) from {customers}") == [(2, 3)]
