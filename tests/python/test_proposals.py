"""Proposals of assumptions and goals: what counts, what is refused with a sentence, and that the lists follow."""

import csv
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import app_worlds
import duckdb
import pytest
from compiled import world
from dbt.cli.main import dbtRunner
from test_pages import page, words

from app import messages
from cx_warehouse import proposals
from cx_warehouse.errors import CxError
from cx_warehouse.landing import ensure_raw
from cx_warehouse.sample import write_sample
from cx_warehouse.settings import Settings
from orchestration import dbt

CX = Path(sys.executable).with_name("cx")
GOOD = ["assumption", "discount_rate", "0.05", "0.08", "0.12", "Ada", "2026-11-20T09:00:00Z", "new bank rate"]


def changed(**fields: str) -> list[str]:
    return list((dict(zip(proposals.HEADER, GOOD, strict=True)) | fields).values())


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(_env_file=None, landing=tmp_path / "landing", warehouse=tmp_path / "warehouse")


def put(settings: Settings, name: str, *lines: list[str], header: tuple[str, ...] = proposals.HEADER) -> Path:
    settings.proposals.mkdir(parents=True, exist_ok=True)
    path = settings.proposals / name
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *lines])
    return path


def test_what_is_proposed_is_read_as_it_was_meant(settings):
    when = datetime(2026, 11, 20, 9, tzinfo=UTC)
    path = proposals.propose(
        settings,
        "assumption",
        "discount_rate",
        low=0.05,
        base=0.08,
        high=0.12,
        who="Ada, CFO",
        why='a "bank"',
        when=when,
    )
    (one,) = proposals.read(settings)
    assert (one.kind, one.name, one.low, one.base, one.high) == ("assumption", "discount_rate", 0.05, 0.08, 0.12)
    assert (one.proposed_by, one.why, one.problem) == ("Ada, CFO", 'a "bank"', None)
    assert one.proposed_at == datetime(2026, 11, 20, 9) and one.file == path.name
    assert [each.name for each in settings.proposals.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "discount"}, "there is no assumption 'discount'."),
        ({"kind": "goal", "name": "happiness"}, "there is no metric 'happiness'."),
        ({"kind": "wish"}, "its kind is 'wish', and must be assumption or goal."),
        ({"base": "a lot"}, "base is 'a lot', which is no number."),
        ({"low": ""}, "low is '', which is no number."),
        ({"high": "inf"}, "high is 'inf', which is no number."),
        ({"base": "nan"}, "base is 'nan', which is no number."),
        ({"low": "0.09"}, "low 0.09, base 0.08 and high 0.12 do not rise."),
        ({"who": " "}, "nobody is named in who."),
        ({"when": "yesterday"}, "when is 'yesterday', and must be an instant such as 2026-11-22T09:00:00Z."),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence_and_the_rest_counts(settings, fields, sentence):
    put(settings, "board.csv", GOOD, changed(**fields))
    good, bad = proposals.read(settings)
    assert good.problem is None
    assert bad.problem == f"Proposals/board.csv, line 3 does not count: {sentence}"
    assert proposals.take(settings) == [bad.problem]


def test_a_file_that_is_none_is_told_too(settings):
    put(settings, "header.csv", GOOD[:-1], header=proposals.HEADER[:-1])
    (settings.proposals / "latin.csv").write_bytes("kind,name\nassumption,größe\n".encode("latin-1"))
    (settings.proposals / "notes.txt").write_text("not read")
    assert proposals.take(settings)[0].startswith("proposals/header.csv: its first line lacks why; it must name kind,")
    assert proposals.take(settings)[1].startswith("proposals/latin.csv: it cannot be read as CSV in UTF-8")


def test_a_wrong_proposal_is_never_written(settings):
    with pytest.raises(CxError, match="do not rise"):
        proposals.propose(settings, "assumption", "discount_rate", low=0.3, base=0.2, high=0.4, who="Ada")
    with pytest.raises(CxError, match="no metric 'happiness'"):
        proposals.propose(settings, "goal", "happiness", base=1, who="Ada")
    assert not settings.proposals.exists()


def test_proposals_that_are_taken_back_leave_nothing(settings):
    path = put(settings, "board.csv", GOOD)
    proposals.take(settings)
    path.unlink()
    proposals.take(settings)
    assert list(settings.raw.iterdir()) == []


