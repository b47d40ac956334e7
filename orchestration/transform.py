"""The dbt project as assets, its tests as asset checks."""

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from dbt_common.events.functions import msg_to_dict

from cx_warehouse import findings, proposals
from cx_warehouse.errors import Refused
from cx_warehouse.findings import Finding
from cx_warehouse.settings import Settings
from orchestration import dbt
from orchestration.progress import Progress

RESULT_EVENTS = {"LogSeedResult", "LogModelResult", "LogTestResult"}


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
        began = time.monotonic()

        def on_event(event: Any) -> None:
            if event.info.name in RESULT_EVENTS:
                events.append(msg_to_dict(event))
                progress.doing(_step(events[-1]["data"], time.monotonic() - began))

        for sentence in proposals.take(settings):
            progress.done(f"  {sentence}")
        result = dbt.build(settings, project, build.create(), on_event)
        for event in events:
            yield from _selected(context, event, project, translator)
        if result.exception is not None:
            log = dbt.folder_of(settings) / "logs" / "dbt.log"
            raise Refused(f"Nothing was published: dbt stopped. {result.exception} (log: {log})")
        found = [_finding(one, project.manifest) for one in result.result.results if _is_check_or_failed(one)]
        findings.write(build.folder, "dbt", found)
        passed = sum(finding.is_passed for finding in found)
        seconds = time.monotonic() - began
        progress.done(f"transform: {len(events)} steps, {passed} of {len(found)} checks passed ({seconds:.1f} s)")
        if refusal := findings.refusal(found):
            raise Refused(refusal)

    return transform


def _step(data: dict, seconds: float) -> str:
    # Models and seeds call the number of all steps so, tests so.
    total = data.get("total") or data["num_models"]
    node = data["node_info"]
    return (
        f"{data['index']}/{total} {node['resource_type']} {node['node_name']}: {node['node_status']} ({seconds:.1f} s)"
    )


def _selected(context: dg.AssetExecutionContext, event: dict, project: dbt.Project, translator: Translator) -> Iterator:
    """Dagster's events for one of dbt's, but for what the user left out of the run: dbt builds all or nothing."""
    message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
    for one in message.to_default_asset_events(project.manifest, translator, context):
        if not isinstance(one, dg.Output) or one.output_name in context.op_execution_context.selected_output_names:
            yield one


def _is_check_or_failed(result: Any) -> bool:
    """What is skipped is not a finding of its own: something before it failed."""
    return result.status != "skipped" and (result.node.resource_type == "test" or result.status in ("error", "fail"))


def _finding(result: Any, manifest: dict) -> Finding:
    """One result of dbt as a finding: a test of severity warn is a fitness check, everything else is structural."""
    node = manifest["nodes"].get(result.node.unique_id) or {}
    meta = node.get("config", {}).get("meta") or {}
    is_warning = result.status == "warn" or node.get("config", {}).get("severity", "").lower() == "warn"
    passed = result.status in ("pass", "success")
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


def _saw(result: Any) -> str:
    if result.failures:
        return f"{result.failures:,} row{'s' if result.failures > 1 else ''} found, none expected"
    return " ".join((result.message or "failed").split())


def _where(node: Any) -> str:
    return f"What it looked at: {getattr(node, 'compiled_path', None) or node.original_file_path}"
