"""The board pack as one HTML page with no script and no request."""

import re

import jinja2

from app import figures, messages
from app.report import charts
from app.report.model import Report

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("app.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)

_ENVIRONMENT.filters["together"] = figures.together


def render(report: Report, drawn: dict[tuple[str, int], str]) -> bytes:
    """The page as UTF-8; the same report gives the same bytes.

    Args:
        report: what it says.
        drawn: its charts as SVG, of `charts.drawn`.
    """
    narrow = {key: _apart(svg) for key, svg in charts.drawn(report, is_narrow=True).items()}
    template = _ENVIRONMENT.get_template("report.html")
    return template.render(report=report, svg=drawn, narrow=narrow, words=messages).encode()


def _apart(svg: str) -> str:
    """The drawing with names of its own: what is hidden on this screen lends the other no colours."""
    return re.sub(r'(\bid="|url\(#)', r"\1narrow_", svg)