def test_the_lists_hold_the_latest_that_counts(settings):
    """dbt's own seeds: the latest of a name wins, whatever the order of files; a goal is the target of its metric."""
    late = changed(low="0.06", base="0.09", high="0.11", who="Grace", when="2026-11-21T09:00:00+01:00")
    put(settings, "a.csv", late)
    put(settings, "b.csv", GOOD, changed(name="horizon_months", base="a lot"))
    put(settings, "c.csv", changed(kind="goal", name="kept_rate", base="0.97", low="", high="", why=""))
    ensure_raw(settings)
    proposals.take(settings)
    database = settings.warehouse / "seeded.duckdb"
    result = dbt.invoke(settings, database, dbtRunner(), dbt.arguments(settings, "seed"))
    assert result.success, result.exception
    with duckdb.connect(database) as connection:
        assert connection.execute(
            "select low, base, high, owner, source, cast(dated_on as varchar) from reference.ref_assumptions "
            "where assumption in ('discount_rate', 'horizon_months') order by assumption"
        ).fetchall() == [
            (0.06, 0.09, 0.11, "Grace", "Proposed: new bank rate", "2026-11-21"),
            (12, 24, 36, "finance", "Editable default; no claim about your firm", "2026-11-01"),
        ]
        assert connection.execute(
            "select target, target_source from reference.ref_metrics where metric_id = 'kept_rate'"
        ).fetchone() == (0.97, "Proposed by Ada on 2026-11-20")
        untouched = connection.execute("select count(*) from reference.ref_assumptions where source like 'Proposed%'")
        assert untouched.fetchone() == (1,)


def test_the_mart_says_what_became_of_each(settings):
    write_sample(settings.landing, orders=300, seed=1)
    put(settings, "a.csv", GOOD, changed(base="0.09", when="2026-11-21T09:00:00Z"), changed(name="discount"))
    settings.raw.mkdir(parents=True)
    proposals.take(settings)
    shutil.rmtree(settings.proposals)
    built = world(settings.landing, settings.warehouse, select={"mart_proposals"})
    assert built.execute("select line, outcome, problem is null from mart_proposals order by line").fetchall() == [
        (2, "superseded", True),
        (3, "taken", True),
        (4, "refused", False),
    ]


def of_file(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(path.resolve()), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_what_is_proposed_in_the_app_is_what_the_next_run_counts_with(settings, tmp_path, monkeypatch):
    """From the form to the published number: an assumption, a goal, and a line written by hand that makes no sense."""
    write_sample(settings.landing, orders=600, seed=1)
    app_worlds.publish(settings.warehouse, "20261121T221700000000Z", app_worlds.nothing_at_all)
    monkeypatch.setenv("CX_WAREHOUSE", str(settings.warehouse))
    for kind, name, numbers in (
        ("assumption", "marginal_cost_per_contact_share", (0.1, 0.2, 0.3)),
        ("goal", "kept_rate", (0.995,)),
    ):
        app = page("roi", tab="propose", kind=kind)
        app.selectbox[0].set_value(name)
        for box, value in zip(app.number_input, numbers, strict=True):
            box.set_value(value)
        app.text_input[0].set_value("Ada")
        app.button[0].click().run()
        assert [each.value for each in app.success] == [messages.PROPOSE_DONE]
    put(settings, "by_hand.csv", changed(name="discount"))
    # What a run publishes is looked at, and nothing that was there before.
    shutil.rmtree(settings.warehouse / "versions")
    (settings.warehouse / "current.duckdb").unlink()

    command = [CX, "run", "--landing", settings.landing, "--warehouse", settings.warehouse]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    sentence = "Proposals/by_hand.csv, line 2 does not count: there is no assumption 'discount'."
    assert sentence in " ".join((done.stdout + done.stderr).split())

    published = settings.warehouse / "current.duckdb"
    costs = (
        "select cost_per_contact, marginal_cost_per_contact from mart_contact_economics "
        "where month = 'all' and contact_reason = 'all'"
    )
    targets = "select distinct target from mart_scorecard where metric_id = 'kept_rate' and month = 'all'"
    with world(settings.landing, tmp_path / "before", select={"mart_scorecard", "mart_contact_economics"}) as before:
        ((full, marginal),) = before.execute(costs).fetchall()
        assert marginal == pytest.approx(0.5 * full)
        assert before.execute(targets).fetchall() != [(0.995,)]
    ((full_now, marginal_now),) = of_file(published, costs.replace("from ", "from marts."))
    assert full_now == pytest.approx(full) and marginal_now == pytest.approx(0.2 * full)
    assert of_file(published, targets.replace("from ", "from marts.")) == [(0.995,)]
    assert of_file(
        published,
        "select kind, name, outcome, proposed_by, base, problem, proposed_at is not null from marts.mart_proposals "
        "order by outcome desc, kind",
    ) == [
        ("assumption", "marginal_cost_per_contact_share", "taken", "Ada", 0.2, None, True),
        ("goal", "kept_rate", "taken", "Ada", 0.995, None, True),
        ("assumption", "discount", "refused", "Ada", 0.08, sentence, True),
    ]
    text = words(page("roi", tab="propose"))
    assert messages.PROPOSALS["taken"] in text and sentence in text
