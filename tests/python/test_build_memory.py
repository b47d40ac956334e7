"""A build takes no more memory than the settings say."""

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
    assert said.endswith("Raise CX_MEMORY_LIMIT, or set CX_THREADS=1 so that one model is built at a time.")
    assert "SET threads" not in said
