"""Charts without a browser: the specs of the pages as SVG."""

import vl_convert

from app.report.model import Chart, Report

# Pixels of the marks on paper and on a desk, and of the whole chart on a phone, where no mark nor number shrinks.
WIDTH, NARROW = 620, 320
FONT = "Inter, 'Liberation Sans', 'DejaVu Sans', sans-serif"


def svg(chart: Chart, *, is_narrow: bool = False) -> str:
    """The chart as SVG, drawn by Vega-Lite with no request to any host.

    Args:
        chart: with a spec whose width is that of its container.
        is_narrow: for a phone.
    """
    spec = chart.spec | {"width": NARROW if is_narrow else WIDTH, "background": "transparent"}
    if is_narrow:
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    spec.setdefault("height", 240)
    spec["config"] = {"font": FONT, "view": {"stroke": None}} | spec.get("config", {})
    return vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])


def drawn(report: Report, *, is_narrow: bool = False) -> dict[tuple[str, int], str]:
    """Every chart of a report as SVG, by slug of its section and its number there.

    Args:
        report: what it says.
        is_narrow: for a phone.
    """
    return {
        (section.slug, number): svg(chart, is_narrow=is_narrow)
        for section in (*report.sections, *report.more)
        for number, chart in enumerate(section.charts)
    }
