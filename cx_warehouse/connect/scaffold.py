"""A connector laid out: sources, a model per table of the contract, a page, made-up examples, a test."""

import csv
import io
import re
from pathlib import Path

from cx_warehouse.connect.sample_of import ExportColumn, ExportSample, sample_of
from cx_warehouse.contract import SourceTable, connectors, contract_tables
from cx_warehouse.errors import CxError
from cx_warehouse.project import PROJECT, workplace

LINEAGE = ("_file", "_line", "_load_id", "_loaded_at")
_MADE_UP = {
    "instant": ("2026-01-05T09:00:00Z", "2026-01-06T10:00:00Z"),
    "number": ("1", "2"),
    "email": ("ann@example.com", "ben@example.com"),
}


def scaffold(tool: str, files: list[Path], tables: list[str]) -> list[Path]:
    """Write the files of a new connector into the caller's project, or into the checkout they are in.

    Args:
        tool: its name.
        files: one file of each export; only headers and kinds of values are taken from them.
        tables: ids of the contract tables that it shall fill, e.g. `crm.contacts`.

    Returns:
        What was written. Nothing that is there is overwritten.

    Raises:
        CxError: the name is taken or unfit, a table is unknown, a file cannot be read, or something is there already.
    """
    known = {table.id: table for table in contract_tables()}
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", tool) or tool in {table.system for table in known.values()}:
        raise CxError(
            f"'{tool}' cannot be the name of a connector; expected small letters, digits and _, such as acme_desk."
        )
    if tool in connectors():
        raise CxError(f"There is a connector '{tool}' already. Check it: `cx connect {tool} FILE --check`.")
    if not tables or (unknown := [table for table in tables if table not in known]):
        found = f"'{unknown[0]}' is no table of the contract" if tables else "No --table is given"
        raise CxError(f"{found}. There are: {', '.join(known)}.")
    if not files:
        raise CxError("No file is given; expected one file of each export, from which the columns are taken.")
    samples = [sample_of(path) for path in files]
    root = workplace()
    models = f"models/connectors/{tool}"
    tests = "tests/python" if root == PROJECT else "tests"
    written = {
        f"{models}/_{tool}__sources.yml": _sources(tool, samples),
        f"{models}/_{tool}__models.yml": _models(tool, tables),
    }
    for table in tables:
        written[f"{models}/{tool}__{table.replace('.', '__')}.sql"] = _model(tool, known[table], samples[0])
    written[f"docs/connectors/{tool}.md"] = _page(tool, [known[table] for table in tables], samples)
    for sample in samples:
        written[f"{tests}/{tool}/{sample.files[:-1]}_example.csv"] = _example(sample)
    written[f"{tests}/test_{tool}.py"] = TEST.format(tool=tool)
    there = [name for name in written if (root / name).exists()]
    if there:
        raise CxError(f"{root / there[0]} is there already; nothing was written.")
    for name, text in written.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return [root / name for name in written]


def _sources(tool: str, samples: list[ExportSample]) -> str:
    raw = "{{ var('cx_raw_dir', env_var('CX_WAREHOUSE', 'warehouse') ~ '/raw') }}"
    # Without the second a folder above the warehouse, such as region=eu, would be read as a column.
    options = "union_by_name = true, hive_partitioning = false"
    lines = [
        "version: 2",
        "",
        "# meta: files (which files below the landing folder hold the table) · unknown: left_out (other columns are",
        "# not kept) · required (a file without the column is refused) · pii (true: only a keyed hash leaves the",
        "# loader; email: an address, hashed in small letters) · also (other headers of the column)",
        "",
        "sources:",
        f"  - name: {tool}",
        f"    schema: raw_{tool}",
        f"    description: 'What {tool} exports.'",
        "    config:",
        f"      enabled: \"{{{{ '{tool}' in var('cx_connectors', []) }}}}\"",
        "      meta:",
        f"        external_location: \"read_parquet('{raw}/{tool}.{{name}}.*.parquet', {options})\"",
        "    tables:",
    ]
    for sample in samples:
        lines += [
            f"      - name: {sample.name}",
            "        description: 'Grain: one row per … .'",
            f'        config: {{meta: {{files: "{sample.files}", unknown: left_out}}}}',
            "        columns:",
        ]
        for column in sample.columns:
            lines += [f"          - name: {column.name}", "            data_type: text", "            description: '…'"]
            if column.is_personal:
                lines.append(f"            config: {{meta: {{pii: {'email' if column.kind == 'email' else 'true'}}}}}")
    return "\n".join(lines) + "\n"


