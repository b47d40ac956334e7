"""Parquet: any types, cast to text; nested values as JSON text."""

import duckdb

from cx_warehouse.contract import SourceTable
from cx_warehouse.landing.discover import LandedFile
from cx_warehouse.landing.engine import identifier, path_literal, raise_own_fault
from cx_warehouse.landing.header import map_columns
from cx_warehouse.landing.pii import Protection
from cx_warehouse.landing.report import Refusal
from cx_warehouse.landing.rows import Reading, land_rows, reset_rejected_lines

_NESTED = ("STRUCT", "MAP", "UNION")


def read_parquet(
    connection: duckdb.DuckDBPyConnection, file: LandedFile, table: SourceTable, protection: Protection
) -> Reading:
    """Reads one Parquet file into `landed`; rows are numbered from 1 and none is ever rejected.

    Raises:
        Refusal: the file is damaged, or its columns do not fit the table.
    """
    if not file.path.stat().st_size:
        raise Refusal("empty_file", "is empty (0 bytes). Export it again; a Parquet file without rows is not empty.")
    refusal = Refusal("unreadable_parquet", "is no intact Parquet file. Copy or export it again.")
    source = f"read_parquet({path_literal(file.path)}, hive_partitioning = false, file_row_number = true)"
    try:
        (row_count,) = connection.execute(
            f"select sum(num_rows) from parquet_file_metadata({path_literal(file.path)})"
        ).fetchone()
        # The reader renames repeated columns, so the names are taken from the file's own schema.
        columns = connection.execute(f"describe select * exclude (file_row_number) from {source}").fetchall()
        written = _top_level_names(connection, file)
    except duckdb.Error as error:
        raise_own_fault(error)
        raise refusal from None
    if len(written) != len(columns):
        raise refusal
    mapping = map_columns([" ".join(name.split()) or f"column {at}" for at, name in enumerate(written, 1)], table)
    fields = [f"{_as_text(column[0], column[1])} as f{index}" for index, column in enumerate(columns)]
    relation = (
        f"select {', '.join(fields)}, file_row_number + 1 as _line, 0 as _newlines, null as _blanks from {source}"
    )
    reset_rejected_lines(connection)
    land_rows(connection, table, relation, mapping, protection, refusal)
    (loaded_count,) = connection.execute("select count(*) from landed").fetchone()
    if loaded_count != row_count:
        raise Refusal(
            "unbalanced", f"says that it has {row_count:,} rows, but {loaded_count:,} can be read. Export it again."
        )
    # Not every engine keeps one in a text.
    has_nul = " or ".join(f"contains({identifier(name)}, chr(0))" for name in mapping.known)
    (row,) = connection.execute(f"select min(_line) from landed where {has_nul}").fetchone()
    if row is not None:
        raise Refusal("nul_bytes", f"holds a NUL byte in the texts of row {row:,}. Export it again without.")
    return Reading(
        mapping=mapping,
        physical_line_count=loaded_count,
        header_line_count=0,
        loaded_count=loaded_count,
        embedded_newline_count=0,
        rejected_count=0,
    )


def _top_level_names(connection: duckdb.DuckDBPyConnection, file: LandedFile) -> list[str]:
    """Names of the columns as the file has them: the schema is a tree written depth first, its root first."""
    nodes = connection.execute(f"select name, num_children from parquet_schema({path_literal(file.path)})").fetchall()
    names, at = [], 1

    def skip(position: int) -> int:
        following = position + 1
        for _ in range(nodes[position][1] or 0):
            following = skip(following)
        return following

    for _ in range(nodes[0][1] or 0):
        names.append(nodes[at][0])
        at = skip(at)
    return names


def _as_text(name: str, data_type: str) -> str:
    column = identifier(name)
    if data_type.startswith(_NESTED) or data_type.endswith("]"):
        return f"cast(to_json({column}) as varchar)"
    if data_type == "BLOB":
        # Some tools write texts as bytes without saying that they are texts; what is none is written in hexadecimal.
        return f"coalesce(try(decode({column})), cast({column} as varchar))"
    return f"cast({column} as varchar)"
