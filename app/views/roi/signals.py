"""What has changed beyond what months differ by."""

from collections import Counter
from collections.abc import Sequence

from app import figures, messages
from app.components import charts, evidence, filters
from app.estimate import Estimate
from app.queries import roi as queries
from app.view import View


def draw(view: View) -> None:
    """What has changed beyond what months differ by?"""
    rows = queries.signals(view.snapshot)
    months: tuple[dict, ...] = ()
    if not rows:
        evidence.chart(messages.SIGNALS_NONE, None, "", "", _why_no_signal(queries.watched(view.snapshot)))
    else:
        names = {row["signal_id"]: _signal(view, row) for row in rows}
        chosen = filters.pick("signal", messages.SIGNAL, names, rows[0]["signal_id"])
        row = next(each for each in rows if each["signal_id"] == chosen)
        months = queries.series(view.snapshot, row["metric_id"], row["touchpoint"], row["cause"])
        _control_chart(view, row, months)
    lines = [
        (
            _signal(view, row),
            Estimate.of(row, "value", _control_unit(row)).cell(view.currency),
            messages.CHANGES.get(row["change_kind"], messages.DASH),
            messages.DASH
            if row["centre"] is None
            else figures.figure(row["centre"], _control_unit(row), view.currency),
            messages.RULES.get(row["rule_broken"], messages.DASH),
            messages.SIGNAL_KINDS.get(row["signal_kind"], messages.DASH),
            figures.month_of(row["first_seen_month"]) if row["first_seen_month"] else messages.DASH,
            messages.DASH if row["q_value"] is None else figures.number(row["q_value"], 3),
        )
        for row in rows
    ]
    watched = queries.watched(view.snapshot)
    if lines:
        evidence.table(messages.SIGNALS_COLUMNS, lines, messages.SIGNALS_ALT)
    elif quiet := [_quiet_line(view, row) for row in watched if not row["reason"]]:
        evidence.table(messages.QUIET_COLUMNS, quiet, messages.QUIET_ALT)
    evidence.rest(
        view,
        tuple(dict.fromkeys(row["metric_id"] for row in watched)),
        {"signals": rows, "signal_months": months, "watched": watched},
        {row["metric_id"]: row["method"] for row in watched},
    )


def _quiet_line(view: View, row: dict) -> tuple[str, ...]:
    within = Estimate(row["value"], row["control_low"], row["control_high"], _control_unit(row))
    return (
        _signal(view, row),
        within.text(view.currency),
        within.ends(view.currency) or messages.DASH,
        figures.month_of(row["month"]),
        figures.count(row["observation_count"]),
    )


def _why_no_signal(rows: Sequence[dict]) -> str:
    """How many series were judged and found quiet, and why the others could not be."""
    reasons = Counter(row["reason"] for row in rows if row["reason"])
    quiet = len(rows) - reasons.total()
    parts = [messages.SIGNALS_QUIET.format(quiet=figures.count(quiet), all=figures.count(len(rows)))] if quiet else []
    parts += [
        messages.SIGNALS_WITHHELD.format(count=figures.count(count), reason=figures.told(reason))
        for reason, count in reasons.most_common()
    ]
    return "; ".join(parts) or messages.NO_ROWS


def _signal(view: View, row: dict) -> str:
    parts = [figures.metric(row)]
    parts += [view.name(name, row[name]) for name in ("touchpoint", "cause") if row[name] != "all"]
    return ", ".join(parts)


def _control_unit(row: dict) -> str:
    return row["unit"] or "ratio"


def _control_chart(view: View, row: dict, months: tuple[dict, ...]) -> None:
    unit = _control_unit(row)
    renamed = [
        {**month, "value_low": month["control_low"], "value_high": month["control_high"]}
        for month in months
        if month["value"] is not None
    ]
    marks = charts.points(renamed, unit, view.currency, messages.CONTROL_LABEL)
    heading = messages.SIGNAL_HEADING.format(
        name=_signal(view, row),
        change=messages.CHANGES.get(row["change_kind"], messages.DASH),
        month=figures.month_of(row["first_seen_month"] or row["month"]),
    )
    evidence.chart(
        heading,
        charts.large_trend(marks, unit, view.currency, None, view.ink, messages.MONTH, None) if marks else None,
        messages.SIGNAL_ALT.format(
            name=heading, months="; ".join(f"{mark['label']}: {mark['text']}" for mark in marks)
        ),
        messages.SIGNAL_NOTE,
        row["reason"],
    )
