"""Can I trust this? What is withheld and why, what was loaded, what was not taken, and does it add up?"""

import math
import re

import streamlit as st

from app import figures, messages
from app import queries as shared
from app.components import evidence
from app.components.tile import count_tile
from app.frame import Answer, Page, Tab
from app.headline import listing
from app.queries import trust as queries
from app.view import View

_FITNESS = ("withheld", "degraded", "ok")


def answer(view: View) -> Answer:
    """How many measures can be read as they are, and what to do about the others."""
    rows = queries.measures(view.snapshot)
    by_fitness = {fitness: [row for row in rows if row["fitness"] == fitness] for fitness in _FITNESS}
    if not rows:
        return Answer(messages.TRUST_NOTHING)
    words = messages.TRUST_ALL
    if by_fitness["withheld"]:
        some = messages.TRUST_SOME_DEGRADED if by_fitness["degraded"] else messages.TRUST_SOME
        words = some if len(by_fitness["withheld"]) < len(rows) else messages.TRUST_NONE
    elif by_fitness["degraded"]:
        words = messages.TRUST_DEGRADED
    sentence = words.format(
        ok=len(by_fitness["ok"]),
        all=len(rows),
        withheld=len(by_fitness["withheld"]),
        degraded=len(by_fitness["degraded"]),
    )
    published = shared.publication(view.snapshot)
    sure = messages.TRUST_NO_CHECKS
    if published["check_count"]:
        passed = published["check_count"] - (published["failed_check_count"] or 0)
        sure = messages.TRUST_SURE.format(
            passed=figures.count(passed),
            all=figures.count(published["check_count"]),
            published=figures.instant(published["published_at"]),
        )
    worst = (by_fitness["withheld"] or by_fitness["degraded"] or [None])[0]
    step = None
    if worst:
        absent = listing(worst["absent_tables"]) if worst["absent_tables"] else None
        step = messages.TRUST_STEP_LOAD.format(tables=absent, metric=figures.metric(worst))
        if not absent:
            step = messages.TRUST_STEP.format(
                metric=figures.metric(worst), reason=figures.told(worst["reason"]) or messages.NO_REASON
            )
        step = figures.plain(step.rstrip(".") + ".")
    return Answer(sentence, step, None, figures.plain(sure))


def measures(view: View) -> None:
    """Each measure with its fitness; what is withheld first."""
    rows = queries.measures(view.snapshot)
    st.link_button(messages.CHECKS_LINK, "/checks", icon=":material/checklist:")
    with st.grid(3, min_column_width=220):
        for fitness in _FITNESS:
            number = sum(row["fitness"] == fitness for row in rows)
            count_tile(view, messages.FITNESS[fitness], number, messages.FITNESS_NOTE[fitness])
    lines = {
        row["metric_id"]: (
            figures.metric(row),
            messages.FITNESS[row["fitness"]],
            figures.told(row["reason"]) or messages.DASH,
            messages.DASH if row["observation_count"] is None else figures.count(row["observation_count"]),
            messages.DASH if row["restated_count"] is None else figures.count(row["restated_count"]),
            messages.DASH if row["observed_until"] is None else figures.instant(row["observed_until"]),
        )
        for row in rows
    }
    fine = [lines[row["metric_id"]] for row in rows if row["fitness"] == "ok"]
    others = [lines[row["metric_id"]] for row in rows if row["fitness"] != "ok"]
    if others or not rows:
        evidence.table(messages.TRUST_COLUMNS, others, messages.TRUST_ALT, most=len(others))
    running = queries.provisional(view.snapshot)
    if running:
        st.header(messages.PROVISIONAL_HEADING, anchor=False)
        lines = [
            (
                figures.metric(row),
                figures.month(row["month_start_date"]),
                figures.sentence(figures.told(row["reason"]) or messages.NO_REASON),
            )
            for row in running
        ]
        evidence.table(messages.PROVISIONAL_COLUMNS, lines, messages.PROVISIONAL_ALT)
    if fine:
        # Closed: what asks for nothing comes last.
        with st.expander(messages.TRUST_FINE.format(all=figures.count(len(fine))), icon=":material/list:"):
            evidence.table(messages.TRUST_COLUMNS, fine, messages.TRUST_ALT, most=len(fine), at_need={2: None})
    evidence.rest(view, tuple(row["metric_id"] for row in rows), {"metric_trust": rows})


def sources(view: View) -> None:
    """How far does each source reach?"""
    rows = queries.freshness(view.snapshot)
    late = [
        row for row in rows if row["is_present"] and (row["days_behind"] or 0) > (row["most_days_behind"] or math.inf)
    ]
    heading = figures.counted(messages.SOURCES_LATE_ONE, messages.SOURCES_LATE, len(late))
    st.header(heading if late else messages.SOURCES_HEADING, anchor=False)
    stops = figures.instant(view.as_of) if view.as_of else messages.DASH
    st.markdown(f":small[:gray[{messages.SOURCES_NOTE.format(as_of=stops)}]]")
    lines = [
        (
            figures.source(row["source_table"]),
            messages.DASH if row["newest_event_at"] is None else figures.instant(row["newest_event_at"]),
            # Rounded up, so that what is late is never written as what is allowed.
            messages.DASH if row["days_behind"] is None else figures.number(math.ceil(10 * row["days_behind"]) / 10, 1),
            messages.SOURCES_ANY if row["most_days_behind"] is None else figures.count(row["most_days_behind"]),
            messages.DASH if row["loaded_at"] is None else figures.instant(row["loaded_at"]),
            figures.count(row["current_count"]) if row["is_present"] else messages.SOURCES_ABSENT,
        )
        for row in rows
    ]
    evidence.table(messages.SOURCES_COLUMNS, lines, messages.SOURCES_ALT)
    evidence.rest(view, (), {"source_freshness": rows})


