"""Who was asked, who answered, and what: scores whose mean is exactly linear in the days of gap on either side of 0."""

import numpy as np

from cx_warehouse.sample.clock import DAY
from cx_warehouse.sample.contacts import TOUCHPOINT_OF_CHANNEL
from cx_warehouse.sample.draws import Draws
from cx_warehouse.sample.fulfilment import has_happened, sorted_by, within
from cx_warehouse.sample.orders import NEVER, Columns, World

ASKED_AFTER_DELIVERY, ASKED_AFTER_CONTACT, ASKED_ABOUT_ELSE = 0.60, 0.50, 0.08
ANSWERS_AFTER_DELIVERY, ANSWERS_AFTER_CONTACT, ANSWERS_ABOUT_ELSE = 0.28, 0.22, 0.18
EXPECTATIONS_SHARE = 0.50  # of the questionnaires after a delivery also ask what was expected

COMMENT_SHARE = 0.12

BASE_SHARE = 0.80  # mean score as a share of the scale at a gap of 0
# How far people and occasions lie from it, each uniform and unrelated to misses; no mean is clipped by the scale.
PERSON_SPREAD, OCCASION_SPREAD = 0.07, 0.07
ELSE_SHARE = 0.82
EXPECTED_DAYS_OFFSET = {-1: 0.3, 0: 0.5, 1: 0.2}  # expected days minus promised days: mean −0.1
ADEQUATE_DAYS_MORE = {1: 0.4, 2: 0.4, 3: 0.2}  # still acceptable: so many days more than expected
EXPECTED_SHARE, ADEQUATE_SHARE, PACKAGING_SHARE = 0.86, 0.60, 0.81

TOUCHPOINTS = (
    "delivery", "website", "checkout", "packaging", "product", "billing", "app", "store", "policy", "returns",
    "phone_support", "email_support", "chat_support", "community",
)  # fmt: skip
ELSEWHERE_WEIGHTS = {"website": 4, "checkout": 3, "packaging": 2, "product": 4, "billing": 1, "app": 3, "policy": 1}
ITEMS = ("delivery_days", "reliability", "packaging", "ease")

AFTER_DELIVERY, AFTER_CONTACT, ABOUT_ELSE = range(3)


def invitations(world: World, contacts: Columns) -> Columns:
    """One entry per invitation; `order` and `contact` are positions, `responded` an instant or NEVER."""
    draws, orders = Draws(world.seed), world.orders
    uid, known = orders["uid"], orders["customer"] != NEVER
    after = known & has_happened(orders["delivered"]) & (draws.uniform("asked", uid) < ASKED_AFTER_DELIVERY)
    about = known & (draws.uniform("asked elsewhere", uid) < ASKED_ABOUT_ELSE)
    contact_uid = contacts["uid"]
    asked = (contacts["order"] != NEVER) & (contacts["resolved"] != NEVER)
    asked &= known[contacts["order"]] & (draws.uniform("asked then", contact_uid) < ASKED_AFTER_CONTACT)
    elsewhere = np.array([TOUCHPOINTS.index(name) for name in ELSEWHERE_WEIGHTS])
    kind_of_touch = elsewhere[draws.chosen("elsewhere", uid, list(ELSEWHERE_WEIGHTS.values()))]
    support = np.array([TOUCHPOINTS.index(name) for name in TOUCHPOINT_OF_CHANNEL])
    parts = [
        _sent(draws, AFTER_DELIVERY, after, uid, orders["delivered"], np.zeros(len(uid), int), ANSWERS_AFTER_DELIVERY),
        _sent(draws, ABOUT_ELSE, about, uid, orders["ordered"], kind_of_touch, ANSWERS_ABOUT_ELSE),
        _sent(
            draws, AFTER_CONTACT, asked, contact_uid, contacts["resolved"], support[contacts["channel"]],
            ANSWERS_AFTER_CONTACT,
        ),
    ]  # fmt: skip
    for part, position in zip(parts, ("order", "order", "contact"), strict=True):
        part["contact"] = part["position"] if position == "contact" else np.full(len(part["uid"]), NEVER)
        part["order"] = contacts["order"][part["position"]] if position == "contact" else part["position"]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name != "position"}
    columns = sorted_by(columns, "sent", "kind", "uid")
    answered = columns["responded"] != NEVER
    columns["response"] = np.where(answered, np.cumsum(answered), NEVER)
    return columns


def _sent(
    draws: Draws,
    kind: int,
    applies: np.ndarray,
    uid: np.ndarray,
    moment: np.ndarray,
    touchpoint: np.ndarray,
    rate: float,
) -> Columns:
    position = np.flatnonzero(applies)
    uid = uid[position]
    sent = moment[position] + within(draws, f"sent {kind}", uid, 3600, 1.5 * DAY)
    answers = draws.uniform(f"answers {kind}", uid) < rate
    responded = sent + 60 + (DAY * 1.2 * draws.exponential(f"answered {kind}", uid)).astype(np.int64)
    columns = {
        "position": position,
        "uid": uid,
        "kind": np.full(len(uid), kind),
        "touchpoint": touchpoint[position],
        "sent": sent,
        "responded": np.where(answers & has_happened(responded), responded, NEVER),
    }
    happened = has_happened(sent)
    return {name: values[happened] for name, values in columns.items()}


