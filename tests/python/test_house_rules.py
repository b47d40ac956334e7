"""The rules of the house (CONTRIBUTING.md), read off the dbt manifest and the tree."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dbt.cli.main import dbtRunner

from cx_warehouse.contract import connectors, contract_tables

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"

# What every layer may read, by the folder of the model that is read. Seeds may be read anywhere.
MAY_READ = {
    "connectors": {"sources", "connectors"},
    "staging": {"sources", "connectors", "staging"},
    "intermediate": {"staging", "intermediate"},
    "marts": {"staging", "intermediate", "marts"},
}
# Read through macros (as_of, is_present), not as data.
EVERYWHERE = {"stg_as_of", "stg_sources"}


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The parsed project, with every connector switched on."""
    target = tmp_path_factory.mktemp("manifest")
    result = dbtRunner().invoke(
        [
            "parse", "--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target-path", str(target),
            "--log-path", str(target), "--vars", json.dumps({"cx_connectors": connectors()}), "--quiet",
        ]
    )  # fmt: skip
    assert result.success, result.exception
    return json.loads((target / "manifest.json").read_text())


@pytest.fixture(scope="session")
def models(manifest: dict) -> list[dict]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def layer(node: dict) -> str:
    return Path(node["original_file_path"]).parts[1]


def parents(node: dict, manifest: dict) -> list[dict]:
    return [
        manifest["sources"].get(unique_id) or manifest["nodes"][unique_id] for unique_id in node["depends_on"]["nodes"]
    ]


def test_data_flows_one_way(models: list[dict], manifest: dict) -> None:
    wrong = []
    for node in models:
        for parent in parents(node, manifest):
            kind = {"source": "sources", "seed": "seeds"}.get(parent["resource_type"]) or layer(parent)
            if kind != "seeds" and kind not in MAY_READ[layer(node)] and parent["name"] not in EVERYWHERE:
                wrong.append(f"{node['name']} reads {parent['name']}")
    assert not wrong


def test_report_tables_read_intermediate_models_and_marts_only(models: list[dict], manifest: dict) -> None:
    wrong = [
        f"{node['name']} reads {parent['name']}"
        for node in models
        if node["name"].startswith("mart_")
        for parent in parents(node, manifest)
        if parent["name"].startswith(("stg_", "base_")) and parent["name"] not in EVERYWHERE
    ]
    assert not wrong


def test_facts_and_dimensions_never_read_report_tables(models: list[dict], manifest: dict) -> None:
    wrong = [
        f"{node['name']} reads {parent['name']}"
        for node in models
        if node["name"].startswith(("fct_", "dim_"))
        for parent in parents(node, manifest)
        if parent["name"].startswith("mart_")
    ]
    assert not wrong


def test_names_say_the_layer(models: list[dict]) -> None:
    patterns = {
        "connectors": r"[a-z0-9]+(_[a-z0-9]+)*__[a-z_]+",
        "staging": r"(base|stg)_[a-z_]+",
        "intermediate": r"int_[a-z]+(_[a-z]+)*",
        "marts": r"(fct|dim|mart)_[a-z_]+|rejects",
    }
    wrong = [node["name"] for node in models if not re.fullmatch(patterns[layer(node)], node["name"])]
    assert not wrong


def test_line_one_is_the_grain(models: list[dict]) -> None:
    wrong = [
        node["name"]
        for node in models
        if not (ROOT / node["original_file_path"]).read_text().startswith("-- Grain: one row")
    ]
    assert not wrong


def test_marts_are_enforced_contracts(models: list[dict], manifest: dict) -> None:
    wrong = []
    for node in (node for node in models if layer(node) == "marts"):
        if not node["config"]["contract"]["enforced"]:
            wrong.append(f"{node['name']} has no enforced contract")
        if not node["description"].startswith("Grain: one row"):
            wrong.append(f"{node['name']} does not begin its description with its grain")
        wrong += [
            f"{node['name']}.{column['name']} lacks a type or a description"
            for column in node["columns"].values()
            if not column["data_type"] or not column["description"]
        ]
    assert not wrong