def loads(view: View) -> None:
    """Does every line that was landed end somewhere, and is what is published what came?"""
    rows = queries.loads(view.snapshot)
    st.header(messages.LOADS_HEADING if rows else messages.LOADS_NONE, anchor=False)
    st.markdown(f":small[:gray[{messages.LOADS_NOTE}]]")
    numbers = (
        "landed_count",
        "loader_rejected_count",
        "typed_rejected_count",
        "superseded_count",
        "deleted_count",
        "not_yet_count",
        "current_count",
    )
    lines = [
        (
            figures.source(f"{row['system']}.{row['table_name']}"),
            messages.DASH if row["loaded_at"] is None else figures.instant(row["loaded_at"]),
            *(messages.DASH if row[name] is None else figures.count(row[name]) for name in numbers),
        )
        for row in rows
    ]
    evidence.table(messages.LOADS_COLUMNS, lines, messages.LOADS_ALT)
    totals = queries.reconciliation(view.snapshot)
    st.header(messages.TOTALS_HEADING, anchor=False)
    st.markdown(f":small[:gray[{messages.TOTALS_NOTE}]]")
    lines = [
        (
            figures.source(row["source_table"]),
            messages.TOTALS.get(row["measure"], figures.name(row["measure"])),
            *(
                # Of money it is known how much has no rate; what is counted needs none.
                figures.count(int(row[name]))
                if row["unpriced_count"] is None
                else figures.money(row[name], view.currency)
                for name in ("source_total", "published_total", "difference")
            ),
            messages.DASH if row["unpriced_count"] is None else figures.count(row["unpriced_count"]),
        )
        for row in totals
    ]
    evidence.table(messages.TOTALS_COLUMNS, lines, messages.TOTALS_ALT)
    evidence.rest(view, (), {"load_audit": rows, "reconciliation": totals})


def rejects(view: View) -> None:
    """What was not taken, and why?"""
    audit = [row for row in queries.loads(view.snapshot) if row["rejected_by_reason"]]
    rows = queries.rejects(view.snapshot)
    st.header(messages.REJECTS_HEADING if rows else messages.REJECTS_NONE, anchor=False)
    if audit:
        lines = [
            (
                figures.source(f"{row['system']}.{row['table_name']}"),
                re.sub(r"[a-z]\w+", lambda found: figures.name(found[0]), row["rejected_by_reason"]),
                figures.count((row["loader_rejected_count"] or 0) + (row["typed_rejected_count"] or 0)),
                messages.DASH if row["landed_count"] is None else figures.count(row["landed_count"]),
            )
            for row in audit
        ]
        evidence.table(messages.REJECTS_BY_REASON_COLUMNS, lines, messages.REJECTS_BY_REASON_ALT)
    if rows:
        samples = [
            (
                row["file"] or messages.DASH,
                messages.DASH if row["line"] is None else figures.count(row["line"]),
                row["column_name"] or messages.DASH,
                row["found"] or messages.DASH,
                row["expected"] or messages.DASH,
            )
            for row in rows
        ]
        evidence.table(messages.REJECTS_COLUMNS, samples, messages.REJECTS_ALT)
    evidence.rest(view, (), {"rejects": rows, "load_audit": audit})


def restated(view: View) -> None:
    """Which published numbers changed since, and why?"""
    rows = queries.restatements(view.snapshot)
    st.header(messages.RESTATED_HEADING if rows else messages.RESTATED_NONE, anchor=False)
    st.markdown(f":small[:gray[{messages.RESTATED_NOTE}]]")
    lines = [
        (
            figures.metric(row),
            " ".join(part for part in (figures.name(row["column_name"]), row["scope"]) if part),
            messages.PERIODS.get(row["period"], row["period"]),
            _number(row["old_value"]),
            _number(row["new_value"]),
            messages.RESTATED_CAUSES.get(row["cause"], row["cause"]),
            row["cause_reason"] or messages.DASH,
        )
        for row in rows
    ]
    if lines:
        evidence.table(messages.RESTATED_COLUMNS, lines, messages.RESTATED_ALT)
    evidence.rest(view, (), {"restatements": rows})


def _number(value: float | None) -> str:
    return messages.DASH if value is None else figures.rounded(value)


PAGE = Page(
    slug="trust",
    title=messages.TRUST_TITLE,
    icon=":material/verified:",
    question=messages.TRUST_QUESTION,
    answer=answer,
    tabs=(
        Tab("measures", messages.TAB_MEASURES, measures),
        Tab("sources", messages.TAB_SOURCES, sources),
        Tab("loads", messages.TAB_LOADS, loads),
        Tab("rejects", messages.TAB_REJECTS, rejects),
        Tab("restated", messages.TAB_RESTATED, restated),
    ),
)
