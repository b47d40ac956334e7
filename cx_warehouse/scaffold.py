"""A new project folder: where files go, what can be set, what git leaves out."""

from pathlib import Path

from cx_warehouse import __version__
from cx_warehouse.contract import contract_tables
from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings

IGNORED = """# Data of customers, and what is built from it, is not for git.
landing/*/*/*
!landing/*/*/.gitkeep
warehouse/
.env
"""

README = """# {name}

Customer expectation against customer experience, with cx_warehouse {version}.

1. Put your files under `landing/<system>/<table>/` (CSV, JSON lines or Parquet, any names). `cx check landing` says
   what would happen to each of them, and which columns it lacks.
2. Set what differs from the defaults in `.env`; the time zone and the reporting currency are the ones to think about.
   An export of another shape: `cx run --connector TOOL` for a tool that we know, `cx connect TOOL FILE --table
   crm.contacts` to lay out a connector for one that we do not.
3. `cx run` loads, builds, checks and publishes. `cx app` shows it, `cx query "from mart_scorecard"` asks it.

No files yet? `cx sample sample && cx run --landing sample` shows a shop that does not exist.
"""


def scaffold(directory: Path) -> list[Path]:
    """Write the folders and files of a new project.

    Args:
        directory: where to; created where absent. Files of other people in it stay, ours are never overwritten.

    Returns:
        What was written, folders of the landing as their `.gitkeep`.

    Raises:
        CxError: one of the files is there already; nothing was written then.
    """
    files = {
        "README.md": README.format(name=directory.resolve().name, version=__version__),
        ".gitignore": IGNORED,
        ".env": _settings(),
    }
    files |= {f"landing/{table.system}/{table.name}/.gitkeep": "" for table in contract_tables()}
    there = [name for name in files if (directory / name).exists()]
    if there:
        raise CxError(f"{directory} is a project already: {there[0]} is there. Give `cx init` another folder.")
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    return [directory / name for name in files]


def _settings() -> str:
    """Every setting, commented out, with its default."""
    lines = ["# Settings of cx_warehouse. Take away the # to change one; a command-line option wins over it."]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, []) else field.default
        lines += ["", f"# {field.description}", f"#CX_{name.upper()}={default}"]
    return "\n".join(lines) + "\n"
