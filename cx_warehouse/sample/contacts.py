"""Contacts: some come with every order, more with a missed promise. Waiting, patience, answers and what they cost."""

import numpy as np

from cx_warehouse.sample.clock import DAY, LAST_DAY, LAST_SECOND, instant
from cx_warehouse.sample.draws import Draws
from cx_warehouse.sample.fulfilment import has_happened, sorted_by, within
from cx_warehouse.sample.orders import (
    CANCELLED_BY_FIRM,
    LATE,
    NEVER,
    Columns,
    World,
)

BEFORE_RATE, AFTER_RATE = 0.04, 0.06  # per order, whatever its outcome: before and after the landmark
ANONYMOUS_PER_ORDER = 0.03
NO_REASON_SHARE = 0.06

REASONS = (
    "where_is_my_order", "late_delivery", "damaged_item", "wrong_item", "missing_item", "return_request",
    "refund_status", "billing_question", "product_question", "order_change", "complaint", "praise",
)  # fmt: skip
_BEFORE = {"product_question": 0.40, "order_change": 0.38, "billing_question": 0.22}
_AFTER = {
    "return_request": 0.34, "damaged_item": 0.16, "wrong_item": 0.09, "missing_item": 0.06, "refund_status": 0.14,
    "billing_question": 0.08, "product_question": 0.05, "complaint": 0.05, "praise": 0.03,
}  # fmt: skip
_ANONYMOUS = {"product_question": 0.75, "billing_question": 0.10, "complaint": 0.08, "praise": 0.07}

CHANNELS = ("phone", "email", "chat", "web", "social", "in_person")
CHANNEL_WEIGHTS = (0.36, 0.30, 0.20, 0.07, 0.05, 0.02)
TOUCHPOINT_OF_CHANNEL = ("phone_support", "email_support", "chat_support", "email_support", "community", "store")
PHONE, EMAIL, CHAT = 0, 1, 2

# Waiting: an exponential wait is offered, an exponential patience is brought along; whichever ends first is seen.
OFFERED_WAIT_MINUTES = {PHONE: 6.0, CHAT: 3.0}
PATIENCE_MINUTES = {PHONE: 12.0, CHAT: 8.0}
# Hours promised for an answer (None: nothing is promised) and for a solution, and how often each is exceeded.
RESPONSE_HOURS = (None, 24, None, 24, 12, None)
RESOLUTION_HOURS = (48, 72, 24, 72, 72, 48)
LATE_RESPONSE_SHARE, LATE_RESOLUTION_SHARE = 0.12, 0.10
MINUTES_OF_WORK = (8.0, 7.0, 6.0, 7.0, 5.0, 9.0)
CENTS_PER_MINUTE, CENTS_PER_CONTACT = 75, 50


def contacts(world: World) -> Columns:
    """One entry per contact; `order` is the position of its order, NEVER when anonymous."""
    columns = _occasions(world)
    columns |= _service(Draws(world.seed), columns)
    return sorted_by(columns, "opened", "uid")


def _occasions(world: World) -> Columns:
    draws, orders = Draws(world.seed), world.orders
    uid, landmark = orders["uid"], orders["landmark"]
    is_late = orders["missed"] & (orders["fate"] == LATE)
    # A customer asks where the parcel is from the next morning until it comes, which is never earlier than five hours
    # into that day; somebody whose order the firm cancelled asks nothing, but complains.
    morning = 5 * 3600
    window = np.where(is_late, np.minimum(landmark - orders["due_end"], int(1.5 * DAY)), int(1.5 * DAY)) - morning
    asks = orders["due_end"] + morning + (window * draws.uniform("enquiry at", uid)).astype(np.int64)
    enquiry = np.where(orders["fate"] == CANCELLED_BY_FIRM, REASONS.index("complaint"), 0)
    waiting = np.minimum(landmark, orders["due_end"]) - orders["ordered"]
    before = orders["ordered"] + (waiting * draws.uniform("before at", uid)).astype(np.int64)
    missed = orders["missed"]
    occasions = [
        (draws.uniform("before", uid) < BEFORE_RATE, before, _reason(draws, "before", uid, _BEFORE)),
        (
            draws.uniform("after", uid) < AFTER_RATE,
            landmark + within(draws, "after at", uid, 3600, 9 * DAY),
            _reason(draws, "after", uid, _AFTER),
        ),
        (missed & (draws.uniform("enquiry", uid) < world.effects.miss_enquiry_rate), asks, enquiry),
        (
            missed & (draws.uniform("late complaint", uid) < world.effects.miss_complaint_rate),
            landmark + within(draws, "late complaint at", uid, 600, 3 * DAY),
            np.full(len(uid), REASONS.index("late_delivery")),
        ),
    ]
    parts = []
    for kind, (applies, opened, reason) in enumerate(occasions):
        order = np.flatnonzero(applies & (opened < LAST_SECOND))
        parts.append({"order": order, "opened": opened[order], "reason": reason[order], "uid": uid[order] * 8 + kind})
    parts.append(_anonymous(draws, len(uid)))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    unclassified = draws.uniform("no reason", columns["uid"]) < NO_REASON_SHARE
    columns["reason"] = np.where(unclassified, NEVER, columns["reason"])
    return columns


