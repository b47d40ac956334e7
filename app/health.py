"""/healthz: can what is published be read?"""

from starlette.requests import Request
from starlette.responses import JSONResponse

from app.publication import reader


def healthz(_request: Request) -> JSONResponse:
    """200 with the version on screen, or 503 with the reason while the newest publication cannot be read.

    Returns:
        JSON: status (ok or error), version (null when none could ever be read) and reason (null when ok).
    """
    published = reader()
    version, reason = published.version, published.error
    body = {"status": "error" if reason else "ok", "version": version, "reason": reason}
    return JSONResponse(body, status_code=503 if reason else 200, headers={"cache-control": "no-store"})
