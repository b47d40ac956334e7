"""The board pack of the version on screen: /brief in the browser, /board-pack.pdf and .pptx to take along."""

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
