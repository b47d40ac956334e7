"""What people wrote in their own words is left out, scrubbed or kept apart, as CX_COMMENTS says."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from compiled import world
from decoded import holding
from landing_files import Landing
from pydantic import ValidationError
from stand_ins import settings_in

from cx_warehouse.erasure import forget

# What is written, and what is left of it when it is scrubbed.
SAID = {
    "write to jane.roe+cx@mail.example.org!": "write to ***",
    "Jane Roe <jane@example.org>, again": "Jane Roe *** again",
    "ask @jane_roe on that platform": "ask *** on that platform",
    "jane (at) example dot org": "*** dot org",
    "ring +49 (0)170 / 555 01 99 after six": "ring *** after six",
    "ring 0170-5550199.": "ring ***.",
    "ring 01 70 55 50 19 9": "ring ***",
    "ring ٠١٧٠٥٥٥٠١٩٩": "ring ***",
    "account DE89 3704 0044 0532 0130 00 please": "account *** please",
    "account GB29NWBK60161331926819": "account ***",
    "card 4111 1111 1111 1111": "card ***",
    "see https://example.org/me?id=jane": "see ***",
    "my order 7654321098 of 2026-03-01": "my order *** of ***",
    # What stays.
    "waited 45 minutes, 3 times, paid 12.50": "waited 45 minutes, 3 times, paid 12.50",
    "Jane Roe of 7 Elm Street": "Jane Roe of 7 Elm Street",
}
ANSWERS = {
    "response_id": "r", "customer_id": "c1", "touchpoint": "delivery", "question_kind": "csat", "score": "5",
    "scale_min": "1", "scale_max": "5", "responded_at": "2026-01-01T10:00:00Z", "updated_at": "2026-01-01T10:00:00Z",
}  # fmt: skip
HER = "jane@example.org"
OF_HER = f"said by him of {HER}"
PARTS = ("example.org", "jane_roe", "5550199", "555 01 99", "3704", "NWBK", "4111", "7654321098")


def answers(said: list[str]) -> bytes:
    stream = io.BytesIO()
    columns = {name: [value] * len(said) for name, value in ANSWERS.items()}
    pq.write_table(pa.table(columns | {"answer_id": [f"a{n}" for n in range(len(said))], "comment": said}), stream)
    return stream.getvalue()


def landed_with(folder, **settings) -> Landing:
    landed = Landing(folder, **settings)
    landed.put("survey/answers/a.parquet", answers(list(SAID)))
    landed.load("survey.answers")
    return landed


def test_left_out_by_default(tmp_path):
    landed = landed_with(tmp_path)
    assert landed.query("select count(*), count(comment) from {answers}") == [(len(SAID), 0)]
    assert holding(tmp_path / "landing", *PARTS).keys() == set(PARTS)
    assert holding(tmp_path / "warehouse", *PARTS, "Jane") == {}


def test_scrubbed(tmp_path):
    landed = landed_with(tmp_path, comments="scrub")
    found = [said for (said,) in landed.query("select comment from {answers} order by _line")]
    assert dict(zip(SAID, found, strict=True)) == SAID
    assert holding(tmp_path / "warehouse", *PARTS) == {}
    built = world(tmp_path / "landing", tmp_path / "built", select={"stg_survey__answers"}, comments="scrub")
    assert {said for (said,) in built.execute("select comment from stg_survey__answers").fetchall()} == set(
        SAID.values()
    )


def test_kept_apart_for_its_owner_alone(tmp_path):
    landed = landed_with(tmp_path, comments="keep_apart")
    assert landed.query("select count(comment) from {answers}") == [(0,)]
    (path,) = landed.settings.apart.iterdir()
    assert pq.read_table(path).to_pylist() == [
        {"answer_id": f"a{n}", "comment": said, "_line": n + 1} for n, said in enumerate(SAID)
    ]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert all(paths == {f"apart/{path.name}"} for paths in holding(tmp_path / "warehouse", *PARTS).values())


def test_words_of_a_killed_load_go_with_its_file(tmp_path):
    """They are written before the rows: where these never came, nobody could find whose words they are."""
    settings = settings_in(tmp_path, comments="keep_apart")
    landed = landed_with(tmp_path, comments="keep_apart")
    (kept,) = settings.apart.iterdir()
    kept.with_name(kept.name.replace(kept.name.split(".")[-2], "0123456789abcdef")).write_text("said by her")
    kept.with_name(f".{kept.name}.part").write_text("said by her")
    (settings.apart / "crm.contacts.0123456789abcdef.parquet").write_text("another table's")

    landed.load("survey.answers", load_id="L2")

    assert {path.name for path in settings.apart.iterdir()} == {kept.name, "crm.contacts.0123456789abcdef.parquet"}


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_what_is_kept_apart_is_forgotten_too(tmp_path, suffix):
    settings = settings_in(tmp_path, comments="keep_apart")
    rows = [
        ANSWERS | {"answer_id": "a1", "customer_id": "c1", "comment": "said by her"},
        ANSWERS | {"answer_id": "a2", "customer_id": "c2", "response_id": "r2", "comment": OF_HER},
        ANSWERS | {"answer_id": "a3", "customer_id": "c2", "response_id": "r2", "comment": ""},
    ]  # fmt: skip
    path = settings.landing / "survey" / "answers" / f"all.{suffix}"
    path.parent.mkdir(parents=True)
    if suffix == "csv":
        path.write_text("\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    landed = Landing.__new__(Landing)
    landed.settings = settings
    landed.load("survey.answers")
    assert holding(settings.apart, "said by her", HER).keys() == {"said by her", HER}

    forget(settings, "c1", (HER,), lambda: None)

    assert holding(tmp_path, "said by her", HER) == {}
    (left,) = settings.apart.iterdir()
    line = 2 if suffix == "csv" else 1
    assert pq.read_table(left).to_pylist() == [{"answer_id": "a2", "comment": "said by him of ***", "_line": line}]
    assert left.stat().st_mode & 0o777 == 0o600
    assert landed.query("select answer_id, _line from {answers} order by 1") == [("a2", line), ("a3", line + 1)]


def test_an_address_in_any_text_of_the_contract_is_masked_and_an_id_is_hashed(tmp_path):
    landed = Landing(tmp_path)
    names = "contact_id,customer_id,touchpoint,channel,reason,opened_at,handle_minutes,updated_at"
    landed.put(
        "crm/contacts/a.csv",
        f"{names}\nk1,{HER},phone_support,phone,call {HER} back,2026-01-01,{HER},t\n".encode(),
    )
    report = landed.load("crm.contacts")
    found = f"read_parquet('{landed.settings.raw}/crm.contacts.*.parquet', union_by_name = true)"
    ((customer, *others),) = landed.query(f"select customer_id, reason, handle_minutes from {found}")
    assert (len(customer), others) == (64, ["call *** back", "***"])
    assert report.files[0].notes == [
        "customer_id holds e-mail addresses. A keyed hash stands for each, the same in every table."
    ]


def test_another_choice_is_refused(tmp_path):
    with pytest.raises(ValidationError, match=r"drop.*scrub.*keep_apart"):
        settings_in(tmp_path, comments="keep")
