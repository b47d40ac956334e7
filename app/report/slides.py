"""The board pack as slides whose charts are native: whoever presents them can edit them."""

import io
from datetime import datetime

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.text import PP_ALIGN
from pptx.slide import Slide
from pptx.util import Emu, Inches, Pt

from app import messages
from app.report.model import Chart, Report, Section, Table

_KINDS = {"line": XL_CHART_TYPE.LINE_MARKERS, "bar": XL_CHART_TYPE.BAR_CLUSTERED}
_WIDTH, _HEIGHT, _MARGIN = Inches(13.333), Inches(7.5), Inches(0.6)
_SOFT = RGBColor(0x56, 0x61, 0x6E)
_BLANK = 6
_MOST_ROWS, _MOST_CHARTS = 10, 2


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
    _text(cover, f"{report.as_of} · {report.published} · {report.checks}", Inches(6.6), 12, color=_SOFT)
    for section in report.sections:
        _question(deck, section)
    for table in report.appendix:
        _pages(deck, messages.REPORT_APPENDIX, table)
    written = io.BytesIO()
    deck.save(written)
    return written.getvalue()


def _question(deck, section: Section) -> None:
    slide = _answer(deck, section)
    _text(slide, section.sure or "", Inches(1.75), 12, color=_SOFT)
    step = f"{messages.NEXT_STEP}: {section.next_step}" if section.next_step else ""
    _text(slide, step, Inches(6.7), 14, bold=True)
    for start in range(0, len(section.charts), _MOST_CHARTS):
        charts = section.charts[start : start + _MOST_CHARTS]
        width = int((_WIDTH - 2 * _MARGIN) / len(charts))
        for number, chart in enumerate(charts):
            _chart(slide, chart, _MARGIN + number * width, Inches(2.3), width, Inches(4.3))
        if section.charts[start + _MOST_CHARTS :]:
            slide = _answer(deck, section)
    for table in section.tables:
        _pages(deck, section.question, table)


def _answer(deck, section: Section) -> Slide:
    """A slide with a question and its answer at the top."""
    slide = deck.slides.add_slide(deck.slide_layouts[_BLANK])
    _text(slide, section.question, Inches(0.35), 14, color=_SOFT)
    _text(slide, section.sentence, Inches(0.7), 26, bold=True)
    return slide


def _chart(slide: Slide, chart: Chart, left: int, top: int, width: int, height: int) -> None:
    data = CategoryChartData(number_format=chart.number_format)
    data.categories = list(chart.categories)
    for series in chart.series:
        data.add_series(series.name, list(series.values))
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


def _pages(deck, heading: str, table: Table) -> None:
    """A table on as many slides as it takes."""
    for start in range(0, max(1, len(table.rows)), _MOST_ROWS):
        rows = table.rows[start : start + _MOST_ROWS]
        slide = deck.slides.add_slide(deck.slide_layouts[_BLANK])
        _text(slide, heading, Inches(0.35), 14, color=_SOFT)
        _text(slide, table.title, Inches(0.7), 22, bold=True)
        shape = slide.shapes.add_table(
            len(rows) + 1, len(table.columns), _MARGIN, Inches(1.6), _WIDTH - 2 * _MARGIN, Inches(0.4) * (len(rows) + 1)
        )
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
    font = box.text_frame.paragraphs[0].font
    font.size, font.bold = Pt(size), bold
    if color is not None:
        font.color.rgb = color
