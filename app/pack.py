"""What lies beside the version on screen: its board pack (/brief, /board-pack.pdf and .pptx) and what was checked."""

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from app import messages
from app.publication import reader
from cx_warehouse.settings import Settings

_FILES = {
    "/brief": ("board-pack.html", "text/html; charset=utf-8"),
    "/board-pack.pdf": ("board-pack.pdf", "application/pdf"),
    "/board-pack.pptx": (
        "board-pack.pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
}
PATHS = tuple(_FILES)
CHECKS = "/checks"


def board_pack(request: Request) -> Response:
    """The file of the version on screen, 404 with a sentence where that version has none.

    Args:
        request: its path says which format.
    """
    name, kind = _FILES[request.url.path]
    version = reader().version
    path = Settings().versions / f"{version}.pack" / name
    if version is None or not path.is_file():
        return PlainTextResponse(messages.PACK_MISSING, status_code=404, headers={"cache-control": "no-store"})
    return FileResponse(path, media_type=kind, headers={"cache-control": "no-cache"})


def checks(_request: Request) -> Response:
    """What the expectations found about the version on screen; a page without a script."""
    version = reader().version
    path = Settings().versions / f"{version}.docs" / "index.html"
    if version is None or not path.is_file():
        return PlainTextResponse(messages.CHECKS_MISSING, status_code=404, headers={"cache-control": "no-store"})
    return FileResponse(path, media_type="text/html; charset=utf-8", headers={"cache-control": "no-cache"})
