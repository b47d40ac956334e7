"""What the command line shows while it works: on stderr, so that stdout holds results only."""

import sys
import time
from typing import TextIO

# Without a terminal every line stays, so passing ones come at most this often.
SECONDS_BETWEEN = 5.0


class Screen:
    """Shows steps with the seconds since the start; has the methods that steps of a run call (see orchestration)."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._began = time.monotonic()
        self._shown_at = self._began
        self._is_passing = False

    def done(self, message: str) -> None:
        """A line that stays."""
        self._clear()
        print(self._line(message), file=self._stream, flush=True)

    def doing(self, message: str) -> None:
        """A line that the next one replaces."""
        if self._stream.isatty():
            self._clear()
            print(self._line(message)[:100], end="", file=self._stream, flush=True)
            self._is_passing = True
        elif time.monotonic() - self._shown_at >= SECONDS_BETWEEN:
            self._shown_at = time.monotonic()
            print(self._line(message), file=self._stream, flush=True)

    def close(self) -> None:
        """Leave no half line behind."""
        self._clear()

    def _line(self, message: str) -> str:
        return f"{time.monotonic() - self._began:6.1f} s  {message}"

    def _clear(self) -> None:
        if self._is_passing:
            print("\r\x1b[2K", end="", file=self._stream)
            self._is_passing = False
