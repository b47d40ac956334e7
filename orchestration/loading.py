"""What lands and what loads it: all that `cx load` and `cx pull` need, and the first two steps of `cx run`.

Apart from the models, because dbt is not needed here and takes seconds to import and to read the project.
"""

import dagster as dg

from cx_warehouse.settings import Settings
from orchestration import build, load, pull
from orchestration.progress import Progress


def definitions(settings: Settings, progress: Progress) -> dg.Definitions:
    """One asset per table that is pulled or loaded, and the jobs of these alone."""
    pulled = pull.assets(settings, progress)
    loads = load.assets(settings, progress, [one.key for one in pulled])
    load_only = dg.define_asset_job("load", selection=loads, description="Load only, for those who run dbt themselves.")
    pull_only = [dg.define_asset_job("pull", selection=pulled, description="Pull only.")] if pulled else []
    return dg.Definitions(
        assets=[*pulled, *loads],
        jobs=[load_only, *pull_only],
        resources={"build": build.resource(settings)},
        # A process per step would import dbt and Great Expectations anew for each.
        executor=dg.in_process_executor,
    )
