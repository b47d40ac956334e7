"""What several tabs say of an initiative, and marks of a chart."""

from app import figures, messages
from app.components import filters
from app.estimate import Estimate
from app.queries import roi as queries
from app.view import View

# What the return of an initiative is measured by.
MARGIN = "net_margin_per_customer_month"


def chance(probability: float) -> str:
    """A probability is never written as certain, nor is that of the contrary."""
    if probability > 0.999:
        return messages.NEARLY_CERTAIN
    return messages.NEARLY_IMPOSSIBLE if probability < 0.001 else figures.figure(probability, "share", None)


def initiative(view: View, initiative_id: str) -> str:
    """The name of an initiative; its id where none is on record."""
    if initiative_id == "all":
        return messages.ALL_INITIATIVES
    return queries.names(view.snapshot).get(initiative_id) or initiative_id


def pick_initiative(view: View, ids: list[str]) -> str:
    """The id of the initiative that is looked at; the first of them until another is chosen."""
    names = {each: initiative(view, each) for each in ids}
    return filters.pick("initiative", messages.INITIATIVE, names, ids[0])


def or_needed(verdict: str, row: dict) -> str:
    """A verdict, with what would be enough where it is that nothing can be told."""
    needed = row.get("needed_observation_count")
    return f"{verdict}; {messages.NEEDS.format(count=figures.about(needed))}" if needed else verdict


def mark(label: str, estimate: Estimate, role: str, view: View) -> dict:
    """One line of a forest chart: an estimate with its interval, in the colour of its role."""
    return {
        "label": label,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "text": estimate.text(view.currency),
        "role": role,
        "description": f"{label}: {estimate.cell(view.currency)}",
    }


def parts_of(marks: list[dict]) -> str:
    """The marks of a chart in words, for who does not see it."""
    return "; ".join(mark["description"] for mark in marks)
