# One word, one decision; `.ci/run` calls what a person calls.
.DEFAULT_GOAL := help
.PHONY: help setup demo test app dagster build lint unit lock docs bench simulate postgres spark superset wheel dbt-versions audit faults screenshots

WAREHOUSE ?= $(or $(CX_WAREHOUSE),warehouse)
DEMO := build/demo/landing
# Processes of pytest. A module stays in one, so that what its tests share is made once; tests/conftest.py says which go first.
WORKERS ?= 2

# Nothing here reports use to anybody.
export DAGSTER_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false

help: ## What there is to call
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## Make or refresh .venv as requirements.lock says (the others do it themselves)
	@scripts/setup

demo: setup ## Write sample data, publish it, show the headline figures
	@test -d $(DEMO)/fulfilment || .venv/bin/cx sample $(DEMO)
	.venv/bin/cx run --landing $(DEMO) --warehouse $(WAREHOUSE)
	@echo "The warehouse is in $(WAREHOUSE). Open the dashboard with: make app"

# Each of `lint` and `unit` stops the rest; pytest comes last, so that its summary is the last line.
test: lint unit ## Lint, dbt unit tests, pytest with the browser tests
	@scripts/chromium
	@scripts/setup-spark || echo "setup-spark: so the test of Spark is skipped." >&2
	.venv/bin/python -m pytest tests/python tests/browser -n $(WORKERS) --dist loadfile --no-loadscope-reorder

app: setup ## Serve the dashboard on what is published
	.venv/bin/cx app --warehouse $(WAREHOUSE)

screenshots: setup ## Pictures of every page, light and dark, wide and narrow, into build/screenshots: look at them
	@scripts/chromium
	.venv/bin/python tests/browser/screenshots.py --warehouse $(WAREHOUSE)

dagster: setup ## Dagster's own pages: asset graph, runs, checks
	@mkdir -p $(WAREHOUSE)/dagster
	CX_WAREHOUSE=$(WAREHOUSE) DAGSTER_HOME=$(abspath $(WAREHOUSE)/dagster) .venv/bin/dagster dev

build: setup ## dbt build alone, into <warehouse>/dev.duckdb, on what is loaded
	@mkdir -p $(WAREHOUSE)/raw
	CX_WAREHOUSE=$(abspath $(WAREHOUSE)) .venv/bin/dbt build --profiles-dir .

lint: setup ## Ruff over the Python
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

# Empty tables are enough for unit tests, which bring their own rows.
unit: setup
	@mkdir -p build/unit/raw
	@rm -f build/unit/dev.duckdb
	CX_WAREHOUSE=$(abspath build/unit) .venv/bin/dbt build --empty --exclude-resource-type test \
		--profiles-dir . --target-path build/unit/target --log-path build/unit/logs --quiet
	@echo "dbt unit tests passed"

lock: setup ## Resolve pyproject.toml anew into requirements.lock
	.venv/bin/uv pip compile pyproject.toml --extra dev --extra pull --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header -o requirements.lock

docs: setup ## The generated pages in docs/, and dbt's documentation of every model in build/docs
	.venv/bin/python docs/generate.py
	@mkdir -p build/docs/raw
	CX_WAREHOUSE=$(abspath build/docs) .venv/bin/dbt docs generate --empty-catalog --static --profiles-dir . --target-path build/docs
	@echo "Open build/docs/static_index.html"

simulate: setup ## Do the intervals hold what is planted? 100 samples with an effect, 100 without: about two hours
	.venv/bin/python simulations/run.py
	.venv/bin/python simulations/summary.py

bench: setup ## Time and memory of a run (SIZES="100000 1000000") and of the pages beside baselines, into benchmarks/
	.venv/bin/python benchmarks/run.py $(SIZES)
	.venv/bin/python benchmarks/app.py --warehouse $(WAREHOUSE)

postgres: setup ## The same models on PostgreSQL (PGHOST, else one of its own), every mart compared with DuckDB
	.venv/bin/python tests/engines/parity.py postgres

spark: setup ## The same models on Spark in .venv-spark, every mart compared with DuckDB
	@scripts/setup-spark
	.venv/bin/python tests/engines/parity.py spark

superset: setup ## Apache Superset in .venv-superset on the marts in PostgreSQL: descriptions, a chart by its API
	@scripts/setup-superset
	.venv/bin/python tests/superset/run.py

wheel: setup ## The wheel into build/wheel; installed with all it depends on and used in empty folders
	TEST_WHEEL=build/wheel .venv/bin/python -m pytest tests/python/test_wheel.py

dbt-versions: setup ## tests/consumer with the oldest and the newest dbt that this package takes
	@scripts/dbt-versions

audit: ## Known weaknesses of the locked versions; fails as well when nothing could be checked
	scripts/audit

faults: setup ## Make every fault on purpose, heavily, into docs/reliability.md (an hour of a processor)
	.venv/bin/python tests/faults/run.py