def test_every_mart_has_one_tested_key(models: list[dict], manifest: dict) -> None:
    tested: dict[str, dict[str, set[str]]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("attached_node") and node.get("column_name"):
            columns = tested.setdefault(node["attached_node"], {})
            columns.setdefault(node["column_name"], set()).add(node["test_metadata"]["name"])
    wrong = [
        node["name"]
        for node in models
        if layer(node) == "marts"
        and not any({"unique", "not_null"} <= tests for tests in tested.get(node["unique_id"], {}).values())
    ]
    assert not wrong


def test_every_mart_says_where_its_metrics_are(models: list[dict], manifest: dict) -> None:
    """A column of estimates that a failed check must be able to withhold names its metric."""
    registry = {line.split(",")[0] for line in (ROOT / "seeds/reference/ref_metrics.csv").read_text().splitlines()[1:]}
    for node in (node for node in models if node["name"].startswith("mart_")):
        for column in node["columns"].values():
            meta = column.get("config", {}).get("meta") or column.get("meta") or {}
            assert meta.get("metric", next(iter(registry))) in registry, (node["name"], column["name"])
            if column["name"].endswith("_low"):
                assert meta.get("metric") or meta.get("metric_column"), (node["name"], column["name"])


def test_no_model_reads_the_clock() -> None:
    clock = re.compile(r"current_date|current_timestamp|now\(\)|getdate|run_started_at|sysdate|localtimestamp", re.I)
    wrong = [
        str(path.relative_to(ROOT))
        for folder in ("models", "macros")
        for path in (ROOT / folder).rglob("*.sql")
        if clock.search(path.read_text())
    ]
    assert not wrong


def test_nothing_looks_at_the_database_while_compiling() -> None:
    """Only hooks, loading a seed, making a table and keeping rows of the last build may ask the database anything."""
    looks = re.compile(r"run_query|load_relation|adapter\.get_|statement\(")
    builds = {
        *("prepare_engine.sql", "create_absent_tables.sql", "spark_tables.sql", "publish_version.sql"),
        *("table.sql", "by_change.sql"),
    }
    wrong = [
        str(path.relative_to(ROOT))
        for folder in ("models", "macros")
        for path in (ROOT / folder).rglob("*.sql")
        if looks.search(path.read_text()) and path.name not in builds
    ]
    assert not wrong


def test_engines_differ_in_one_folder_only() -> None:
    marks = re.compile(r"(duckdb|spark|postgres)__|target\.type|epoch_us|timestamptz|try_cast|(?<!known_)timezone\('")
    wrong = [
        str(path.relative_to(ROOT))
        for folder in ("models", "macros")
        for path in (ROOT / folder).rglob("*.sql")
        if marks.search(path.read_text()) and path.parent.name != "cross_db"
    ]
    assert not wrong


def test_no_metric_is_coalesced_to_zero() -> None:
    """Null is not known; zero is measured."""
    zero = re.compile(r"coalesce\([^()]*_(rate|score|gap|amount|low|high|mean)\s*,\s*0", re.I)
    wrong = [str(path.relative_to(ROOT)) for path in MODELS.rglob("*.sql") if zero.search(path.read_text())]
    assert not wrong


def test_division_goes_through_ratio() -> None:
    """`1/2` is 0 on some engines; a literal divisor with a point is exact on all."""
    bare = re.compile(r"[\w)\]]\s/\s(?!\d+\.\d|nullif|sqrt|\()")
    wrong = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (MODELS / "marts").rglob("*.sql")
        for line in path.read_text().splitlines()
        if bare.search(line.split("--")[0])
    ]
    assert not wrong


def test_connector_folders_and_vars_agree() -> None:
    declared = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["cx_connector_tables"]
    contract = {table.id for table in contract_tables()}
    for tool in connectors():
        files = (MODELS / "connectors" / tool).glob(f"{tool}__*__*.sql")
        tables = {".".join(path.stem.split("__")[1:]) for path in files}
        assert tables == set(declared[tool]), tool
        assert tables <= contract, tool
    assert set(declared) == set(connectors())


