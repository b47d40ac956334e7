"""What the checks of a run found, kept beside the build so that publication can read it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """One check of one run.

    A failed *structural* check refuses the build, a failed *fitness* check withholds the metrics that rest on what it
    looked at: `columns` of `table`, or what the column `names` of the rows found calls (a metric, or a source table).
    `saw` is a clause that a reader without the check's source understands, such as '62 % of promises without an outcome
    (at most 50 %)'; `saw_by_name` says it of each metric or source table that was named.
    One that compares with an earlier version, where there is none, `is_skipped`: neither passed nor failed.
    """

    check: str
    table: str
    is_passed: bool
    severity: str
    saw: str = ""
    why: str = ""
    what_to_do: str = ""
    is_skipped: bool = False
    columns: tuple[str, ...] = ()
    names: str | None = None
    saw_by_name: dict[str, str] = field(default_factory=dict)

    @property
    def refuses(self) -> bool:
        """Whether nothing may be published."""
        return not self.is_passed and self.severity == "structural"

    def sentence(self) -> str:
        """Which check, what it saw, why that matters and what to do."""
        parts = [f"{self.check} ({self.table}): {self.saw}", self.why, self.what_to_do]
        return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)


def write(folder: Path, checker: str, findings: Iterable[Finding]) -> None:
    """Keep what `checker` (dbt, expectations) found beside the build that lies in `folder`."""
    (folder / f"{checker}.findings.json").write_text(json.dumps([asdict(finding) for finding in findings], indent=1))


def read(folder: Path) -> list[Finding]:
    """What all checkers found about the build in `folder`."""
    return [
        Finding(**(record | {"columns": tuple(record["columns"])}))
        for path in sorted(folder.glob("*.findings.json"))
        for record in json.loads(path.read_text())
    ]


def refusal(findings: Iterable[Finding]) -> str | None:
    """Why a build with these findings is not published, or None when it may be."""
    reasons = [finding.sentence() for finding in findings if finding.refuses]
    if not reasons:
        return None
    count = f"{len(reasons)} check{'s' if len(reasons) > 1 else ''} failed"
    return f"Nothing was published, what was published stays: {count}.\n" + "\n".join(f"  - {one}" for one in reasons)
