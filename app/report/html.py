"""The board pack as one HTML page with no script and no request."""

import jinja2

from app import messages
from app.report.model import Report

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("app.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def render(report: Report, drawn: dict[tuple[str, int], str]) -> bytes:
    """The page as UTF-8; the same report gives the same bytes.

    Args:
        report: what it says.
        drawn: its charts as SVG, of `charts.drawn`.
    """
    return _ENVIRONMENT.get_template("report.html").render(report=report, svg=drawn, words=messages).encode()
