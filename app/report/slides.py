"""The board pack as slides whose charts are native: whoever presents them can edit them."""

import io
import math
import re
from collections.abc import Sequence
from datetime import datetime

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION
from pptx.enum.text import MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.slide import Slide
from pptx.util import Emu, Inches, Pt

from app import figures, messages
from app.report.model import Chart, Report, Section, Series, Table

_KINDS = {"line": XL_CHART_TYPE.LINE_MARKERS, "bar": XL_CHART_TYPE.BAR_CLUSTERED}
_WIDTH, _HEIGHT, _MARGIN = Inches(13.333), Inches(7.5), Inches(0.6)
_ACROSS = _WIDTH - 2 * _MARGIN
_SOFT = RGBColor(0x56, 0x61, 0x6E)
_RULE = RGBColor(0xD9, 0xDE, 0xE4)
_BLANK = 6
_ACTIVE = re.compile(r"[={]|[a-z]+:")
_MOST_ROWS, _MOST_CHARTS = 12, 2
# Lines of a table that a slide has room for, and characters that its width has at 11 points, cells' margins off.
_MOST_LINES, _CHARACTERS = 22, 140
# Width of a character and height of a line, as parts of the size of the type, in the widest of the usual ones.
_WIDE, _WIDE_BOLD, _HIGH = 0.56, 0.64, 1.22
# More points of a line run into each other, and so do more intervals.
_MOST_MARKERS = 12
# Bars whose names have room in the usual size.
_FEW = 6


def render(report: Report) -> bytes:
    """The presentation, 16:9.

    Args:
        report: what it says.
    """
    deck = Presentation()
    deck.slide_width, deck.slide_height = _WIDTH, _HEIGHT
    deck.core_properties.title = report.title
    deck.core_properties.author = ""
    instant = datetime.strptime(report.version[:15], "%Y%m%dT%H%M%S")
    deck.core_properties.created = deck.core_properties.modified = instant
    cover = deck.slides.add_slide(deck.slide_layouts[_BLANK])
    _text(cover, report.title, Inches(2.4), 40, bold=True)
    _text(cover, report.subtitle, Inches(3.4), 20, color=_SOFT)
    _text(cover, " · ".join(report.facts), Inches(6.6), 12, color=_SOFT)
    for section in report.sections:
        _question(deck, section)
    for table in (table for section in report.sections for table in section.tables if section.charts):
        _pages(deck, messages.REPORT_MORE, table)
    for section in report.more:
        _more(deck, section)
    for table in report.appendix:
        _pages(deck, messages.REPORT_APPENDIX, table)
    written = io.BytesIO()
    deck.save(written)
    return written.getvalue()


def _question(deck, section: Section) -> None:
    """One slide: question, answer, how sure, next step, and its charts or, without any, its first table."""
    slide, top = _headed(deck, section.question, section.sentence)
    if section.sure:
        top += _text(slide, section.sure, top, 12, color=_SOFT)
    bottom = _HEIGHT - Inches(0.25)
    if section.next_step:
        step = f"{messages.NEXT_STEP}: {section.next_step}"
        bottom -= _height(step, 14, _ACROSS, bold=True)
        _text(slide, step, bottom, 14, bold=True)
    top, bottom = top + Inches(0.1), bottom - Inches(0.1)
    charts = _native(section)[:_MOST_CHARTS]
    _charts(slide, charts, top, bottom - top)
    if not charts and section.tables:
        _rows(slide, section.tables[0], section.tables[0].rows[: _MOST_ROWS - 2], top)


def _more(deck, section: Section) -> None:
    """What else a page draws, two charts a slide.

    Its tables are in the other formats, which are read and not shown; but a table stands in for what cannot be drawn.
    """
    title = messages.REPORT_MORE_OF.format(page=section.question, tab=section.sentence)
    charts = _native(section)
    for start in range(0, len(charts), _MOST_CHARTS):
        slide, top = _headed(deck, messages.REPORT_MORE, title)
        _charts(slide, charts[start : start + _MOST_CHARTS], top, _HEIGHT - Inches(0.35) - top)
    if section.charts and not charts:
        for table in section.tables[:1]:
            _pages(deck, title, table)


def _native(section: Section) -> list[Chart]:
    return [chart for chart in section.charts if chart.series]


def _charts(slide: Slide, charts: Sequence[Chart], top: int, height: int) -> None:
    width = int(_ACROSS / max(1, len(charts)))
    small = max((_height(chart.native_note, 9, width) for chart in charts if chart.native_note), default=0)
    for number, chart in enumerate(charts):
        left = _MARGIN + number * width
        _chart(slide, chart, left, top, width, height - small)
        if chart.native_note:
            _text(slide, chart.native_note, top + height - small, 9, color=_SOFT, left=left, width=width)


