"""The last asset: what is unfit is withheld, then the build becomes what readers see."""

import time

import dagster as dg

from cx_warehouse import findings
from cx_warehouse.errors import Refused
from cx_warehouse.lineage import dependents
from cx_warehouse.publish import publish
from cx_warehouse.restatements import definitions, record
from cx_warehouse.settings import Settings
from cx_warehouse.withhold import FitnessFailure, withhold
from orchestration import dbt
from orchestration.progress import Progress
from orchestration.triggers import freshness


def asset(settings: Settings, project: dbt.Project, progress: Progress) -> dg.AssetsDefinition:
    """What users see; rests on every mart and on the checks of the marts."""

    @dg.asset(
        name="published_warehouse",
        group_name="publish",
        deps=[dg.AssetKey(["marts", table]) for table in project.marts],
        description="The version that the app, `cx query` and BI tools read.",
        kinds={"duckdb"},
        freshness_policy=freshness(settings),
        required_resource_keys={"build"},
    )
    def published_warehouse(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        build = context.resources.build
        began = time.monotonic()
        found = findings.read(build.folder)
        # Dagster does not come here past a failed check; whoever picks assets by hand may.
        if refusal := findings.refusal(found):
            raise Refused(refusal)
        withheld = withhold(build.database, project.manifest, _unfit(found, project.manifest))
        hashes = definitions(project.manifest, dbt.variables(settings))
        restated = record(settings, build.database, build.version, project.manifest, hashes)
        failed = [finding for finding in found if not finding.is_passed]
        path = publish(
            settings,
            build.version,
            {
                "run_id": context.run.run_id,
                "load_id": build.version,
                "check_count": len(found),
                "failed_check_count": len(failed),
                "failed_checks": [finding.sentence() for finding in failed],
                "withheld": withheld,
                "restated_count": restated,
                "definitions": hashes,
            },
        )
        for reason in dict.fromkeys(withheld.values()):
            metrics = ", ".join(metric for metric, its_reason in withheld.items() if its_reason == reason)
            progress.done(f"  withheld: {metrics}: {reason}")
        if restated:
            progress.done(f"  restated: {restated:,} published numbers changed; mart_restatements says why")
        progress.done(f"publish: {build.version} ({time.monotonic() - began:.1f} s)")
        return dg.MaterializeResult(metadata={"version": build.version, "path": str(path), "withheld": withheld})

    return published_warehouse


def _unfit(found: list[findings.Finding], manifest: dict) -> list[FitnessFailure]:
    """What a failed check withholds: the metrics that it names, and by lineage those that are computed from them."""
    failures = []
    for finding in (one for one in found if not one.is_passed):
        for metric in finding.metrics:
            saw = finding.saw_by_metric.get(metric, finding.saw)
            failures.append(FitnessFailure(finding.check, (metric,), saw, finding.what_to_do))
            failures += [
                FitnessFailure(finding.check, (other,), f"It rests on {metric}. {saw}", finding.what_to_do)
                for other in sorted(dependents(manifest, metric) - set(finding.metrics))
            ]
    return failures