def answers(world: World, invited: Columns, contacts: Columns) -> Columns:
    """One entry per answered question. `invitation` is a position in `invited`; `item` NEVER where there is none."""
    draws, orders = Draws(world.seed), world.orders
    replied = np.flatnonzero(invited["responded"] != NEVER)
    uid, kind, order = invited["uid"][replied], invited["kind"][replied], invited["order"][replied]
    person = orders["uid"][order] // np.uint64(1024)
    mood = PERSON_SPREAD * (2 * draws.uniform("person", person) - 1)
    mood = mood + OCCASION_SPREAD * (2 * draws.uniform("occasion", uid) - 1)
    gap = np.where(orders["has_promise"][order], orders["gap_days"][order], 0)
    tilt = np.where(gap > 0, world.effects.score_gain_per_day_early, world.effects.score_loss_per_day_late) * gap
    base = np.where(kind == ABOUT_ELSE, ELSE_SHARE, BASE_SHARE)
    share = np.clip(base + mood + np.where(kind == AFTER_DELIVERY, tilt, 0.0), 0.0, 1.0)

    def scores(purpose: str, steps: int, chance: np.ndarray | float) -> np.ndarray:
        return draws.binomial(purpose, uid, steps, chance)

    everybody = np.ones(len(replied), dtype=bool)
    delivery, contact = kind == AFTER_DELIVERY, kind == AFTER_CONTACT
    asked_more = delivery & (draws.uniform("asked more", uid) < EXPECTATIONS_SHARE)
    expected_days = orders["promise_days"][order] + _offset(draws, "expected days", uid, EXPECTED_DAYS_OFFSET)
    actual_days = orders["promise_days"][order] - orders["gap_days"][order]
    adequate_days = expected_days + _offset(draws, "adequate days", uid, ADEQUATE_DAYS_MORE)
    has_words = draws.uniform("words", uid) < COMMENT_SHARE
    ease = 1 + scores("ease expected", 6, EXPECTED_SHARE)
    questions = [
        # applies, question kind, item, score, least, most, unit
        (~contact, "nps", None, scores("nps", 10, share), 0, 10, "score"),
        (everybody, "csat", None, 1 + scores("csat", 4, share), 1, 5, "score"),
        (contact, "ces", None, 1 + scores("ces", 6, share), 1, 7, "score"),
        (contact, "feeling", None, 1 + scores("feeling", 4, share), 1, 5, "score"),
        (asked_more, "expected", "delivery_days", expected_days, 0, 60, "days"),
        (asked_more, "adequate", "delivery_days", adequate_days, 0, 60, "days"),
        (asked_more, "experienced", "delivery_days", actual_days, 0, 60, "days"),
        (asked_more, "expected", "reliability", 1 + scores("reliability expected", 6, EXPECTED_SHARE), 1, 7, "score"),
        (asked_more, "adequate", "reliability", 1 + scores("reliability adequate", 6, ADEQUATE_SHARE), 1, 7, "score"),
        (asked_more, "experienced", "reliability", 1 + scores("reliability", 6, share), 1, 7, "score"),
        (asked_more, "expected", "packaging", 1 + scores("packaging expected", 6, EXPECTED_SHARE), 1, 7, "score"),
        (asked_more, "experienced", "packaging", 1 + scores("packaging", 6, PACKAGING_SHARE), 1, 7, "score"),
        (contact, "expected", "ease", ease, 1, 7, "score"),
        (contact, "experienced", "ease", 1 + scores("ease experienced", 6, share), 1, 7, "score"),
    ]
    parts = []
    for number, (applies, question, item, score, least, most, unit) in enumerate(questions):
        rows = np.flatnonzero(applies)
        count = len(rows)
        parts.append(
            {
                "invitation": replied[rows],
                "number": np.full(count, number),
                "question": np.full(count, QUESTIONS.index(question)),
                "item": np.full(count, NEVER if item is None else ITEMS.index(item)),
                "score": score[rows],
                "least": np.full(count, least),
                "most": np.full(count, most),
                "unit": np.full(count, UNITS.index(unit)),
                "comment": np.where(has_words[rows] & (question == "csat"), _words(share[rows]), NEVER),
            }
        )
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    columns["responded"] = invited["responded"][columns["invitation"]]
    return sorted_by(columns, "responded", "invitation", "number")


QUESTIONS = ("nps", "csat", "ces", "expected", "adequate", "experienced", "feeling")
UNITS = ("score", "days")
COMMENTS = (
    "Nobody told me it would be late. Write to {email}.",
    "Fine, nothing special.",
    "Quick and friendly, will order again. {email}",
)


def _words(share: np.ndarray) -> np.ndarray:
    return np.where(share < 0.6, 0, np.where(share < 0.8, 1, 2))


def _offset(draws: Draws, purpose: str, uid: np.ndarray, weights: dict[int, float]) -> np.ndarray:
    return np.array(list(weights))[draws.chosen(purpose, uid, list(weights.values()))]