def _anonymous(draws: Draws, orders: int) -> Columns:
    uid = np.arange(int(orders * ANONYMOUS_PER_ORDER), dtype=np.uint64) * 8 + np.uint64(7)
    opened = instant(draws.uniform("anonymous at", uid) * LAST_DAY)
    return {
        "order": np.full(len(uid), NEVER),
        "opened": opened,
        "reason": _reason(draws, "anonymous", uid, _ANONYMOUS),
        "uid": uid,
    }


def _reason(draws: Draws, purpose: str, uid: np.ndarray, weights: dict[str, float]) -> np.ndarray:
    codes = np.array([REASONS.index(reason) for reason in weights])
    return codes[draws.chosen(purpose + " reason", uid, list(weights.values()))]


def _service(draws: Draws, columns: Columns) -> Columns:
    """Waiting, first response, solution and cost of each contact; nothing beyond the end of the calendar."""
    uid, opened = columns["uid"], columns["opened"]
    channel = draws.chosen("channel", uid, CHANNEL_WEIGHTS)
    queues = np.isin(channel, [PHONE, CHAT])
    wait = draws.exponential("wait", uid) * np.where(channel == PHONE, *_by_queue(OFFERED_WAIT_MINUTES))
    patience = draws.exponential("patience", uid) * np.where(channel == PHONE, *_by_queue(PATIENCE_MINUTES))
    gives_up = queues & (patience < wait)
    response_hours = np.take([hours or 0.5 for hours in RESPONSE_HOURS], channel)
    answer = 3600 * response_hours * _duration(draws, "response", uid, LATE_RESPONSE_SHARE)
    # Whole seconds, at least one, so that a wait never reads as none.
    seconds = np.maximum(1, np.rint(np.where(queues, 60 * wait, answer)).astype(np.int64))
    patient = np.maximum(1, np.rint(60 * patience).astype(np.int64))
    work = 1 + draws.exponential("work", uid) * (np.take(MINUTES_OF_WORK, channel) - 1)
    solution = 3600 * np.take(RESOLUTION_HOURS, channel) * _duration(draws, "solution", uid, LATE_RESOLUTION_SHARE)
    at_once = np.where(draws.uniform("at once", uid) < 0.6, 0.0, solution)
    is_live = np.isin(channel, [PHONE, CHAT, 5])
    first = opened + seconds
    done = np.maximum(
        opened + np.where(is_live, at_once, solution).astype(np.int64), first + (60 * work).astype(np.int64)
    )
    minutes = np.where(gives_up, 0.0, np.round(work, 1))
    moments = {
        "responded": np.where(gives_up, NEVER, first),
        "resolved": np.where(gives_up, NEVER, done),
        "abandoned": np.where(gives_up, opened + patient, NEVER),
    }
    moments = {name: np.where(has_happened(moment), moment, NEVER) for name, moment in moments.items()}
    promised = np.take([hours or 0 for hours in RESPONSE_HOURS], channel)
    return moments | {
        "channel": channel,
        "promised_response": np.where(promised > 0, opened + promised * 3600, NEVER),
        "promised_resolution": opened + np.take(RESOLUTION_HOURS, channel) * 3600,
        "minutes": np.where(moments["resolved"] == NEVER, np.where(gives_up, 0.0, np.nan), minutes),
        "cost": np.rint(CENTS_PER_CONTACT + CENTS_PER_MINUTE * minutes).astype(np.int64),
        "updated": np.max([opened, *moments.values()], axis=0),
    }


def _by_queue(minutes: dict[int, float]) -> tuple[float, float]:
    return minutes[PHONE], minutes[CHAT]


def _duration(draws: Draws, purpose: str, uid: np.ndarray, late_share: float) -> np.ndarray:
    """Share of the promised time that is used: above 1 with probability `late_share`, in time otherwise."""
    used = draws.uniform(purpose + " used", uid)
    is_late = draws.uniform(purpose + " late", uid) < late_share
    return np.where(is_late, 1.01 + 1.2 * used, 0.02 + 0.96 * used**2)
