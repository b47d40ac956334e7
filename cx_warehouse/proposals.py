"""Assumptions and goals that a leader proposes, as CSV beside the warehouse; the next run takes what it can read.

A proposal is a line of any `*.csv` in `<warehouse>/proposals`: kind (assumption or goal), name (of an assumption, or
the metric of a goal), low, base, high (of a goal base alone: its target), who, when (ISO 8601), why. The latest of a
name counts. What cannot be read is told in a sentence, and the run goes on without it.
"""

import csv
import math
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cx_warehouse.errors import CxError
from cx_warehouse.landing.ledger import ops_schemas, replaced
from cx_warehouse.project import PROJECT
from cx_warehouse.settings import Settings

HEADER = ("kind", "name", "low", "base", "high", "who", "when", "why")
_NAMES = {"assumption": ("ref_assumptions", "assumption"), "goal": ("ref_metrics", "metric_id")}


@dataclass(frozen=True)
class Proposal:
    """One line: the columns of ops.proposals. `problem` is why it does not count, as a sentence; None when it does."""

    kind: str | None
    name: str | None
    low: float | None
    base: float | None
    high: float | None
    proposed_by: str | None
    proposed_at: datetime | None
    why: str | None
    problem: str | None
    file: str
    line: int


def known(kind: str) -> list[str]:
    """Names that a proposal of that kind may have, in the order of the seed.

    Raises:
        CxError: the kind is neither assumption nor goal.
    """
    if kind not in _NAMES:
        raise CxError(f"A proposal is an assumption or a goal; this one is '{kind}'.")
    seed, column = _NAMES[kind]
    with (PROJECT / "seeds" / "reference" / f"{seed}.csv").open(encoding="utf-8", newline="") as stream:
        return [row[column] for row in csv.DictReader(stream)]


def propose(
    settings: Settings,
    kind: str,
    name: str,
    *,
    base: float,
    who: str,
    low: float | None = None,
    high: float | None = None,
    why: str = "",
    when: datetime | None = None,
) -> Path:
    """Write one proposal as a file of its own; the warehouse changes with the next run only.

    Args:
        settings: whose warehouse.
        kind: assumption or goal.
        name: of the assumption, or the metric of the goal.
        base: the value to count with, in the unit of the assumption or the metric.
        who: whoever answers for it.
        low, high: how far it may be off; an assumption needs both.
        why: the reason, in words.
        when: with an offset; default now.

    Returns:
        The file.

    Raises:
        CxError: the name is unknown, a number is none, low ≤ base ≤ high does not hold, or nobody is named.
    """
    instant = (when or datetime.now(UTC)).astimezone(UTC)
    fields = dict(zip(HEADER, (kind, name, low, base, high, who, instant.isoformat(), why), strict=True))
    texts = {key: "" if value is None else str(value) for key, value in fields.items()}
    proposal = _read_line(texts, "it", 1)
    if proposal.problem:
        raise CxError(proposal.problem)
    settings.proposals.mkdir(parents=True, exist_ok=True)
    path = settings.proposals / f"{instant:%Y%m%dT%H%M%S}_{kind}_{name}_{secrets.token_hex(4)}.csv"
    with replaced(path) as part, part.open("x", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, HEADER)
        writer.writeheader()
        writer.writerow(texts)
    return path


def read(settings: Settings) -> list[Proposal]:
    """Every line of every file of proposals, those that do not count with their problem; no folder is none."""
    paths = sorted(settings.proposals.glob("*.csv")) if settings.proposals.is_dir() else []
    return [proposal for path in paths for proposal in _read_file(path)]


def take(settings: Settings) -> list[str]:
    """Hand the proposals to the models, in raw beside the ledger.

    Call it under the run's lock, after `ensure_raw`.

    Returns:
        A sentence for every line that does not count.
    """
    proposals = read(settings)
    path = settings.raw / "ops.proposals.taken.parquet"
    if proposals:
        settings.raw.mkdir(parents=True, exist_ok=True)
        with replaced(path) as part:
            rows = [asdict(proposal) for proposal in proposals]
            pq.write_table(pa.Table.from_pylist(rows, schema=ops_schemas()["proposals"]), part)
    else:
        path.unlink(missing_ok=True)
    return [proposal.problem for proposal in proposals if proposal.problem]


def _read_file(path: Path) -> Iterator[Proposal]:
    where = f"proposals/{path.name}"

    def refused(problem: str) -> Proposal:
        return Proposal(None, None, None, None, None, None, None, None, f"{where}: {problem}", path.name, 0)

    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            missing = [name for name in HEADER if name not in (reader.fieldnames or ())]
            if missing:
                yield refused(f"its first line lacks {', '.join(missing)}; it must name {', '.join(HEADER)}.")
                return
            for row in reader:
                yield _read_line(row, f"{where}, line {reader.line_num}", reader.line_num, path.name)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        yield refused(f"it cannot be read as CSV in UTF-8 ({error}).")


def _read_line(row: dict, where: str, line: int, file: str = "") -> Proposal:
    texts = {name: (row.get(name) or "").strip() for name in HEADER}
    numbers = {name: _number(texts[name]) for name in ("low", "base", "high")}
    instant = _instant(texts["when"])
    problem = _problem(texts, numbers, instant)
    return Proposal(
        kind=texts["kind"] or None,
        name=texts["name"] or None,
        **numbers,
        proposed_by=texts["who"] or None,
        proposed_at=instant,
        why=texts["why"] or None,
        problem=f"{where[0].upper()}{where[1:]} does not count: {problem}" if problem else None,
        file=file,
        line=line,
    )


def _problem(texts: dict[str, str], numbers: dict[str, float | None], instant: datetime | None) -> str | None:
    kind, name = texts["kind"], texts["name"]
    if kind not in _NAMES:
        return f"its kind is '{kind}', and must be assumption or goal."
    if name not in known(kind):
        return f"there is no {'assumption' if kind == 'assumption' else 'metric'} '{name}'."
    needed = ("low", "base", "high") if kind == "assumption" else ("base",)
    for each in needed:
        if numbers[each] is None:
            return f"{each} is '{texts[each]}', which is no number."
    if kind == "assumption" and not numbers["low"] <= numbers["base"] <= numbers["high"]:
        return f"low {texts['low']}, base {texts['base']} and high {texts['high']} do not rise."
    if not texts["who"]:
        return "nobody is named in who."
    if instant is None:
        return f"when is '{texts['when']}', and must be an instant such as 2026-11-22T09:00:00Z."
    return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _instant(text: str) -> datetime | None:
    """UTC without a zone; a text without an offset is UTC."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
