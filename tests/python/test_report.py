"""The board pack: the published figures as a document, the same bytes for the same version."""

import html
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import typst
from pptx import Presentation
from pptx.oxml.ns import qn
from starlette.requests import Request
from streamlit.delta_generator_singletons import get_dg_singleton_instance

from app.views import PAGES
from cx_warehouse.settings import Settings

CX = Path(sys.executable).with_name("cx")


def pack(warehouse: Path, out: Path) -> subprocess.CompletedProcess:
    return subprocess.run([CX, "report", "--out", out, "--warehouse", warehouse], capture_output=True, text=True)


@pytest.fixture(scope="module")
def page(demo_warehouse, tmp_path_factory) -> str:
    out = tmp_path_factory.mktemp("pack") / "pack.html"
    done = pack(demo_warehouse, out)
    assert done.returncode == 0, done.stderr
    return html.unescape(out.read_text())


def published(warehouse: Path, sql: str) -> list[tuple]:
    with duckdb.connect((warehouse / "current.duckdb").resolve(), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_the_page_says_what_is_published(page, demo_warehouse) -> None:
    ((kept, version),) = published(
        demo_warehouse,
        "select value, (select version from marts.mart_publication) from marts.mart_scorecard "
        "where metric_id = 'kept_rate' and month = 'last_12_months'",
    )
    assert f"{100 * kept:.1f}%" in page
    assert version in page
    names = published(demo_warehouse, "select metric_name from marts.dim_metrics")
    assert [name for (name,) in names if name not in page] == []


def test_the_page_asks_nobody_for_anything(page) -> None:
    assert "<script" not in page
    addresses = set(re.findall(r"(?:src|href)=\"([^\"#]+)", page)) | set(re.findall(r"url\(([^)#]+)", page))
    assert addresses == set()
    # Each for a desk and for a phone.
    assert page.count("<svg") == 2 * page.count('role="img" aria-label=') > 10


def test_nobody_is_named_in_a_document_that_is_passed_on(page, demo_warehouse) -> None:
    queue = published(demo_warehouse, "select customer_id from marts.mart_recovery_queue")
    assert queue
    assert [customer for (customer,) in queue if customer in page] == []


def test_the_same_version_gives_the_same_bytes(demo_warehouse, tmp_path) -> None:
    for suffix in ("html", "pdf"):
        for number in (1, 2):
            assert pack(demo_warehouse, tmp_path / f"{number}.{suffix}").returncode == 0
        assert (tmp_path / f"1.{suffix}").read_bytes() == (tmp_path / f"2.{suffix}").read_bytes()


def test_the_document_is_tagged(demo_warehouse, tmp_path) -> None:
    assert pack(demo_warehouse, tmp_path / "pack.pdf").returncode == 0
    content = (tmp_path / "pack.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    # The compiler refuses PDF/UA where a picture has no words; this is what it writes when it does not refuse.
    assert b"pdfuaid" in content and b"/MarkInfo" in content


def test_each_question_of_the_board_has_one_page_and_the_rest_is_appendix(demo_warehouse, tmp_path) -> None:
    from app import messages
    from app.report import _published, charts, pdf

    said = _published(Settings(warehouse=demo_warehouse))
    path = pdf.lay_out(said, charts.drawn(said), tmp_path)
    found = json.loads(typst.query(str(path), "<question>", root=str(tmp_path), field="value"))
    assert set(messages.ANSWERS.values()) < {each["question"] for each in found}
    # The cover is the first page; the appendix begins on the one after the last question.
    assert [each["page"] for each in found] == list(range(2, len(found) + 2))
    assert json.loads(typst.query(str(path), "<appendix>", root=str(tmp_path), field="value")) == [len(found) + 2]
    titles = {table.title for table in said.appendix}
    assert titles == {messages.REPORT_DEFINITIONS, messages.REPORT_THIS_VERSION, messages.REPORT_WITHHELD}
    # Nothing is left out of both but a form, lists of people, and changes where there are none.
    left = {"roi-propose", "retention-queue", "retention-lost", "trust-restated"}
    tabs = {f"{page.slug}-{tab.slug}" for page in PAGES for tab in page.tabs}
    assert tabs - {each.slug for each in (*said.sections, *said.more)} <= left


def test_drawing_leaves_no_form_behind_into_which_later_pages_would_be_drawn(demo_warehouse) -> None:
    from app.report import _published

    assert _published(Settings(warehouse=demo_warehouse)).more
    assert get_dg_singleton_instance().main_dg._form_data is None


@pytest.fixture(scope="module")
def slides_file(demo_warehouse, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("slides") / "pack.pptx"
    assert pack(demo_warehouse, out).returncode == 0
    return out


@pytest.fixture(scope="module")
def deck(slides_file):
    return Presentation(slides_file)


def test_no_chart_of_a_slide_is_empty(deck) -> None:
    frames = [shape for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    empty = [
        (frame.name, series.name)
        for frame in frames
        for series in frame.chart.plots[0].series
        if all(value is None for value in series.values)
    ]
    assert empty == []


def test_what_each_assumption_moves_is_drawn_from_the_base_to_both_ends(deck, demo_warehouse) -> None:
    rows = published(
        demo_warehouse,
        "select npv_at_low, npv_at_high, npv from marts.mart_roi_tornado "
        "where initiative_id = 'all' and npv_at_low is not null",
    )
    from app import messages

    chart = next(
        shape.chart
        for slide in deck.slides
        for shape in slide.shapes
        if shape.has_chart and shape._element.nvGraphicFramePr.cNvPr.get("descr").startswith("Net present value by")
    )
    drawn = {series.name: sorted(series.values) for series in chart.plots[0].series}
    assert drawn == {
        messages.REPORT_ENDS[0]: pytest.approx(sorted(min(row[:2]) for row in rows)),
        messages.REPORT_ENDS[1]: pytest.approx(sorted(max(row[:2]) for row in rows)),
    }
    assert chart.value_axis.crosses_at == pytest.approx(rows[0][2])


def test_numbers_of_slides_have_their_unit_and_their_interval(deck) -> None:
    charts = {shape.name: shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart}
    causes = next(chart for name, chart in charts.items() if name.endswith("of the missed orders"))
    (series,) = causes.plots[0].series
    assert causes.value_axis.minimum_scale == 0
    reach = series._element.find(qn("c:errBars"))
    assert reach is not None and len(reach.findall(f".//{qn('c:pt')}")) == 2 * len(series.values)
    # A number that would stand on its whisker stands beside its name.
    assert all(re.search(r": [\d.]+%$", name) for name in causes.plots[0].categories)
    money = next(chart for name, chart in charts.items() if name.endswith("at risk"))
    assert all("€" in name for name in money.plots[0].categories)
    planned = next(chart for name, chart in charts.items() if name.startswith("To keep 95%"))
    assert planned.plots[0].data_labels.number_format == '#,##0" days"'


def test_nothing_on_a_slide_stands_on_anything_else(deck) -> None:
    for number, slide in enumerate(deck.slides, start=1):
        boxes = [(shape.left, shape.top, shape.left + shape.width, shape.top + shape.height) for shape in slide.shapes]
        for one, (left, top, right, bottom) in enumerate(boxes):
            assert bottom <= deck.slide_height and right <= deck.slide_width, number
            for other in boxes[one + 1 :]:
                apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
                assert apart, (number, one)


@pytest.mark.parametrize(
    ("texts", "written", "factor"),
    [
        (["€2,332", "−€40"], '"€"#,##0', 1),
        (["27.9%", "4.0%"], "#,##0.0%", 1),
        (["−12.4 points", "+1.5 points"], '+#,##0.0" points";-#,##0.0" points";#,##0.0" points"', 100),
        (["1 day", "3 days"], "#,##0", 1),
        (["0.55 days"], '#,##0.00" days"', 1),
        (["5 align", "2 explore"], "#,##0", 1),
        ([], "General", 1),
    ],
)
def test_an_editable_number_is_written_as_on_the_page(texts, written, factor) -> None:
    from app.report.content import _number_format

    values = [{"value": -1.0 if text.startswith("−") else 1.0, "text": text} for text in texts]
    assert _number_format(values) == (written, factor)


def test_a_chart_of_a_document_says_how_to_read_it(page) -> None:
    from app import messages

    assert html.unescape(messages.CAUSES_NOTE) in page and messages.NPV_NOTE in page


def test_slides_have_native_charts_with_the_published_figures(deck, slides_file, demo_warehouse) -> None:
    frames = [shape for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert len(frames) > 5
    shares = published(
        demo_warehouse, "select share from marts.mart_miss_causes where month = 'last_12_months' and share is not null"
    )
    drawn = {
        round(value, 9)
        for frame in frames
        for series in frame.chart.plots[0].series
        for value in series.values
        if value is not None
    }
    named = {round(share, 9) for (share,) in shares} - {1.0, 0.0}
    assert named and named <= drawn
    # Editable: the figures lie in a workbook inside the file.
    assert any(name.endswith(".xlsx") for name in zipfile.ZipFile(slides_file).namelist())


def test_the_workbook_behind_a_slide_runs_no_name_as_a_formula() -> None:
    from app.components import comparisons
    from app.components.palette import LIGHT
    from app.report import slides
    from app.report.content import _chart, _printable
    from app.report.model import Chart, Report, Section, Series

    name = '=HYPERLINK("http://evil","x")\x0b'
    mark = {"label": name, "value": 1.0, "low": None, "high": None, "text": "1", "role": "main", "description": name}
    kept = (name, comparisons.bars([mark], LIGHT), name, name)
    chart = _chart(*map(_printable, kept))
    section = Section("a", "?", "!", None, None, [chart, Chart("t", "t", {}, "bar", ["b"], [Series("=1+1", [1.0])])])
    report = Report("t", "s", "20261121T221700000000Z", [], [section], [], [])
    with zipfile.ZipFile(io.BytesIO(slides.render(report))) as deck:
        books = [deck.read(each) for each in deck.namelist() if each.endswith(".xlsx")]
    assert len(books) == 2
    for book in books:
        sheet = zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet


def test_another_suffix_is_refused_in_a_sentence(demo_warehouse, tmp_path) -> None:
    done = pack(demo_warehouse, tmp_path / "pack.docx")
    assert done.returncode == 2
    assert "pack.docx" in done.stderr and ".pptx" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_publication_it_says_what_to_do(tmp_path) -> None:
    done = pack(tmp_path / "nothing", tmp_path / "pack.pdf")
    assert done.returncode in (1, 2)
    assert "cx run" in done.stderr and "Traceback" not in done.stderr


def asked(path: str) -> Request:
    scope = {"type": "http", "method": "GET", "scheme": "http", "path": path, "query_string": b"", "headers": []}
    return Request(scope | {"server": ("127.0.0.1", 80)})


def test_the_app_serves_the_pack_of_the_version_on_screen(demo_warehouse, tmp_path, monkeypatch) -> None:
    from app.pack import PATHS, board_pack

    monkeypatch.setenv("CX_WAREHOUSE", str(demo_warehouse))
    ((version,),) = published(demo_warehouse, "select version from marts.mart_publication")
    kept = demo_warehouse / "versions" / f"{version}.pack"
    names = {path: "board-pack.html" if path == "/brief" else path[1:] for path in PATHS}
    assert {path: Path(board_pack(asked(path)).path) for path in PATHS} == {
        path: kept / name for path, name in names.items()
    }
    assert all((kept / name).stat().st_size > 10_000 for name in names.values())
    monkeypatch.setenv("CX_WAREHOUSE", str(tmp_path))
    answer = board_pack(asked("/brief"))
    assert answer.status_code == 404 and b"cx report" in answer.body


def test_the_app_serves_what_was_checked_as_a_page_that_asks_nobody(demo_warehouse, tmp_path, monkeypatch) -> None:
    from app.pack import CHECKS, checks

    monkeypatch.setenv("CX_WAREHOUSE", str(demo_warehouse))
    page = Path(checks(asked(CHECKS)).path).read_text()
    assert "published_totals_are_those_of_the_sources" in page and "nothing was published before" in page
    assert "<script" not in page and not re.findall(r"(?:src|href)=.(?!#)|url\(|@import", page)
    monkeypatch.setenv("CX_WAREHOUSE", str(tmp_path))
    assert checks(asked(CHECKS)).status_code == 404


def test_a_pack_that_cannot_be_written_does_not_fail_the_run(tmp_path) -> None:
    from orchestration import report
    from orchestration.progress import Progress

    said = []

    class Heard(Progress):
        def done(self, words: str) -> None:
            said.append(words)

    ended = dg.materialize([report.asset(Settings(warehouse=tmp_path), Heard())])
    assert ended.success
    assert len(said) == 1 and "The board pack was not written" in said[0] and "cx run" in said[0]
