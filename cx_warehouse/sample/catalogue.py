"""The small tables, written by hand: messages with exactly three contradictions, initiatives, their costs, maturity."""

from datetime import date

from cx_warehouse.sample.shop import EVENING_PICKUP, EXPRESS_PILOT, ROUTE_PLANNING

# Rows are tuples in the order of *_COLUMNS; a message is one channel's wording of one promise.
MESSAGE_COLUMNS = (
    "message_id", "touchpoint", "channel", "promise_kind", "promised_value", "service_level", "locale", "wording",
    "owner", "url", "published_on", "withdrawn_on", "audited_on",
)  # fmt: skip

_WEB, _ADS, _MAIL, _CALL = "website", "ads", "email", "call_script"
MESSAGES = (
    # One promise, two successive wordings: the first ends the day before the second begins, so they do not contradict.
    ("M01", "delivery", _WEB, "delivery", 6, "standard", "en", "Standard delivery within 6 days.", "E-commerce",
     "https://shop.example/delivery", date(2024, 1, 1), date(2025, 2, 28), date(2025, 1, 15)),
    ("M02", "delivery", _WEB, "delivery", 5, "standard", "en", "Standard delivery within 5 days.", "E-commerce",
     "https://shop.example/delivery", date(2025, 3, 1), None, date(2026, 5, 20)),
    ("M03", "delivery", _MAIL, "delivery", 5, "standard", "de", "Standardversand in höchstens 5 Tagen.", "CRM",
     None, date(2025, 3, 1), None, date(2026, 4, 2)),
    # Contradiction 1, by channel: the website says 3 days, the advertisement 1 (which reality does not keep either).
    ("M04", "delivery", _WEB, "delivery", 3, "express", "en", "Express delivery within 3 days.", "E-commerce",
     "https://shop.example/express", date(2024, 1, 1), None, date(2026, 5, 20)),
    ("M05", "delivery", _ADS, "delivery", 1, "express", "en", "Order today, unpack tomorrow.", "Brand marketing",
     "https://ads.example/tomorrow", date(2025, 9, 1), date(2026, 3, 31), date(2025, 9, 1)),
    # Contradiction 2, between a page and the terms: refunds in 14 days or in 30.
    ("M06", "returns", _WEB, "refund", 14, None, "en", "Your money is back within 14 days.", "E-commerce",
     "https://shop.example/returns", date(2024, 1, 1), None, date(2026, 2, 11)),
    ("M07", "returns", "policy", "refund", 30, None, "en", "Refunds are paid within 30 days of receipt.", "Legal",
     "https://shop.example/terms", date(2024, 1, 1), None, None),
    # Contradiction 3, by validity: the old announcement ran for sixteen days beside the new call script.
    ("M08", "phone_support", "ivr", "wait", 5, None, "en", "Your call is answered within 5 minutes.", "Customer care",
     None, date(2024, 1, 1), date(2025, 6, 30), date(2025, 1, 8)),
    ("M09", "phone_support", _CALL, "wait", 10, None, "en", "We call you back or answer within 10 minutes.",
     "Customer care", None, date(2025, 6, 15), None, date(2026, 1, 14)),
    # Several channels that agree.
    ("M10", "email_support", _WEB, "first_response", 24, None, "en", "We answer within 24 hours.", "Customer care",
     "https://shop.example/help", date(2024, 1, 1), None, date(2026, 1, 14)),
    ("M11", "email_support", _MAIL, "first_response", 24, None, "fr", "Réponse sous 24 heures.", "Customer care",
     None, date(2024, 1, 1), None, date(2026, 1, 14)),
    ("M12", "email_support", _WEB, "resolution", 72, None, "en", "Solved within 72 hours.", "Customer care",
     "https://shop.example/help", date(2024, 1, 1), None, date(2026, 1, 14)),
    ("M13", "chat_support", _WEB, "wait", 2, None, "en", "Chat with us: no more than 2 minutes.", "Customer care",
     "https://shop.example/help", date(2024, 6, 1), None, date(2025, 6, 2)),
    ("M14", "chat_support", _WEB, "resolution", 24, None, "en", "Solved the same day.", "Customer care",
     "https://shop.example/help", date(2024, 6, 1), None, date(2026, 1, 14)),
    # Audited once, more than two years ago.
    ("M15", "community", "social", "first_response", 12, None, "en", "Write to us here: an answer within 12 hours.",
     "Social media", None, date(2024, 1, 1), None, date(2024, 2, 1)),
    # The same words and number in two places, never audited.
    ("M16", "phone_support", _WEB, "resolution", 48, None, "en", "Solved within 48 hours of your call.",
     "Customer care", "https://shop.example/help", date(2024, 1, 1), None, None),
    ("M17", "phone_support", _CALL, "resolution", 48, None, "en", "Solved within 48 hours of your call.",
     "Customer care", None, date(2024, 1, 1), None, None),
)  # fmt: skip
CONTRADICTIONS = (("M04", "M05"), ("M06", "M07"), ("M08", "M09"))

