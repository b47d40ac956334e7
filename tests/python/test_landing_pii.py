"""Personal data leaves the loader as a keyed hash, or not at all."""

import hashlib
import hmac
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from decoded import holding
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


ORDERS = (
    "order_id,customer_id,ordered_at,amount,currency,status,updated_at\n"
    "o1,JANE@example.org ,2026-01-01,1.00,EUR,placed,2026-01-01\n"
    "o2,C2,2026-01-01,1.00,EUR,placed,2026-01-01\n"
    "<o3@mail.example.org>,,2026-01-01,1.00,EUR,placed,2026-01-01\n"
)


def landed_with_addresses_as_ids(folder, key: str | None) -> Landing:
    landed = Landing(folder, pii_key=key)
    landed.put(
        "crm/customers/a.csv",
        b"customer_id,email,acquired_at,updated_at\njane@example.org,Jane@example.org,2026-01-01,2026-01-01\n",
    )
    landed.put("fulfilment/orders/a.csv", ORDERS.encode())
    landed.load("crm.customers")
    return landed


@pytest.mark.parametrize("key", [None, "k"])
def test_an_id_that_is_an_address_is_one_hash_in_every_table(tmp_path, key):
    landed = landed_with_addresses_as_ids(tmp_path, key)
    # A key that is set later does not tear apart what has been loaded.
    landed.settings.pii_key = key or "set later"
    landed.load("fulfilment.orders")
    (hers, *_), (again, *_) = landed.query("select customer_id from {customers}") + landed.query(
        "select customer_id from {orders} where order_id = 'o1'"
    )
    assert hers == again and len(hers) == 64
    assert landed.query("select customer_id from {orders} where order_id = 'o2'") == [("C2",)]
    (third,) = landed.query("select order_id from {orders} where order_id not in ('o1', 'o2')")
    assert len(third[0]) == 64
    assert holding(landed.settings.warehouse, "example.org") == {}
    if key:
        # What stands for the address as an id is what stands for it as an address: tools that know no other id join.
        assert hers == expected(key, "jane@example.org") == landed.query("select email from {customers}")[0][0]
        assert not landed.settings.id_key.exists()
    else:
        assert landed.settings.id_key.stat().st_mode & 0o777 == 0o600


def test_no_key_of_ids_is_made_where_none_is_needed(tmp_path):
    landed = Landing(tmp_path)
    landed.put("crm/customers/a.csv", b"customer_id,acquired_at,updated_at\nC1,2026-01-01,2026-01-01\n")
    landed.load("crm.customers")
    assert not landed.settings.id_key.exists()
