"""Charts without a browser: the specs of the pages as SVG."""

import vl_convert

from app.report.model import Chart, Report

WIDTH = 620
FONT = "Inter, 'Liberation Sans', 'DejaVu Sans', sans-serif"


def svg(chart: Chart) -> str:
    """The chart as SVG, drawn by Vega-Lite with no request to any host.

    Args:
        chart: with a spec whose width is that of its container.
    """
    spec = chart.spec | {"width": WIDTH, "background": "transparent"}
    spec.setdefault("height", 240)
    spec["config"] = {"font": FONT, "view": {"stroke": None}} | spec.get("config", {})
    return vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])


def drawn(report: Report) -> dict[tuple[str, int], str]:
    """Every chart of a report as SVG, by slug of its section and its number there.

    Args:
        report: what it says.
    """
    return {
        (section.slug, number): svg(chart)
        for section in (*report.sections, *report.more)
        for number, chart in enumerate(section.charts)
    }
