"""A build takes no more memory than the settings say."""

from dbt.cli.main import dbtRunner

from cx_warehouse.settings import Settings
from orchestration import dbt

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
