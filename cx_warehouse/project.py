"""Where the dbt project lies: in the checkout around the library, or inside the library where a wheel installed it."""

from pathlib import Path

CARRIED = Path(__file__).resolve().parent / "carried"
PROJECT = CARRIED if CARRIED.is_dir() else CARRIED.parent.parent
MODELS = PROJECT / "models"


def workplace() -> Path:
    """Where the caller works: the checkout where they are in it, else the current folder (a project of `cx init`)."""
    here = Path.cwd().resolve()
    return PROJECT if PROJECT != CARRIED and here.is_relative_to(PROJECT) else here


def own_models() -> Path | None:
    """The folder of models beside ours, where the caller's project has connectors of its own."""
    folder = workplace() / "models"
    return folder if folder != MODELS and any(folder.glob("connectors/*/_*__sources.yml")) else None
