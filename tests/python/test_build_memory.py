"""A build takes no more memory than the settings say."""

import json
import os

from dbt.cli.main import dbtRunner

from cx_warehouse.landing import ensure_raw
from cx_warehouse.settings import Settings
from orchestration import dbt, transform

ASKED = """
{{ run_query("select current_setting('memory_limit')").columns[0].values()[0] if execute }}
"""


def test_a_build_is_told_the_limit_of_the_settings(tmp_path):
    settings = Settings(_env_file=None, warehouse=tmp_path, memory_limit="200MiB")
    project = dbt.parse(settings)
    command = dbt.arguments(settings, "compile", "--inline", ASKED)
    result = dbt.invoke(settings, tmp_path / "warehouse.duckdb", dbtRunner(manifest=project.parsed), command)
    assert result.success, result.exception
    assert result.result.results[0].node.compiled_code.strip() == "200.0 MiB"


def test_models_are_built_one_at_a_time_where_much_is_loaded_for_the_limit(tmp_path):
    settings = Settings(_env_file=None, warehouse=tmp_path, memory_limit="1GB", threads=3)
    settings.raw.mkdir()
    loaded = settings.raw / "fulfilment.orders.20990101T000000000000Z.parquet"
    for raw_bytes, models in [(250_000_000, 3), (250_000_001, 1)]:
        loaded.touch()
        os.truncate(loaded, raw_bytes)  # without a block of disk
        command = dbt.arguments(settings, "build")
        assert command[command.index("--threads") + 1] == str(models)
        assert dbt.environment(settings, tmp_path / "any.duckdb")["CX_THREADS"] == str(models)


def test_what_does_not_fit_says_which_setting_to_raise(tmp_path):
    settings = Settings(_env_file=None, warehouse=tmp_path, memory_limit="30MB")
    ensure_raw(settings)
    project = dbt.parse(settings)
    command = dbt.arguments(settings, "seed", "--select", "ref_student_t")
    result = dbt.invoke(settings, tmp_path / "warehouse.duckdb", dbtRunner(manifest=project.parsed), command)
    (one,) = (one for one in result.result.results if one.status == "error")
    said = transform._finding(one, project.manifest).sentence()
    assert "more memory than DuckDB may take" in said
    assert said.endswith("Raise CX_MEMORY_LIMIT.")
    assert "SET threads" not in said


def test_what_was_too_large_is_built_again_with_all_that_waited_for_it(tmp_path):
    settings = Settings(_env_file=None, warehouse=tmp_path, memory_limit="30MB")
    ensure_raw(settings)
    project, database = dbt.parse(settings), tmp_path / "warehouse.duckdb"
    ended = dbt.build(settings, project, database, lambda event: None)
    first = {one.node.unique_id: one for one in ended.result.results}
    assert any(map(dbt.is_too_large, first.values()))
    assert any(one.status == "skipped" and one.node.resource_type == "model" for one in first.values())

    enough = settings.model_copy(update={"memory_limit": "1GB"})
    asked = []
    whole = dbt.build_rest(enough, project, database, ended, lambda event: asked.append(event))
    sql = [event.data.sql.strip() for event in asked if event.info.name == "SQLQuery"]
    assert any(text.endswith("set threads = 1") for text in sql)
    last = {one.node.unique_id: one for one in whole.result.results}
    assert last.keys() == first.keys()
    # The hooks run twice.
    made = {name: one for name, one in last.items() if one.node.resource_type in ("seed", "model", "test")}
    assert {one.status for one in made.values()} == {"success", "pass"}
    assert all(one is first[name] for name, one in made.items() if first[name].status in ("success", "pass"))
    models = {name for name, node in project.manifest["nodes"].items() if node["resource_type"] == "model"}
    assert models <= last.keys()
    nodes = dbt.compiled(settings)["nodes"]
    assert all(nodes[name]["compiled_code"] for name in models)
    written = json.loads((tmp_path / "dbt" / "target" / "run_results.json").read_text())["results"]
    assert {one["unique_id"] for one in written} == last.keys()
