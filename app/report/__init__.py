"""The board pack: the published numbers as a document, for people who will never sign in."""

from pathlib import Path

from app.report import charts, html, pdf, slides
from app.report.content import report
from app.report.model import Report
from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings
from cx_warehouse.snapshots import Reader

FORMATS = (".pdf", ".pptx", ".html")
NAME = "board-pack"


def write(settings: Settings, out: Path) -> Path:
    """Write the board pack of the published version.

    Args:
        settings: which warehouse.
        out: its suffix says which format: .pdf (tagged, PDF/UA-1), .pptx (native charts) or .html (one file).

    Returns:
        The path written.

    Raises:
        CxError: another suffix, a folder that does not exist, or nothing is published.
    """
    if out.suffix not in FORMATS:
        raise CxError(
            f"A board pack cannot be written as '{out.name}'; expected a name ending in {', '.join(FORMATS)}."
        )
    if not out.parent.is_dir():
        raise CxError(f"The folder {out.parent} does not exist; make it first.")
    said = _published(settings)
    drawn = {} if out.suffix == ".pptx" else charts.drawn(said)
    out.write_bytes(_rendered(said, drawn, out.suffix))
    return out


def write_all(settings: Settings) -> Path:
    """Write the board pack in every format beside the published version, where the app finds it.

    Args:
        settings: which warehouse.

    Returns:
        The folder `<version>.pack`, which goes when the version goes.

    Raises:
        CxError: nothing is published.
    """
    said = _published(settings)
    drawn = charts.drawn(said)
    folder = settings.versions / f"{said.version}.pack"
    folder.mkdir(exist_ok=True)
    for suffix in FORMATS:
        (folder / f"{NAME}{suffix}").write_bytes(_rendered(said, drawn, suffix))
    return folder


def _published(settings: Settings) -> Report:
    reader = Reader(settings)
    try:
        with reader.lease() as snapshot:
            return report(snapshot)
    finally:
        reader.close()


def _rendered(said: Report, drawn: dict[tuple[str, int], str], suffix: str) -> bytes:
    if suffix == ".pptx":
        return slides.render(said)
    return (pdf if suffix == ".pdf" else html).render(said, drawn)
