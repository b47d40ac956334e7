"""The board pack: the published numbers as a document, for people who will never sign in."""

from pathlib import Path

from app.report.content import report
from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings
from cx_warehouse.snapshots import Reader

FORMATS = (".pdf", ".pptx", ".html")


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
    reader = Reader(settings)
    try:
        with reader.lease() as snapshot:
            said = report(snapshot)
    finally:
        reader.close()
    if out.suffix == ".pdf":
        from app.report.pdf import render
    elif out.suffix == ".pptx":
        from app.report.slides import render
    else:
        from app.report.html import render
    out.write_bytes(render(said))
    return out
