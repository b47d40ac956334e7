"""What Dagster runs, as a contents page: pull → load → transform → check → publish → report."""

import dagster as dg

from cx_warehouse.settings import Settings
from orchestration import check, loading, publish, report, transform, triggers
from orchestration.progress import Progress


@dg.definitions
def defs() -> dg.Definitions:
    """Found by `dagster dev` and `dagster definitions validate`; settings come from the environment."""
    return definitions(Settings(), Progress())


def definitions(settings: Settings, progress: Progress) -> dg.Definitions:
    """The same for `cx run`, which brings its settings and shows progress."""
    project = transform.project(settings)
    models = transform.asset(settings, project, progress)
    checks = check.asset_checks(settings, project, progress)
    published = publish.asset(settings, project, progress)
    reports = [report.asset(settings, progress)] if settings.board_pack else []

    every = dg.define_asset_job("cx", selection=dg.AssetSelection.all(), description="All, in this order.")
    building = dg.Definitions(
        assets=[models, published, *reports],
        asset_checks=[checks],
        jobs=[every],
        schedules=[triggers.schedule(settings, every)],
        sensors=[
            triggers.landing_sensor(settings, every),
            triggers.failure_sensor(settings),
            *triggers.paper_sensors(settings),
        ],
    )
    return dg.Definitions.merge(loading.definitions(settings, progress), building)
