"""What Dagster runs, as a contents page: pull → load → transform → check → publish → report."""

import dagster as dg

from cx_warehouse.settings import Settings
from orchestration import build, check, load, publish, pull, report, transform, triggers
from orchestration.progress import Progress


@dg.definitions
def defs() -> dg.Definitions:
    """Found by `dagster dev` and `dagster definitions validate`; settings come from the environment."""
    return definitions(Settings(), Progress())


def definitions(settings: Settings, progress: Progress) -> dg.Definitions:
    """The same for `cx run`, which brings its settings and shows progress."""
    project = transform.project(settings)
    pulled = pull.assets(settings, progress)
    loads = load.assets(settings, progress, [one.key for one in pulled])
    models = transform.asset(settings, project, progress)
    checks = check.asset_checks(settings, project, progress)
    published = publish.asset(settings, project, progress)
    reports = [report.asset(settings, progress)] if settings.board_pack else []

    every = dg.define_asset_job("cx", selection=dg.AssetSelection.all(), description="All, in this order.")
    load_only = dg.define_asset_job("load", selection=loads, description="Load only, for those who run dbt themselves.")
    pull_only = [dg.define_asset_job("pull", selection=pulled, description="Pull only.")] if pulled else []
    return dg.Definitions(
        assets=[*pulled, *loads, models, published, *reports],
        asset_checks=[checks],
        jobs=[every, load_only, *pull_only],
        schedules=[triggers.schedule(settings, every)],
        sensors=[
            triggers.landing_sensor(settings, every),
            triggers.failure_sensor(settings),
            *triggers.paper_sensors(settings),
        ],
        resources={"build": build.resource(settings)},
        # A process per step would import dbt and Great Expectations anew for each.
        executor=dg.in_process_executor,
    )
