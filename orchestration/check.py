"""Great Expectations as asset checks: how live data should look, one suite per mart folder."""

import time
from collections.abc import Iterator

import dagster as dg

from cx_warehouse import findings
from cx_warehouse.errors import Refused
from cx_warehouse.findings import Finding
from cx_warehouse.settings import Settings
from expectations import bounds
from expectations.comparisons import measure
from orchestration import dbt
from orchestration.progress import Progress

NAME = "expectations"


def asset_checks(settings: Settings, project: dbt.Project, progress: Progress) -> dg.AssetChecksDefinition:
    """One check per mart with bounds. Publication waits for them; a failed structural one ends the run."""
    bounded = {bound.table: bound for bound in bounds.read(project.marts)}

    @dg.multi_asset_check(
        name="check",
        specs=[dg.AssetCheckSpec(NAME, asset=["marts", table], blocking=True) for table in bounded],
        required_resource_keys={"build"},
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        # Its import takes seconds, which a look at the asset graph need not wait for.
        from expectations.checkpoint import run

        build = context.resources.build
        began = time.monotonic()
        docs, asked = build.folder / "docs", bounds.read(project.marts)
        found = run(build.database, asked, docs, settings.memory_limit, measure(settings))
        findings.write(build.folder, NAME, found)
        for table in bounded:
            yield _result(table, [finding for finding in found if finding.table == table])
        looked_at = [finding for finding in found if not finding.is_skipped]
        passed = sum(finding.is_passed for finding in looked_at)
        progress.done(f"check: {passed} of {len(looked_at)} expectations met ({time.monotonic() - began:.1f} s)")
        if len(looked_at) < len(found):
            skipped = next(finding for finding in found if finding.is_skipped)
            progress.done(f"  {len(found) - len(looked_at)} more could not be asked. {skipped.saw}")
        if refusal := findings.refusal(found):
            raise Refused(refusal)

    return check


def _result(table: str, found: list[Finding]) -> dg.AssetCheckResult:
    failed = [finding for finding in found if not finding.is_passed]
    refuses = any(finding.refuses for finding in failed)
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(["marts", table]),
        check_name=NAME,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if refuses else dg.AssetCheckSeverity.WARN,
        metadata={"expectations": len(found), "failed": [finding.sentence() for finding in failed]},
    )
