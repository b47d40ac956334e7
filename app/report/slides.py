"""The board pack as slides whose charts are native: whoever presents them can edit them."""

import io
import math
import re
from collections.abc import Sequence
from datetime import datetime

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.text import PP_ALIGN
from pptx.slide import Slide
from pptx.util import Emu, Inches, Pt

from app import figures, messages
from app.report.model import Chart, Report, Section, Table

_KINDS = {"line": XL_CHART_TYPE.LINE_MARKERS, "bar": XL_CHART_TYPE.BAR_CLUSTERED}
_WIDTH, _HEIGHT, _MARGIN = Inches(13.333), Inches(7.5), Inches(0.6)
_SOFT = RGBColor(0x56, 0x61, 0x6E)
_BLANK = 6
_ACTIVE = re.compile(r"[={]|[a-z]+:")
_MOST_ROWS, _MOST_CHARTS = 10, 2
# Lines of a table that a slide has room for, and characters that its width has at 11 points, cells' margins off.
_MOST_LINES, _CHARACTERS = 22, 140


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
    slide = _headed(deck, section.question, section.sentence)
    _text(slide, section.sure or "", Inches(1.75), 12, color=_SOFT)
    step = f"{messages.NEXT_STEP}: {section.next_step}" if section.next_step else ""
    _text(slide, step, Inches(6.75), 14, bold=True)
    _charts(slide, section.charts[:_MOST_CHARTS], Inches(2.8), Inches(3.9))
    if not section.charts and section.tables:
        _rows(slide, section.tables[0], section.tables[0].rows[:_MOST_ROWS], Inches(2.3))


def _more(deck, section: Section) -> None:
    """What else a page draws, two charts a slide; its tables are in the other formats, which are read and not shown."""
    title = messages.REPORT_MORE_OF.format(page=section.question, tab=section.sentence)
    for start in range(0, len(section.charts), _MOST_CHARTS):
        slide = _headed(deck, messages.REPORT_MORE, title)
        _charts(slide, section.charts[start : start + _MOST_CHARTS], Inches(1.7), Inches(5.2))


def _charts(slide: Slide, charts: Sequence[Chart], top: int, height: int) -> None:
    width = int((_WIDTH - 2 * _MARGIN) / max(1, len(charts)))
    for number, chart in enumerate(charts):
        _chart(slide, chart, _MARGIN + number * width, top, width, height)


def _headed(deck, question: str, sentence: str) -> Slide:
    """A slide with a question and its answer at the top."""
    slide = deck.slides.add_slide(deck.slide_layouts[_BLANK])
    _text(slide, question, Inches(0.35), 14, color=_SOFT)
    _text(slide, sentence, Inches(0.7), 26, bold=True)
    return slide


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
    drawn.value_axis.tick_labels.number_format = chart.number_format
    drawn.value_axis.tick_labels.number_format_is_linked = False
    if chart.kind == "bar":
        drawn.category_axis.reverse_order = True
        drawn.plots[0].has_data_labels = True
        drawn.plots[0].data_labels.number_format = chart.number_format
        drawn.plots[0].data_labels.number_format_is_linked = False


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
        slide = deck.slides.add_slide(deck.slide_layouts[_BLANK])
        _text(slide, heading, Inches(0.35), 14, color=_SOFT)
        _text(slide, table.title, Inches(0.7), 22, bold=True)
        _rows(slide, table, taken, Inches(1.7))


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


def _text(slide: Slide, text: str, top: int, size: int, *, bold: bool = False, color: RGBColor | None = None) -> None:
    box = slide.shapes.add_textbox(_MARGIN, top, _WIDTH - 2 * _MARGIN, Inches(0.5))
    box.text_frame.word_wrap = True
    box.text_frame.text = text
    for paragraph in box.text_frame.paragraphs:
        paragraph.font.size, paragraph.font.bold = Pt(size), bold
        if color is not None:
            paragraph.font.color.rgb = color
