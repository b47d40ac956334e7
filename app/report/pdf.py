"""The board pack as a tagged PDF (PDF/UA-1): the compiler refuses a picture without words."""

import json
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import typst

from app import figures, messages
from app.report.model import Report, Section, Table

_TEMPLATE = Path(__file__).with_name("templates") / "report.typ"
# Millimetres of a page between its margins, and of the height that one chart, and each of several, may take.
_WIDTH, _ALONE, _EACH = 170, 100, 66
_FEW_COLUMNS = 6
_SIZE = re.compile(r'<svg[^>]*? width="([\d.]+)" height="([\d.]+)"')


def render(report: Report, drawn: dict[tuple[str, int], str]) -> bytes:
    """The document; the same report on the same fonts gives the same bytes.

    Args:
        report: what it says.
        drawn: its charts as SVG, of `charts.drawn`.
    """
    with tempfile.TemporaryDirectory() as folder:
        return typst.compile(
            str(lay_out(report, drawn, Path(folder))),
            root=folder,
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=_epoch(report.version),
        )


def lay_out(report: Report, drawn: dict[tuple[str, int], str], root: Path) -> Path:
    """Puts the template, its data and its pictures into a folder.

    Args:
        report: what it says.
        drawn: its charts as SVG.
        root: the folder.

    Returns:
        What is to be compiled.
    """
    path = root / "report.typ"
    path.write_text(_TEMPLATE.read_text())
    content = {
        "title": report.title,
        "subtitle": report.subtitle,
        "facts": list(report.facts),
        "sections": [_section(section, drawn, root) for section in report.sections],
        "more": [_section(section, drawn, root) for section in report.more],
        "appendix": [_table(table) for table in report.appendix],
        "words": {
            "next_step": messages.NEXT_STEP,
            "more": messages.REPORT_MORE,
            "appendix": messages.REPORT_APPENDIX,
        },
        "language": messages.LANGUAGE,
    }
    # Through a file of data nothing needs escaping.
    (root / "report.json").write_text(json.dumps(content))
    return path


def _section(section: Section, drawn: dict[tuple[str, int], str], root: Path) -> dict:
    charts = []
    for number, chart in enumerate(section.charts):
        name = f"{section.slug}_{number}.svg"
        svg = drawn[section.slug, number]
        (root / name).write_text(svg)
        width, height = map(float, _SIZE.search(svg).groups())
        share = min(100, 100 * (_ALONE if len(section.charts) == 1 else _EACH) / _WIDTH * width / height)
        charts.append(
            {"title": chart.title, "alt": chart.alt, "note": chart.note, "file": name, "width": round(share, 1)}
        )
    return {
        "question": section.question,
        "title": messages.REPORT_MORE_OF.format(page=section.question, tab=section.sentence),
        "sentence": section.sentence,
        "sure": section.sure,
        "next_step": section.next_step,
        "charts": charts,
        "tables": [_table(table) for table in section.tables],
    }


def _table(table: Table) -> dict:
    # Many columns leave no room for an interval in one line.
    kept = figures.together if len(table.columns) <= _FEW_COLUMNS else str
    return {
        "title": table.title,
        "columns": list(table.columns),
        "rows": [[kept(cell) for cell in row] for row in table.rows],
        "numbers": table.numbers,
    }


def _epoch(version: str) -> datetime:
    """The instant that a version is named after, so that no clock is read."""
    return datetime.strptime(version[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
