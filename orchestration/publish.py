"""The last asset: what is unfit is withheld, then the build becomes what readers see."""

import time

import dagster as dg

from cx_warehouse import findings
from cx_warehouse.alerts import Alert, send
from cx_warehouse.basis import PAPER, basis
from cx_warehouse.errors import Refused
from cx_warehouse.lineage import Lineage
from cx_warehouse.publish import publish
from cx_warehouse.restatements import definitions, record, taken
from cx_warehouse.settings import Settings
from cx_warehouse.versions import readable
from cx_warehouse.withhold import FitnessFailure, newly_withheld, withhold
from expectations import bounds
from orchestration import dbt
from orchestration.progress import Progress
from orchestration.triggers import FROM_THE_COMMAND_LINE, freshness

# The column by which a bound names source tables rather than metrics.
SOURCE = "source_table"


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
        withheld = withhold(build.database, project.manifest, _unfit(found, settings), settings.memory_limit)
        hashes = definitions(project.manifest, dbt.variables(settings), taken(settings, build.database))
        restated = record(settings, build.database, build.version, project.manifest, hashes)
        before = next((one.path for one in readable(settings) if one.is_current), None)
        gone = newly_withheld(build.database, before)
        failed = [finding for finding in found if not finding.is_passed]
        comparing = {bound.name for bound in bounds.read(project.marts) if bound.is_comparison}
        path = publish(
            settings,
            build.version,
            {
                "run_id": context.run.run_id,
                "load_id": build.version,
                "check_count": sum(not finding.is_skipped for finding in found),
                "failed_check_count": len(failed),
                "drifted": [finding.check for finding in failed if finding.check in comparing],
                "failed_checks": [finding.sentence() for finding in failed],
                "withheld": withheld,
                "restated_count": restated,
                "definitions": hashes,
                **_basis(settings, project),
            },
        )
        for reason in dict.fromkeys(withheld.values()):
            metrics = ", ".join(metric for metric, its_reason in withheld.items() if its_reason == reason)
            progress.done(f"  withheld: {metrics}: {reason}")
        if restated:
            progress.done(f"  restated: {restated:,} published numbers changed; mart_restatements says why")
        progress.done(f"publish: {build.version} ({time.monotonic() - began:.1f} s)")
        if gone:
            told = _no_longer_shown(build.version, context.job_name, gone)
            for trouble in send(settings, told, is_told=FROM_THE_COMMAND_LINE in context.run.tags):
                context.log.error(trouble)
                progress.done(f"  {trouble}")
        return dg.MaterializeResult(metadata={"version": build.version, "path": str(path), "withheld": withheld})

    return published_warehouse


def _basis(settings: Settings, project: dbt.Project) -> dict:
    """What the next build has to know to keep rows of this one."""
    return {PAPER: basis(settings, project.manifest, dbt.variables(settings))} if settings.incremental else {}


def _no_longer_shown(version: str, job: str, gone: dict[str, str]) -> Alert:
    reasons = [f"{metric}: {reason}" for metric, reason in gone.items()]
    which = "1 metric is" if len(gone) == 1 else f"{len(gone)} metrics are"
    heading = f"{version} was published; {which} withheld that the version before showed."
    return Alert("withheld", job, "\n".join([heading, *reasons]))


def _unfit(found: list[findings.Finding], settings: Settings) -> list[FitnessFailure]:
    # Reading the SQL of every model takes seconds that a build in which all is well need not spend.
    return [] if all(one.is_passed for one in found) else unfit(found, Lineage(dbt.compiled(settings)))


def unfit(found: list[findings.Finding], lineage: Lineage) -> list[FitnessFailure]:
    """What the failed checks withhold: the metrics that rest on what each looked at.

    Args:
        found: all findings of a build.
        lineage: of the models as they ran.
    """
    failures: dict[tuple[str, str], FitnessFailure] = {}
    for finding in (one for one in found if not one.is_passed):
        named = finding.saw_by_name.items() if finding.names else [(None, finding.saw)]
        for name, saw in named:
            if name is None:
                metrics = lineage.on_columns(finding.table, finding.columns)
            elif finding.names == SOURCE:
                metrics = lineage.on_source(name)
            else:
                metrics = lineage.on_rows(finding.table, finding.names, name)
            for metric in sorted(metrics):
                words = saw if name in (None, metric) else f"It rests on {name}. {saw}"
                before = failures.get((finding.check, metric))
                words = f"{before.saw}; {words}" if before else words
                failures[finding.check, metric] = FitnessFailure(finding.check, (metric,), words, finding.what_to_do)
    return list(failures.values())
