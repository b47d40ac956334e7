"""Make SQLAlchemy read DuckDB's rows before the cursor closes.

Great Expectations fetches after it has closed the connection, and DuckDB drops unread rows: every SQL metric then fails
with "list index out of range" (known upstream). Reading the rows as soon as the statement has run cures it.
"""

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy


def buffer_rows() -> None:
    """Install the cure for every DuckDB engine of this process; installing it twice is the same as once."""
    if not event.contains(Engine, "after_cursor_execute", _buffer):
        event.listen(Engine, "after_cursor_execute", _buffer)


def _buffer(connection: Any, cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
    if connection.dialect.name == "duckdb" and cursor.description is not None:
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
            cursor, initial_buffer=cursor.fetchall(), alternate_description=cursor.description
        )
