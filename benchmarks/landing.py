"""The sample shop as files of one format, one file a table, every field as text: what two readers are compared on."""

import shutil
from pathlib import Path

import duckdb

from cx_warehouse.sample import write_sample

FORMATS = {"parquet": "format parquet, compression zstd", "csv": "format csv, header true"}
READERS = {
    ".csv": "read_csv('{}', all_varchar = true, union_by_name = true, ignore_errors = true)",
    ".csv.gz": "read_csv('{}', all_varchar = true, union_by_name = true)",
    ".jsonl": "read_json('{}', format = 'newline_delimited', convert_strings_to_integers = false)",
    ".parquet": "read_parquet('{}', union_by_name = true)",
}


def write(folder: Path, orders: int, form: str, sample: Path) -> None:
    """Write the sample of so many orders as `form` (parquet, csv) below `folder`.

    Args:
        sample: where `cx sample` writes; used again when it is there.
    """
    if not sample.is_dir():
        write_sample(sample, orders)
    shutil.rmtree(folder, ignore_errors=True)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for table in sorted(path for path in sample.glob("*/*") if path.is_dir()):
            suffix = next(s for s in (".csv.gz", ".csv", ".jsonl", ".parquet") if list(table.rglob(f"*{s}")))
            source = READERS[suffix].format(f"{table}/**/*{suffix}")
            described = connection.execute(f"describe from {source}").fetchall()
            # `year` is a folder of the sample, no column of the table.
            columns = ", ".join(_as_text(name, kind) for name, kind, *_ in described if name != "year")
            target = folder / table.parent.name / table.name / f"{table.name}.{form}"
            target.parent.mkdir(parents=True)
            connection.execute(f"copy (select {columns} from {source}) to '{target}' ({FORMATS[form]})")


def _as_text(name: str, kind: str) -> str:
    if kind.startswith("TIMESTAMP"):
        return f'strftime("{name}", \'%Y-%m-%dT%H:%M:%SZ\') as "{name}"'
    if kind == "JSON":
        # What is null in all rows that a reader guesses from; as text it would keep its quotes.
        return f'json_extract_string("{name}", \'$\') as "{name}"'
    return f'cast("{name}" as varchar) as "{name}"'
