"""Snapshots of what is published, for a process that stays up while new versions come."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import duckdb

from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings
from cx_warehouse.warehouse import connect, published_file, search_path, sentence

# The one that is shown and the one before, for pages still being drawn from it.
MOST_OPEN = 2

# Answers kept per version; a page asks fewer than ten questions for each choice of filters.
KEPT_ANSWERS = 256


class Snapshot:
    """One published version, open for reading by many threads at once."""

    def __init__(self, path: Path, signature: tuple, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.signature = signature
        self.version = path.stem
        self.users = 0
        self._connection = connection
        self._remembered = lru_cache(maxsize=KEPT_ANSWERS)(self._run)
        self._set_search_path = f"set search_path = '{search_path(connection)}'"

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> tuple[dict, ...]:
        """The answer of one query; a version never changes, so the answer is kept for the next who asks.

        Args:
            sql: one statement.
            parameters: values of its question marks, in order.

        Returns:
            One dict a row, column name to value; they are shared, so do not change them.

        Raises:
            CxError: the version does not hold what the query asks for.
        """
        return self._remembered(sql, tuple(parameters))

    def _run(self, sql: str, parameters: tuple) -> tuple[dict, ...]:
        # A cursor each: two calls on one DuckDB connection mix up their results.
        cursor = self._connection.cursor()
        try:
            cursor.execute(self._set_search_path)
            cursor.execute(sql, list(parameters))
            names = [column[0] for column in cursor.description]
            return tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall())
        except duckdb.Error as error:
            raise CxError(f"Version {self.version} cannot answer: {sentence(error)}") from error
        finally:
            cursor.close()

    def close(self) -> None:
        """Closes the file; call it only when nobody uses the snapshot."""
        self._connection.close()


class Reader:
    """Hands out snapshots of the newest readable version; a broken publication leaves the last good one in use."""

    def __init__(
        self, settings: Settings, check_seconds: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """
        Args:
            settings: warehouse folder, memory and threads.
            check_seconds: the link is looked at no more often than this, in seconds.
            clock: seconds that never run backwards.
        """
        self._settings = settings
        self._check_seconds = check_seconds
        self._clock = clock
        self._guard = threading.Lock()  # over the fields below, never held while a file is opened
        self._opening = threading.Lock()  # one thread opens, the others go on with what there is
        self._checked_at: float | None = None
        self._snapshot: Snapshot | None = None
        self._retired: list[Snapshot] = []
        self._error: str | None = None

    @contextmanager
    def lease(self) -> Iterator[Snapshot]:
        """The newest readable version, which stays open and the same until the block ends.

        Yields:
            A snapshot.

        Raises:
            CxError: no version could be read since this reader began.
        """
        self.check()
        with self._guard:
            snapshot = self._snapshot
            if snapshot is None:
                raise CxError(self._error or f"Nothing is published in {self._settings.warehouse}. Run `cx run` first.")
            snapshot.users += 1
        try:
            yield snapshot
        finally:
            with self._guard:
                snapshot.users -= 1
            self._close_unused()

    @property
    def version(self) -> str | None:
        """The version in use, if there is one; looks at the link no more often than `lease` does."""
        self.check()
        with self._guard:
            return self._snapshot.version if self._snapshot else None

    @property
    def error(self) -> str | None:
        """Why what is published now cannot be read, in a sentence; None when it can."""
        with self._guard:
            return self._error

    @property
    def open_count(self) -> int:
        """Files open at this moment."""
        with self._guard:
            return len(self._retired) + (self._snapshot is not None)

    def check(self) -> None:
        """Opens a newer version if there is one and it is time to look."""
        if not self._is_due():
            return
        with self._guard:
            must_wait = self._snapshot is None
        if not self._opening.acquire(blocking=must_wait):
            return
        try:
            # Whoever waited finds the work done.
            if self._is_due():
                self._look()
                with self._guard:
                    self._checked_at = self._clock()
        finally:
            self._opening.release()

    def close(self) -> None:
        """Closes every file; call it when no lease is held."""
        with self._guard:
            snapshots = [*self._retired, *([self._snapshot] if self._snapshot else [])]
            self._retired, self._snapshot = [], None
        for snapshot in snapshots:
            snapshot.close()

    def _is_due(self) -> bool:
        with self._guard:
            return self._checked_at is None or self._clock() - self._checked_at >= self._check_seconds

    def _look(self) -> None:
        try:
            path = published_file(self._settings)
            signature = _signature(path)
            with self._guard:
                if self._snapshot is not None and self._snapshot.signature == signature:
                    self._error = None
                    return
                # A third file waits until the pages drawn from the first are done.
                if len(self._retired) + 1 >= MOST_OPEN and self._snapshot is not None:
                    return
            newer = self._open(path, signature)
        except (CxError, OSError) as error:
            with self._guard:
                self._error = str(error)
            return
        with self._guard:
            if self._snapshot is not None:
                self._retired.append(self._snapshot)
            self._snapshot, self._error = newer, None
        self._close_unused()

    def _open(self, path: Path, signature: tuple) -> Snapshot:
        snapshot = Snapshot(path, signature, connect(path, self._settings))
        try:
            # A file can open and still lack its end, so the table every page begins with is read.
            if len(snapshot.rows("select version from marts.mart_publication")) != 1:
                raise CxError(f"{path} is not a published version: mart_publication does not hold one row.")
        except CxError:
            snapshot.close()
            raise
        return snapshot

    def _close_unused(self) -> None:
        with self._guard:
            unused = [snapshot for snapshot in self._retired if snapshot.users == 0]
            self._retired = [snapshot for snapshot in self._retired if snapshot.users > 0]
        for snapshot in unused:
            snapshot.close()


def _signature(path: Path) -> tuple:
    status = path.stat()
    return (str(path), status.st_ino, status.st_mtime_ns, status.st_size)
