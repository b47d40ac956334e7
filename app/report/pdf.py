"""The board pack as a tagged PDF (PDF/UA-1): the compiler refuses a picture without words."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import typst

from app import messages
from app.report.model import Report, Section, Table

_TEMPLATE = Path(__file__).with_name("templates") / "report.typ"


def render(report: Report, drawn: dict[tuple[str, int], str]) -> bytes:
    """The document; the same report on the same fonts gives the same bytes.

    Args:
        report: what it says.
        drawn: its charts as SVG, of `charts.drawn`.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "report.typ").write_text(_TEMPLATE.read_text())
        content = {
            "title": report.title,
            "subtitle": report.subtitle,
            "facts": [report.as_of, report.published, report.checks],
            "sections": [_section(section, drawn, root) for section in report.sections],
            "appendix": [_table(table) for table in report.appendix],
            "words": {"next_step": messages.NEXT_STEP, "appendix": messages.REPORT_APPENDIX},
            "language": messages.LANGUAGE,
        }
        # Through a file of data nothing needs escaping.
        (root / "report.json").write_text(json.dumps(content))
        return typst.compile(
            str(root / "report.typ"),
            root=str(root),
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=_epoch(report.version),
        )


def _section(section: Section, drawn: dict[tuple[str, int], str], root: Path) -> dict:
    charts = []
    for number, chart in enumerate(section.charts):
        name = f"{section.slug}_{number}.svg"
        (root / name).write_text(drawn[section.slug, number])
        charts.append({"title": chart.title, "alt": chart.alt, "file": name})
    return {
        "question": section.question,
        "sentence": section.sentence,
        "sure": section.sure,
        "next_step": section.next_step,
        "charts": charts,
        "tables": [_table(table) for table in section.tables],
    }


def _table(table: Table) -> dict:
    return {
        "title": table.title,
        "columns": list(table.columns),
        "rows": [list(row) for row in table.rows],
        "numbers": table.numbers,
    }


def _epoch(version: str) -> datetime:
    """The instant that a version is named after, so that no clock is read."""
    return datetime.strptime(version[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
