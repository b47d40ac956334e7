"""What a build rests on, and whether the next one may keep its rows (docs/decisions/0021)."""

import hashlib
import json
from pathlib import Path

from cx_warehouse.settings import Settings
from cx_warehouse.versions import readable

# The key of a version's papers under which its basis stands.
PAPER = "basis"
# The singular test that compares what only a build can tell.
TEST = "kept_rows_rest_on_what_they_did"


def basis(settings: Settings, manifest: dict, variables: dict) -> dict:
    """What every row of a build rests on, apart from what is landed later.

    Args:
        settings: of the warehouse; its raw rows are looked at.
        manifest: dbt's manifest.
        variables: dbt's vars.

    Returns:
        `definitions`: SHA-256 over all models, seeds, macros and vars; `raw`: bytes and instant of the last change of
        every file of raw rows by its name.
    """
    chosen = {name: value for name, value in variables.items() if name != "cx_raw_dir"}
    checksums = sorted((name, node["checksum"]["checksum"]) for name, node in manifest["nodes"].items())
    macros = sorted((name, macro["macro_sql"]) for name, macro in manifest["macros"].items())
    content = json.dumps([checksums, macros, chosen], sort_keys=True, default=str)
    files = {path.name: [path.stat().st_size, path.stat().st_mtime_ns] for path in settings.raw.glob("*.parquet")}
    return {"definitions": hashlib.sha256(content.encode()).hexdigest(), "raw": files}


def kept(settings: Settings, now: dict) -> tuple[Path | None, str]:
    """The published file whose rows a build may keep, or None with the reason as a sentence.

    Args:
        settings: of the warehouse.
        now: the `basis` of the build that is about to be made.
    """
    before = next((one for one in readable(settings) if one.is_current), None)
    if before is None:
        return None, "Nothing is published yet, so everything is built."
    then = before.summary.get(PAPER)
    if then is None:
        return None, f"{before.id} was not built to be kept from, so everything is built."
    if settings.connectors:
        return None, "Rows of connectors may change with rows landed later, so everything is built."
    if then["definitions"] != now["definitions"]:
        return None, f"Models, reference tables or settings differ from those of {before.id}, so everything is built."
    if changed := sorted(name for name, facts in then["raw"].items() if now["raw"].get(name) != facts):
        return None, f"Raw rows that {before.id} was built from have changed ({changed[0]}), so everything is built."
    return before.path, f"What did not change since {before.id} is kept."
