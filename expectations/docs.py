"""What the expectations found, as one page without a script and without a request.

Great Expectations writes pages of its own, but they load scripts and styles from other hosts.
"""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import jinja2

from cx_warehouse.findings import Finding
from expectations.bounds import Bound

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
STATES = ("missed", "not compared", "met")


def state(finding: Finding) -> str:
    """How a bound did."""
    if finding.is_skipped:
        return "not compared"
    return "met" if finding.is_passed else "missed"


def write(folder: Path, bounds: list[Bound], findings: Iterable[Finding], version: str) -> Path:
    """Write the page of one check.

    Args:
        folder: where it goes; made when it is not there.
        bounds: of expectations/bounds.yml.
        findings: one for each, in their order.
        version: of the build.

    Returns:
        `<folder>/index.html`.
    """
    found = [(bound, finding, state(finding)) for bound, finding in zip(bounds, findings, strict=True)]
    suites = [
        (suite, [(table, list(rows)) for table, rows in groupby(of_suite, key=lambda one: one[0].table)])
        for suite, of_suite in groupby(found, key=lambda one: one[0].suite)
    ]
    counts = {name: sum(one[2] == name for one in found) for name in STATES}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    page = _ENVIRONMENT.get_template("docs.html")
    path.write_text(page.render(suites=suites, counts=counts, version=version), encoding="utf-8")
    return path
