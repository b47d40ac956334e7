"""The Board's answer in one sentence, made from what is published: what, how sure, what to do."""

import re

from app import figures, messages
from app.frame import Answer

# The measures of the Board, in the order in which they claim attention.
ATTENTION = ("kept_rate", "csat", "retention_90d", "cost_per_order")


def answer(
    scores: dict[str, dict], trust: dict[str, dict], definitions: dict[str, dict], currency: str | None
) -> Answer:
    """The headline and the next step.

    Args:
        scores: metric_id to the period's row of mart_scorecard.
        trust: metric_id to its row of mart_metric_trust.
        definitions: metric_id to its row of dim_metrics.
        currency: ISO 4217 code of amounts.
    """
    row = scores.get("kept_rate")
    if row is None or (row["value"] is None and row["value_low"] is None):
        return _withheld(row, trust.get("kept_rate"), definitions)

    def text(key: str) -> str:
        return figures.figure(row[key], row["unit"], currency)

    if row["value"] is None:
        sentence = messages.HEADLINE_INTERVAL.format(
            low=text("value_low"), high=text("value_high"), action=messages.ACT_MORE_DATA
        )
        return Answer(sentence, messages.NEXT_MORE_DATA, _owner("kept_rate", definitions))
    if row["target"] is None or row["is_on_target"] is None:
        low = text("value_low") if row["value_low"] is not None else text("value")
        high = text("value_high") if row["value_high"] is not None else text("value")
        sentence = messages.HEADLINE_NO_TARGET.format(
            value=text("value"), low=low, high=high, action=messages.ACT_TARGET
        )
        return Answer(sentence, messages.NEXT_TARGET, _owner("kept_rate", definitions))
    action, next_step, owner = _advice(scores, definitions)
    return Answer(
        _words(row).format(
            value=text("value"), target=figures.goal(row["target"], row["unit"], currency), action=action
        ),
        next_step,
        owner,
    )


def _advice(scores: dict[str, dict], definitions: dict[str, dict]) -> tuple[str, str, str | None]:
    short = [metric for metric in ATTENTION if (scores.get(metric) or {}).get("is_on_target") is False]
    for metric in short:
        if _is_clear(scores[metric]):
            return messages.ACT[metric], messages.NEXT[metric], _owner(metric, definitions)
    if short:
        next_step = messages.NEXT_WATCH.format(measure=messages.CARDS[short[0]].lower())
        return messages.ACT_WATCH, next_step, _owner(short[0], definitions)
    return messages.ACT_HOLD, messages.NEXT_HOLD, None


def _words(row: dict) -> str:
    if row["is_on_target"]:
        return messages.HEADLINE_ABOVE if _is_clear(row) else messages.HEADLINE_ABOVE_UNSURE
    return messages.HEADLINE_BELOW if _is_clear(row) else messages.HEADLINE_BELOW_UNSURE


def _is_clear(row: dict) -> bool:
    """Whether the whole interval lies on one side of the target; only then a page says "clearly"."""
    low, high, target = row["value_low"], row["value_high"], row["target"]
    return low is not None and high is not None and target is not None and not low <= target <= high


def _withheld(row: dict | None, trust: dict | None, definitions: dict[str, dict]) -> Answer:
    owner = _owner("kept_rate", definitions)
    absent = (trust or {}).get("absent_tables")
    if absent:
        sentence = messages.HEADLINE_WITHHELD.format(action=messages.ACT_LOAD)
        return Answer(sentence, messages.NEXT_LOAD.format(tables=figures.plain(listing(absent))), owner)
    reason = figures.plain((figures.told((row or {}).get("reason")) or messages.NO_REASON).rstrip("."))
    is_failed = (trust or {}).get("fitness") == "withheld"
    action, next_step = (
        (messages.ACT_REPAIR, messages.NEXT_REPAIR) if is_failed else (messages.ACT_MORE_DATA, messages.NEXT_WAIT)
    )
    return Answer(messages.HEADLINE_WITHHELD.format(action=action), next_step.format(reason=reason), owner)


def _owner(metric_id: str, definitions: dict[str, dict]) -> str | None:
    return (definitions.get(metric_id) or {}).get("owner")


def listing(names: object) -> str:
    """Names of tables or checks, published as text or as a list, as text.

    Args:
        names: `a;b`, `a, b` or a list; `a|b` is either.
    """
    parts = names if isinstance(names, list | tuple) else re.split("[,;]", str(names))
    return ", ".join(str(part).strip().replace("|", messages.ALTERNATIVE) for part in parts if str(part).strip())
