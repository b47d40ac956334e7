"""Where the figures come from: version, instants, checks, and what is withheld."""

import streamlit as st

from app import figures, messages


def footer(publication: dict, trust: dict[str, dict]) -> None:
    """Draws the lines at the end of every page.

    Args:
        publication: the row of mart_publication.
        trust: metric_id to its row of mart_metric_trust.
    """
    checks = publication["check_count"]
    passed = (checks or 0) - (publication["failed_check_count"] or 0)
    parts = [
        messages.FOOTER_VERSION.format(
            version=publication["version"], published=figures.instant(publication["published_at"])
        ),
        # Where nothing has happened yet, time stops nowhere.
        messages.FOOTER_AS_OF.format(
            as_of=figures.instant(publication["as_of"]) if publication["as_of"] else messages.DASH
        ),
        messages.FOOTER_CHECKS.format(passed=figures.count(passed), all=figures.count(checks))
        if checks
        else messages.FOOTER_CHECKS_NONE,
    ]
    if publication["reporting_currency"]:
        parts.append(messages.FOOTER_CURRENCY.format(currency=publication["reporting_currency"]))
    withheld: dict[str, list[str]] = {}
    for row in trust.values():
        if row["fitness"] == "withheld":
            withheld.setdefault(figures.told(row["reason"]) or messages.NO_REASON, []).append(figures.metric(row))
    last = messages.FOOTER_NOTHING_WITHHELD
    if withheld:
        groups = (f"{', '.join(names)} ({reason})" for reason, names in withheld.items())
        last = messages.FOOTER_WITHHELD.format(withheld="; ".join(groups))
    st.markdown(f":small[:gray[:material/database: {figures.plain(' · '.join(parts))}]]")
    st.markdown(f":small[:gray[{figures.plain(last)}]]")