def _headed(deck, question: str, sentence: str) -> tuple[Slide, int]:
    """A slide with a question and its answer at the top, and where these end."""
    slide = deck.slides.add_slide(deck.slide_layouts[_BLANK])
    top = Inches(0.3)
    top += _text(slide, question, top, 14, color=_SOFT)
    return slide, top + _text(slide, sentence, top, 26 if len(sentence) < 100 else 22, bold=True)


def _chart(slide: Slide, chart: Chart, left: int, top: int, width: int, height: int) -> None:
    data = CategoryChartData(number_format=chart.number_format)
    data.categories = [_inert(category) for category in chart.categories]
    for series in chart.series:
        data.add_series(_inert(series.name), list(series.values))
    frame = slide.shapes.add_chart(_KINDS[chart.kind], Emu(left), Emu(top), Emu(width), Emu(height), data)
    frame.name = chart.title
    frame._element.nvGraphicFramePr.cNvPr.set("descr", chart.alt)
    drawn = frame.chart
    drawn.has_title = True
    drawn.chart_title.text_frame.text = chart.title
    drawn.chart_title.text_frame.paragraphs[0].font.size = Pt(14)
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position = XL_LEGEND_POSITION.BOTTOM
        drawn.legend.include_in_layout = False
    drawn.font.size = Pt(11)
    values = drawn.value_axis
    values.tick_labels.number_format = chart.number_format
    values.tick_labels.number_format_is_linked = False
    values.format.line.fill.background()
    # Where bars begin below 0 their names would stand on them.
    drawn.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    drawn.category_axis.format.line.color.rgb = _SOFT
    if chart.kind == "bar":
        _lying(drawn, chart)
    else:
        values.major_gridlines.format.line.color.rgb = _RULE
        if chart.span:
            values.minimum_scale, values.maximum_scale = chart.span
    for plotted, series in zip(drawn.plots[0].series, chart.series, strict=True):
        _paint(plotted, series, chart.kind)
        if _has_ends(series):
            _intervals(plotted, series, chart.kind)


def _has_ends(series: Series) -> bool:
    return any(low is not None for low in series.lows)


def _lying(drawn, chart: Chart) -> None:
    """Bars from above to below, each with its number, so without an axis of numbers."""
    names = drawn.category_axis
    names.reverse_order = True
    # Each bar has its name, also where there are many.
    spacing = parse_xml(f'<c:tickLblSkip {nsdecls("c")} val="1"/>')
    names._element.find(qn("c:noMultiLvlLbl")).addprevious(spacing)
    names.tick_labels.font.size = Pt(11 if len(chart.categories) <= _FEW else 9)
    values = drawn.value_axis
    values.visible = False
    values.has_major_gridlines = False
    if chart.base:
        values.crosses_at = chart.base
    # A bar that does not begin at 0, or at its base, says nothing by its length.
    reach = [each for series in chart.series for each in (*series.values, *series.lows, *series.highs)]
    reach = [chart.base, *(each for each in reach if each is not None)]
    has_ends = any(_has_ends(series) for series in chart.series)
    space = (0.04 if has_ends else 0.16) * (max(reach) - min(reach) or 1)
    values.minimum_scale = min(reach) - space if min(reach) < chart.base else chart.base
    values.maximum_scale = max(reach) + space if max(reach) > chart.base else chart.base
    plot = drawn.plots[0]
    plot.gap_width = max(60, 400 - 100 * len(chart.categories))
    plot.overlap = 100 if chart.base else 0
    plot.has_data_labels = not has_ends
    if plot.has_data_labels:
        plot.data_labels.number_format = chart.number_format
        plot.data_labels.number_format_is_linked = False


def _paint(plotted, series: Series, kind: str) -> None:
    colors = [RGBColor.from_string(color.lstrip("#").upper()) for color in series.colors]
    if not colors:
        return
    if kind == "line":
        plotted.smooth = False
        plotted.format.line.color.rgb = colors[0]
        plotted.format.line.width = Pt(2)
        plotted.marker.style = XL_MARKER_STYLE.CIRCLE if len(colors) <= _MOST_MARKERS else XL_MARKER_STYLE.NONE
        plotted.marker.format.fill.solid()
        plotted.marker.format.fill.fore_color.rgb = colors[0]
        plotted.marker.format.line.color.rgb = colors[0]
        return
    plotted.invert_if_negative = False
    plotted.format.fill.solid()
    plotted.format.fill.fore_color.rgb = colors[0]
    for place, color in enumerate(colors):
        if color != colors[0]:
            fill = plotted.points[place].format.fill
            fill.solid()
            fill.fore_color.rgb = color