def _models(tool: str, tables: list[str]) -> str:
    lines = ["version: 2", "", "models:"]
    for table in tables:
        lines += [f"  - name: {tool}__{table.replace('.', '__')}", "    description: 'Grain: one row per … .'"]
    return "\n".join(lines) + "\n"


def _model(tool: str, table: SourceTable, sample: ExportSample) -> str:
    columns = []
    for column in table.columns:
        source = _match(column.name, sample)
        value = source.name if source else "{{ cx_warehouse.unfilled() }}"
        alias = "" if source and source.name == column.name else f" as {column.name}"
        if not source and column.is_required:
            allowed = f" One of {', '.join(column.allowed)}." if column.allowed else ""
            columns.append(f"        -- required ({column.data_type}): {column.description}{allowed}")
        columns.append(f"        {value}{alias},")
    lineage = ",\n".join(f"        {name}" for name in LINEAGE)
    return MODEL.format(
        tool=tool,
        system=table.system,
        name=table.name,
        export=sample.name,
        columns="\n".join(columns),
        lineage=lineage,
    )


def _match(name: str, sample: ExportSample) -> ExportColumn | None:
    return next((column for column in sample.columns if column.name == name), None)


def _page(tool: str, tables: list[SourceTable], samples: list[ExportSample]) -> str:
    globs = ", ".join(f"`{sample.files}`" for sample in samples)
    lines = [
        f"# {tool}",
        "",
        f"Export: … , {globs} below `landing/{tool}/`.",
        "",
        "| contract column | from the export |",
        "|---|---|",
    ]
    for table in tables:
        lines.append(f"| **`{table.id}`** | |")
        for column in table.columns:
            source = _match(column.name, samples[0])
            if source or column.is_required:
                lines.append(f"| `{column.name}` | {f'`{source.header}`' if source else '**to be filled**'} |")
    lines += [
        "",
        "What is not in the export, and what is true of it: …",
        "",
        "<!-- below this line: written by make docs -->",
    ]
    return "\n".join(lines) + "\n"


def _example(sample: ExportSample) -> str:
    """Two made-up rows: values of the kind that the export has, and none of its own."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.header for column in sample.columns])
    for number in (0, 1):
        made_up = [
            _MADE_UP.get(column.kind, (f"{column.name}-1", f"{column.name}-2"))[number] for column in sample.columns
        ]
        writer.writerow(made_up)
    return out.getvalue()


MODEL = """\
-- Grain: one row per … .
{{{{ config(enabled='{tool}' in var('cx_connectors', [])) }}}}
{{% set columns = cx_warehouse.contract_columns('{system}', '{name}') | map(attribute='name') | list %}}
with

{export} as (

    select * from {{{{ source('{tool}', '{export}') }}}}

),

-- Every value is text; what cannot be read is handed on as it came, so that the reject quotes it.
mapped as (

    select
{columns}
{lineage}
    from {export}

),

final as (

    select
        *,
        {{{{ cx_warehouse.row_hash(columns) }}}} as _row_hash
    from mapped

)

select * from final
"""

TEST = '''"""The connector {tool} fills every required column of the contract from its example."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def test_every_required_column_is_filled():
    examples = sorted((HERE / "{tool}").iterdir())
    command = [Path(sys.executable).with_name("cx"), "connect", "{tool}", *examples, "--check"]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
'''
