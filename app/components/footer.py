"""Where the figures come from: version, instants, checks, and what is withheld."""

import streamlit as st

from app import messages, numbers


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
            version=publication["version"], published=numbers.instant(publication["published_at"])
        ),
        messages.FOOTER_AS_OF.format(as_of=numbers.instant(publication["as_of"])),
        messages.FOOTER_CHECKS.format(passed=numbers.count(passed), all=numbers.count(checks))
        if checks
        else messages.FOOTER_CHECKS_NONE,
    ]
    if publication["reporting_currency"]:
        parts.append(messages.FOOTER_CURRENCY.format(currency=publication["reporting_currency"]))
    withheld = [
        f"{row['metric_name']} ({row['reason'] or messages.NO_REASON})"
        for row in trust.values()
        if row["fitness"] == "withheld"
    ]
    last = messages.FOOTER_NOTHING_WITHHELD
    if withheld:
        last = messages.FOOTER_WITHHELD.format(withheld="; ".join(withheld))
    st.markdown(f":small[:gray[:material/database: {numbers.plain(' · '.join(parts))}]]")
    st.markdown(f":small[:gray[{numbers.plain(last)}]]")
