"""Where the dbt project lies: in the checkout around the library, or inside the library where a wheel installed it."""

from pathlib import Path

CARRIED = Path(__file__).resolve().parent / "carried"
PROJECT = CARRIED if CARRIED.is_dir() else CARRIED.parent.parent
MODELS = PROJECT / "models"