def test_source_tables_macro_lists_the_contract() -> None:
    text = (ROOT / "macros/config/source_tables.sql").read_text()
    listed = re.findall(r"\['(\w+)', '(\w+)'\]", text)
    assert {f"{system}.{table}" for system, table in listed} == {table.id for table in contract_tables()}


def test_every_mart_folder_has_its_suite() -> None:
    folders = {path.name for path in (MODELS / "marts").iterdir() if any(path.glob("*.sql"))}
    assert set(yaml.safe_load((ROOT / "expectations/bounds.yml").read_text())) == folders


def test_streamlit_pages_folder_does_not_exist() -> None:
    """A folder of that name makes Streamlit skip main.py on a deep link, and with it every gate."""
    assert not (ROOT / "app" / "pages").exists()


def test_the_library_knows_neither_dagster_nor_streamlit() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "cx_warehouse").rglob("*.py")
        if path.name != "cli.py" and re.search(r"^\s*(import|from) (dagster|streamlit)\b", path.read_text(), re.M)
    ]
    assert not wrong


def test_what_reads_tables_of_any_size_keeps_to_the_memory_limit() -> None:
    """Through `opened`; by itself DuckDB takes four fifths of the machine."""
    bare = {
        "cx_warehouse/memory.py": "the one that sets it",
        "cx_warehouse/warehouse.py": "sets it with the other bounds of readers",
        "cx_warehouse/landing/engine.py": "sets it with the other bounds of the loader",
        "cx_warehouse/landing/forgotten.py": "reads no table",
        "cx_warehouse/connect/sample_of.py": "reads the first rows of a file",
        "cx_warehouse/versions.py": "reads no table",
        "cx_warehouse/sample/write.py": "has its rows in Python's memory",
        "cx_warehouse/erasure/published.py": "counts rows, which DuckDB knows without reading them",
        "cx_warehouse/publish.py": "makes an empty file",
        "cx_warehouse/withhold.py": "reads a row per metric",
        "expectations/comparisons.py": "reads one row and plans queries",
    }
    found = {
        str(path.relative_to(ROOT)): path.read_text().count("duckdb.connect(")
        for folder in ("cx_warehouse", "orchestration", "expectations", "app")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {name: count for name, count in found.items() if count} == dict.fromkeys(bare, 1)


def test_sql_of_the_app_is_in_one_folder() -> None:
    sql = re.compile(r"\bselect\b.*\bfrom\b", re.I | re.S)
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "app").rglob("*.py")
        if path.parent.name != "queries" and path.name != "messages.py" and sql.search(path.read_text())
    ]
    assert not wrong


def committed() -> list[str]:
    """Names of the files of text that are in version control; in an unpacked archive nothing says so."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [
        name
        for name in done.stdout.splitlines()
        if Path(name).suffix not in {".png", ".parquet", ".gz"} and (ROOT / name).is_file()
    ]


def test_no_path_of_a_workplace_and_no_registry_host_is_committed() -> None:
    wrong = []
    for name in set(committed()) - {"tests/python/test_house_rules.py"}:
        text = (ROOT / name).read_text(errors="replace")
        if re.search(r"(files\.)?pythonhosted\.org|pypi\.org/simple|--index-url", text) or str(ROOT) in text:
            wrong.append(name)
    assert not wrong


def test_files_that_are_named_are_there() -> None:
    folder = "app|benchmarks|cx_warehouse|docs|expectations|macros|models|orchestration|scripts|seeds|simulations|tests"
    named = re.compile(rf"(?<![\w/.-])(?:{folder})/[\w./-]+\.(?:csv|json|md|py|sh|sql|toml|yml)\b")
    # A connector that its test makes up.
    made_up = re.compile("acme_desk")
    wrong = {
        f"{name}: {found}"
        for name in committed()
        for found in named.findall((ROOT / name).read_text(errors="replace"))
        if not (ROOT / found).exists() and not made_up.search(found)
    }
    assert not wrong


def test_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs/generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
