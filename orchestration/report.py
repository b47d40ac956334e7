"""After publication: the published figures as a document, beside the version."""

import time

import dagster as dg

from cx_warehouse.settings import Settings
from orchestration.progress import Progress


def asset(settings: Settings, progress: Progress) -> dg.AssetsDefinition:
    """The board pack of what has just been published; nothing that is published depends on it."""

    @dg.asset(
        name="board_pack",
        group_name="publish",
        deps=[dg.AssetKey("published_warehouse")],
        description="The board pack as PDF, slides and one HTML page, in <warehouse>/versions/<version>.pack.",
        kinds={"pdf"},
    )
    def board_pack(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        began = time.monotonic()
        # Drawing brings Streamlit and a chart engine with it, which no other step needs.
        from app.report import write_all

        try:
            folder = write_all(settings)
        except Exception as error:
            # What is published stands, and a run that published has not failed.
            context.log.exception("The board pack was not written.")
            words = f"{type(error).__name__}: {error}"
            progress.done(f"  The board pack was not written ({words}); the trace is in Dagster's log of this run.")
            return dg.MaterializeResult(metadata={"not_written": words})
        progress.done(f"report: {folder} ({time.monotonic() - began:.1f} s)")
        return dg.MaterializeResult(metadata={"folder": str(folder)})

    return board_pack
