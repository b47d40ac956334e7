"""The same models on Spark: every mart equal, published as views that the next session finds."""

import json
import os
import subprocess
import sys

import pytest
from compiled import world

from cx_warehouse.project import PROJECT

sys.path.insert(0, str(PROJECT / "tests" / "engines"))
from parity import FOR_LITTLE, SPARK, THERE, VERSION, compared, marts, on_spark

# What a session that comes after the build sees, as its readers do.
LOOK = """
import json
import sys
from pyspark.sql import SparkSession

home = sys.argv[1]
builder = SparkSession.builder.master("local[1]").enableHiveSupport()
builder = builder.config("spark.sql.warehouse.dir", f"{home}/warehouse").config("spark.ui.enabled", "false")
url = f"jdbc:derby:;databaseName={home}/metastore"
session = builder.config("spark.hadoop.javax.jdo.option.ConnectionURL", url).getOrCreate()
views = sorted(row.viewName for row in session.sql("show views in marts").collect())
(version,) = session.sql("select version from marts.mart_publication").first()
(orders,) = session.sql("select count(*) from marts.fct_orders").first()
print(json.dumps([views, version, orders]))
"""

pytestmark = pytest.mark.skipif(
    not SPARK.exists(), reason="There is no .venv-spark: scripts/setup-spark makes it, or says why it cannot."
)


def test_every_mart_is_equal_and_published(demo_landing, tmp_path):
    expected = world(demo_landing, tmp_path / "duckdb")
    manifest, broken = on_spark(tmp_path / "duckdb" / "raw", tmp_path)
    assert not broken
    assert list(compared(expected, manifest, tmp_path / THERE)) == []
    # A session of its own, as after the end of the build's.
    done = subprocess.run(
        [SPARK, "-c", LOOK, tmp_path],
        env=os.environ | FOR_LITTLE,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    views, version, orders = json.loads(done.stdout)
    assert views == sorted([*(name for name, _ in marts(manifest)), "mart_publication"])
    assert version == VERSION
    assert orders == expected.execute("select count(*) from marts.fct_orders").fetchone()[0]
