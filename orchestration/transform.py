"""The dbt project as assets, its tests as asset checks."""

import shutil
import time
from collections.abc import Callable, Iterator, Set
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from dbt.artifacts.schemas.run import RunResult
from dbt.cli.main import dbtRunnerResult
from dbt_common.events.functions import msg_to_dict

from cx_warehouse import findings, proposals
from cx_warehouse.basis import TEST, basis, kept
from cx_warehouse.errors import Refused
from cx_warehouse.findings import Finding
from cx_warehouse.settings import Settings
from orchestration import columns, dbt
from orchestration.build import Build
from orchestration.progress import Progress

RESULT_EVENTS = {"LogSeedResult", "LogModelResult", "LogTestResult"}
TOO_LITTLE_MEMORY = {
    "what": "It needs more memory than DuckDB may take.",
    "why": "Not everything can spill to disk. It was tried once more, alone and by one thread.",
    "what_to_do": "Raise CX_MEMORY_LIMIT.",
}


class Translator(DagsterDbtTranslator):
    """Groups in the asset graph are the folders of the project: they are the data flow."""

    def get_group_name(self, dbt_resource_props: dict) -> str:
        _package, layer, *folders = dbt_resource_props["fqn"]
        if dbt_resource_props["resource_type"] == "source":
            return dbt_resource_props["source_name"]
        # One mart folder answers one business question, so it has a name of its own.
        return folders[0] if layer == "marts" else layer


def project(settings: Settings) -> dbt.Project:
    """The dbt project, parsed; a minute's wait at most the first time, under a second when nothing changed."""
    return dbt.parse(settings)


def asset(settings: Settings, project: dbt.Project, progress: Progress) -> dg.AssetsDefinition:
    """All seeds and models, built by one dbt command in the staged file."""
    translator = Translator()

    @dbt_assets(
        manifest=project.manifest,
        name="transform",
        dagster_dbt_translator=translator,
        required_resource_keys={"build"},
    )
    def transform(context: dg.AssetExecutionContext) -> Iterator[Any]:
        build = context.resources.build
        events: list[dict] = []
        # Dagster works the set out anew whenever it is asked.
        wanted = context.op_execution_context.selected_output_names
        began = time.monotonic()

        def on_event(event: Any) -> None:
            if event.info.name in RESULT_EVENTS:
                events.append(msg_to_dict(event))
                progress.doing(_step(events[-1]["data"], time.monotonic() - began))

        for sentence in proposals.take(settings):
            progress.done(f"  {sentence}")
        ended = _build(settings, project, build, on_event, events, progress)
        results = list(ended.result.results) if ended.exception is None else []
        built = {one.node.unique_id for one in results if one.status == "success"}
        held = columns.passed(build.database, project.manifest, built, settings.memory_limit)
        doubtful = columns.tests(project.manifest, built).keys() - held
        if doubtful:
            ended = dbt.test(settings, project, build.database, doubtful, on_event)
            results += ended.result.results if ended.exception is None else []
        for event in events:
            yield from _selected(context, event, project, translator, wanted)
        yield from _held(context, held, project, translator)
        if ended.exception is not None:
            log = dbt.folder_of(settings) / "logs" / "dbt.log"
            raise Refused(f"Nothing was published: dbt stopped. {ended.exception} (log: {log})")
        found = [_finding(one, project.manifest) for one in _unexplained(results, project.manifest)]
        found += [_passed(project.manifest["nodes"][test]) for test in sorted(held)]
        findings.write(build.folder, "dbt", found)
        passed = sum(finding.is_passed for finding in found)
        seconds = time.monotonic() - began
        steps = len(events) + len(held)
        progress.done(f"transform: {steps} steps, {passed} of {len(found)} checks passed ({seconds:.1f} s)")
        if refusal := findings.refusal(found):
            raise Refused(refusal)

    return transform


def _build(
    settings: Settings, project: dbt.Project, build: Build, on_event: Callable, events: list[dict], progress: Progress
) -> dbtRunnerResult:
    """Build with what may be kept; where it turns out that nothing may, from nothing."""
    if not settings.incremental:
        return _built(settings, project, build.create(), on_event, progress)
    before, sentence = kept(settings, basis(settings, project.manifest, dbt.variables(settings)))
    progress.done(f"  {sentence}")
    ended = _built(settings, project, build.create(before), on_event, progress)
    if before and any(one.node.name == TEST and one.status == "fail" for one in ended.result or ()):
        progress.done("  What all rows rest on has changed (docs/decisions/0021), so everything is built.")
        shutil.rmtree(build.folder)
        events.clear()
        ended = _built(settings, project, build.create(), on_event, progress)
    return ended


