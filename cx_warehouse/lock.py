"""One run at a time in a warehouse."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings

# flock belongs to an open file, not to a process: without this the command line, which takes the lock first so that
# the message comes before the slow imports, would shut out the job that it starts.
_held: set[Path] = set()


@contextmanager
def acquire_lock(settings: Settings) -> Iterator[None]:
    """Hold the warehouse's lock; taking it again in the process that holds it is free.

    Raises:
        CxError: another process holds it; the message says which, and since when. Or the warehouse is a file.
    """
    if settings.warehouse.is_file():
        raise CxError(f"The warehouse {settings.warehouse} is a file. Name a folder with --warehouse.")
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    path = settings.lock.resolve()
    if path in _held:
        yield
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CxError(
                f"Another run is under way in {settings.warehouse} ({_holder(path)}). "
                "Wait until it has ended, then try again; what is published can be read meanwhile."
            ) from None
        _write(descriptor, {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")})
        _held.add(path)
        try:
            yield
        finally:
            _held.discard(path)
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _write(descriptor: int, owner: dict) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(owner).encode(), 0)


def _holder(path: Path) -> str:
    text = path.read_text()
    if not text:  # taken a moment ago: its owner has not written its name yet
        return "just started"
    owner = json.loads(text)
    return f"pid {owner['pid']}, since {owner['since']}"
