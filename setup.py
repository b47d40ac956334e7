"""The wheel carries the dbt project, and what runs it, inside the library: pyproject.toml says the rest."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
# What `cx` reads at run time besides the library (cx_warehouse/project.py finds it there).
CARRIED = (
    "dbt_project.yml",
    "profiles.yml",
    "models",
    "macros",
    "seeds",
    "tests/dbt",
    "orchestration",
    "expectations",
    "app",
)
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


class BuildWithProject(build_py):
    """Copies the project beside the modules; not for an editable install, which reads it where it lies."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "cx_warehouse" / "carried"
        shutil.rmtree(target, ignore_errors=True)
        for name in CARRIED:
            source = ROOT / name
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target / name, ignore=LEFT_OUT)
            else:
                shutil.copyfile(source, target / name)


setup(cmdclass={"build_py": BuildWithProject})