def _built(
    settings: Settings, project: dbt.Project, database: Path, on_event: Callable, progress: Progress
) -> dbtRunnerResult:
    """Build; what does not fit into the memory is built once more by one thread, and what waits for it after that."""
    ended = dbt.build(settings, project, database, on_event)
    too_large = [one.node.name for one in ended.result or () if dbt.is_too_large(one)]
    if not too_large:
        return ended
    progress.done(f"  Too large for {settings.memory_limit}, built again by one thread: {', '.join(too_large)}.")
    return dbt.build_rest(settings, project, database, ended, on_event)


def _step(data: dict, seconds: float) -> str:
    # Models and seeds call the number of all steps so, tests so.
    total = data.get("total") or data["num_models"]
    node = data["node_info"]
    return (
        f"{data['index']}/{total} {node['resource_type']} {node['node_name']}: {node['node_status']} ({seconds:.1f} s)"
    )


def _selected(
    context: dg.AssetExecutionContext, event: dict, project: dbt.Project, translator: Translator, wanted: Set[str]
) -> Iterator:
    """Dagster's events for one of dbt's, but for what the user left out of the run: dbt builds all or nothing."""
    message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
    for one in message.to_default_asset_events(project.manifest, translator, context):
        if not isinstance(one, dg.Output) or one.output_name in wanted:
            yield one


def _held(
    context: dg.AssetExecutionContext, tests: set[str], project: dbt.Project, translator: Translator
) -> Iterator[dg.AssetCheckResult]:
    """Dagster's event for each test of a column that passed."""
    selected = context.selected_asset_check_keys
    for test in sorted(tests):
        key = get_asset_check_key_for_test(project.manifest, translator, test, project=None)
        if key in selected:
            yield dg.AssetCheckResult(asset_key=key.asset_key, check_name=key.name, passed=True)


def _unexplained(results: list[RunResult], manifest: dict) -> Iterator[RunResult]:
    """The checks, and what else failed, but for failures that follow from a failed check of something upstream.

    What dbt skipped is not a finding of its own either: something before it failed.
    """
    broken = {
        model
        for one in results
        if one.node.resource_type == "test" and one.status in ("error", "fail")
        for model in one.node.depends_on.nodes
    }
    for one in results:
        is_failed = one.status in ("error", "fail")
        if one.status == "skipped" or not (one.node.resource_type == "test" or is_failed):
            continue
        models = one.node.depends_on.nodes if one.node.resource_type == "test" else [one.node.unique_id]
        if not (is_failed and broken & _upstream(models, manifest)):
            yield one


def _upstream(models: list[str], manifest: dict) -> set[str]:
    """What the models rest on, without themselves."""
    found: set[str] = set()
    queue = list(models)
    while queue:
        parents = set(manifest["nodes"].get(queue.pop(), {}).get("depends_on", {}).get("nodes", ()))
        queue += parents - found
        found |= parents
    return found


def _passed(node: dict) -> Finding:
    severity = "fitness" if node["config"]["severity"].lower() == "warn" else "structural"
    return Finding(check=node["name"], table=_table(node["name"], node), is_passed=True, severity=severity)


def _finding(result: RunResult, manifest: dict) -> Finding:
    """One result of dbt as a finding: a test of severity warn is a fitness check, everything else is structural."""
    node = manifest["nodes"].get(result.node.unique_id) or {}
    meta = node.get("config", {}).get("meta") or {}
    is_warning = result.status == "warn" or node.get("config", {}).get("severity", "").lower() == "warn"
    passed = result.status in ("pass", "success")
    if dbt.is_too_large(result):
        # Of DuckDB's own advice nothing can be followed here.
        meta = TOO_LITTLE_MEMORY
    return Finding(
        check=result.node.name,
        table=_table(result.node.name, node),
        is_passed=passed,
        severity="fitness" if is_warning and result.status != "error" else "structural",
        saw="" if passed else meta.get("what") or _saw(result),
        why="" if passed else meta.get("why", "") or node.get("description", ""),
        what_to_do="" if passed else meta.get("what_to_do") or _where(result.node),
        columns=(node["column_name"],) if node.get("column_name") else (),
    )


def _table(name: str, node: dict) -> str:
    """The table that a result is about: the model itself, or the one that a test is attached to."""
    if node.get("resource_type") != "test":
        return name
    attached = node["config"]["meta"].get("dagster", {}).get("ref", {}).get("name") if node["config"]["meta"] else None
    on = node.get("attached_node") or attached or next(iter(node["depends_on"]["nodes"]), name)
    return on.split(".")[-1]


def _saw(result: RunResult) -> str:
    if result.failures:
        return f"{result.failures:,} row{'s' if result.failures > 1 else ''} found, none expected"
    return " ".join((result.message or "failed").split())


def _where(node: Any) -> str:
    return f"What it looked at: {getattr(node, 'compiled_path', None) or node.original_file_path}"