def _intervals(plotted, series: Series, kind: str) -> None:
    """The interval of each value as a whisker; of a long line, about a dozen of them."""
    every = math.ceil(len(series.values) / _MOST_MARKERS) if kind == "line" else 1
    ends = {"plus": series.highs, "minus": series.lows}
    sides = []
    for side, bounds in ends.items():
        reach = [
            f'<c:pt idx="{place}"><c:v>{abs(bound - value)!r}</c:v></c:pt>'
            for place, (value, bound) in enumerate(zip(series.values, bounds, strict=True))
            if value is not None and bound is not None and place % every == 0
        ]
        count = f'<c:ptCount val="{len(series.values)}"/>'
        sides.append(
            f"<c:{side}><c:numLit><c:formatCode>General</c:formatCode>{count}{''.join(reach)}</c:numLit></c:{side}>"
        )
    direction = '<c:errDir val="y"/>' if kind == "line" else ""
    line = '<c:spPr><a:ln w="15875"><a:solidFill><a:srgbClr val="101923"/></a:solidFill></a:ln></c:spPr>'
    bars = parse_xml(
        f'<c:errBars {nsdecls("c", "a")}>{direction}<c:errBarType val="both"/><c:errValType val="cust"/>'
        f'<c:noEndCap val="1"/>{"".join(sides)}{line}</c:errBars>'
    )
    plotted._element.find(qn("c:cat")).addprevious(bars)


def _inert(text: str) -> str:
    """A name in the workbook behind a chart, which runs what begins like a formula or an address."""
    return f"{figures.WORD_JOINER}{text}" if _ACTIVE.match(text) else text


def _pages(deck, heading: str, table: Table) -> None:
    """A table on as many slides as it takes."""
    rows = list(table.rows)
    while rows:
        room, taken = _MOST_LINES, []
        while rows and (not taken or _lines(rows[0]) <= room) and len(taken) < _MOST_ROWS:
            taken.append(rows.pop(0))
            room -= _lines(taken[-1])
        slide, top = _headed(deck, heading, table.title)
        _rows(slide, table, taken, top + Inches(0.1))


def _lines(row: Sequence[str]) -> int:
    """Lines that a row of a table takes over the width of a slide, its columns alike."""
    return max(math.ceil(len(text) * len(row) / _CHARACTERS) for text in (*row, "."))


def _rows(slide: Slide, table: Table, rows: Sequence[Sequence[str]], top: int) -> None:
    size = len(rows) + 1, len(table.columns)
    shape = slide.shapes.add_table(*size, _MARGIN, top, _WIDTH - 2 * _MARGIN, Inches(0.4) * (len(rows) + 1))
    for number, row in enumerate([table.columns, *rows]):
        for column, text in enumerate(row):
            cell = shape.table.cell(number, column)
            cell.text = text
            for paragraph in cell.text_frame.paragraphs:
                paragraph.font.size = Pt(11)
                paragraph.alignment = PP_ALIGN.RIGHT if column in table.numbers else PP_ALIGN.LEFT


def _text(
    slide: Slide,
    text: str,
    top: int,
    size: int,
    *,
    bold: bool = False,
    color: RGBColor | None = None,
    left: int = _MARGIN,
    width: int = _ACROSS,
) -> int:
    """Writes text, and says how high it stands, so that what follows does not stand on it."""
    height = _height(text, size, width, bold=bold)
    box = slide.shapes.add_textbox(Emu(left), Emu(top), Emu(width), Emu(height))
    box.text_frame.word_wrap = True
    box.text_frame.auto_size = MSO_AUTO_SIZE.NONE
    box.text_frame.margin_top = box.text_frame.margin_bottom = 0
    box.text_frame.text = text
    for paragraph in box.text_frame.paragraphs:
        paragraph.font.size, paragraph.font.bold = Pt(size), bold
        if color is not None:
            paragraph.font.color.rgb = color
    return height


def _height(text: str, size: int, width: int, *, bold: bool = False) -> int:
    """How high text stands in a box of some width."""
    characters = width / (Pt(size) * (_WIDE_BOLD if bold else _WIDE))
    lines = sum(max(1, math.ceil(len(line) / characters)) for line in text.splitlines())
    return int(lines * Pt(size) * _HIGH) + Inches(0.08)