INITIATIVE_COLUMNS = (
    "initiative_id", "name", "touchpoint", "region", "segment", "service_level", "started_on", "deadline_on",
    "target_metric", "target_value", "owner",
)  # fmt: skip
INITIATIVES = (
    ("I01", "Evening pick-up by a second carrier", "delivery", EVENING_PICKUP[0], None, EVENING_PICKUP[1],
     EVENING_PICKUP[2], date(2026, 6, 30), "miss_rate", 0.16, "Head of logistics"),
    ("I02", "Route-planning software", "delivery", ROUTE_PLANNING[0], None, ROUTE_PLANNING[1],
     ROUTE_PLANNING[2], date(2026, 4, 30), "miss_rate", 0.08, "Head of logistics"),
    ("I03", "Express pilot with a local courier", "delivery", EXPRESS_PILOT[0], None, EXPRESS_PILOT[1],
     EXPRESS_PILOT[2], date(2026, 9, 30), "miss_rate", 0.12, "Regional manager"),
    ("I04", "Account managers for small businesses", "phone_support", None, "small_business", None,
     date(2026, 5, 15), date(2026, 12, 31), "retention_90d", 0.92, "Head of sales"),
)  # fmt: skip
# Euros per order of the whole sample, so that a larger shop spends more: set-up in the first month, then every month.
INITIATIVE_COSTS = {"I01": (0.020, 0.0020), "I02": (0.040, 0.0010), "I03": (0.002, 0.0004), "I04": (0.010, 0.0100)}

MATURITY_DIMENSIONS = ("strategy", "measurement", "design", "delivery", "culture", "governance")
MATURITY_RESPONDENTS = ("managing director", "head of customer care", "head of logistics", "head of marketing")
MATURITY_ON = (date(2025, 1, 20), date(2026, 1, 19))
# Stage by assessment and dimension; the fourth respondent always answers one stage higher than the others.
MATURITY_STAGES = ((2, 2, 1, 3, 2, 1), (3, 3, 2, 3, 2, 2))


def cost_rows(orders: int, until: date) -> list[tuple]:
    """(cost_id, initiative_id, spent_on, cents): set-up on the first day, then the first of every month until then.

    Args:
        orders: size of the sample.
        until: exclusive.
    """
    rows = []
    for initiative in INITIATIVES:
        code, started = initiative[0], initiative[6]
        setup, monthly = INITIATIVE_COSTS[code]
        spent = [(started, setup)]
        month = _next_month(started)
        while month < until:
            spent.append((month, monthly))
            month = _next_month(month)
        rows += [(f"{code}-{n:02d}", code, on, round(100 * orders * euros)) for n, (on, euros) in enumerate(spent, 1)]
    return rows


def maturity_rows() -> list[tuple]:
    """(assessment_id, assessed_on, dimension, stage, respondent)."""
    rows = []
    for assessed_on, stages in zip(MATURITY_ON, MATURITY_STAGES, strict=True):
        for dimension, stage in zip(MATURITY_DIMENSIONS, stages, strict=True):
            for position, respondent in enumerate(MATURITY_RESPONDENTS):
                answered = min(6, stage + (position == len(MATURITY_RESPONDENTS) - 1))
                rows.append((f"MA{len(rows) + 1:03d}", assessed_on, dimension, answered, respondent))
    return rows


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
