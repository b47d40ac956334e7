"""`cx fetch`: what another engine built and published becomes a version here, behind the same checks of live data.

dbt's tests have passed over there. The bounds are checked here, and what they find unfit is withheld.
"""

from pathlib import Path

from cx_warehouse import findings
from cx_warehouse.engines import postgres, spark
from cx_warehouse.errors import CxError, Refused
from cx_warehouse.lineage import Lineage
from cx_warehouse.lock import acquire_lock
from cx_warehouse.memory import opened
from cx_warehouse.publish import new_build, new_version, publish
from cx_warehouse.settings import Settings
from cx_warehouse.versions import versions
from cx_warehouse.withhold import withhold
from expectations import bounds
from expectations.checkpoint import run
from expectations.comparisons import measure
from orchestration import dbt
from orchestration.progress import Progress
from orchestration.publish import unfit

# In the paper of a version: where it was built.
ORIGIN = "fetched_from"


def fetch(settings: Settings, source: str, progress: Progress) -> Path:
    """Publish here what is published in PostgreSQL or in a folder of Spark's.

    Args:
        settings: the warehouse folder, which holds fetched versions only.
        source: a libpq connection string, or the folder in which Spark keeps its tables.
        progress: told what goes on.

    Returns:
        The published file.

    Raises:
        CxError: there is no version to be had, or versions of `cx run` lie in the warehouse.
        Refused: a check refused the build.
    """
    with acquire_lock(settings):
        _refuse_versions_of_runs(settings)
        version = new_version()
        database = new_build(settings, version)
        with opened(database, settings.memory_limit) as target:
            # An empty connection string leaves all to PGHOST and the like; as a path it would be the current folder.
            if source and Path(source).is_dir():
                engine, origin = "spark", spark.bring_published(Path(source), target)
            else:
                engine, origin = "postgres", postgres.bring_published(source, target)
            (checks, failed_checks) = target.execute(
                "select check_count, failed_check_count from marts.mart_publication"
            ).fetchone()
        progress.done(f"fetch: version {origin} of {engine}")
        project = dbt.parse(settings)
        docs, asked = database.parent / "docs", bounds.read(project.marts)
        found = run(database, asked, docs, settings.memory_limit, measure(settings))
        if refusal := findings.refusal(found):
            raise Refused(refusal)
        failed = [finding for finding in found if not finding.is_passed]
        failures = unfit(found, Lineage(dbt.compile_models(settings, project, database))) if failed else []
        comparing = {bound.name for bound in asked if bound.is_comparison}
        return publish(
            settings,
            version,
            {
                ORIGIN: f"{engine} {origin}",
                "check_count": checks + sum(not finding.is_skipped for finding in found),
                "failed_check_count": failed_checks + len(failed),
                "drifted": [finding.check for finding in failed if finding.check in comparing],
                "failed_checks": [finding.sentence() for finding in failed],
                "withheld": withhold(database, project.manifest, failures, settings.memory_limit),
            },
        )


def _refuse_versions_of_runs(settings: Settings) -> None:
    # What changed between two versions is told from rows that a fetched one does not have.
    if any(ORIGIN not in version.summary for version in versions(settings)):
        raise CxError(
            f"{settings.warehouse} holds versions of `cx run`. Fetch into a folder of its own: "
            "`cx fetch … --warehouse FOLDER`."
        )
