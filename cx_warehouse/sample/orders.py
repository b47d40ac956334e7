"""Customers and their orders: a repeat purchase process in which what happened to one order moves the next."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from cx_warehouse.sample import shop
from cx_warehouse.sample.clock import DAY, LAST_DAY, LAST_SECOND, START, busy_days, instant, summer_time
from cx_warehouse.sample.draws import Draws, pick
from cx_warehouse.sample.effects import Effects

Columns = dict[str, np.ndarray]

KEPT, LATE, LOST, CANCELLED_BY_FIRM, CANCELLED_BY_CUSTOMER = range(5)
NEVER = -1  # an instant that does not come
MOST_ORDERS_OF_ONE = 1024
_FIRST_GUEST = np.uint64(1 << 58)  # far above any customer; eight times it still fits
_ORDERS_PER_CUSTOMER = 4.5  # only sets how many customers are tried at a time


@dataclass(frozen=True)
class World:
    """Everything that is simulated, before any of it becomes a file.

    Attributes:
        seed, effects: what it was made from.
        customers: one entry per customer; `customer` in `orders` is the position here, NEVER for a guest.
        orders: one entry per order by instant. Instants in seconds since the start of the calendar, unclipped: they
            may lie beyond its end. `probability` is the true probability of a miss, `hazard_ratio` what the outcome
            did to the hazard of the next order, `reordered_early` whether the next came before the landmark.
    """

    seed: int
    effects: Effects
    customers: Columns
    orders: Columns


def simulate(orders: int = 20_000, seed: int = 1, effects: Effects | None = None) -> World:
    """Simulate a shop with exactly so many orders over thirty months.

    Args:
        orders: number of orders, guests included.
        seed: any integer; the same (orders, seed, effects) gives the same world.
        effects: what is planted; default `Effects()`.
    """
    effects = effects or Effects()
    draws = Draws(seed)
    customers, bought = _customers_with_orders(draws, effects, orders)
    count = len(bought["uid"])
    guests = _guest_orders(draws, effects, orders - count)
    together = {name: np.concatenate([bought[name], guests[name]]) for name in bought}
    order = np.lexsort((together["uid"], together["ordered"]))
    return World(seed, effects, customers, {name: values[order] for name, values in together.items()})


@cache
def places() -> tuple[tuple[str, str, int, float, int], ...]:
    """Every (country, time zone, region index, share within the region, offset from UTC in winter in seconds)."""
    winter = datetime(START.year, 1, 15)
    return tuple(
        (country, zone, index, share, int(ZoneInfo(zone).utcoffset(winter).total_seconds()))
        for index, region in enumerate(shop.REGIONS)
        for country, zone, share in region.places
    )


def _customers_with_orders(draws: Draws, effects: Effects, orders: int) -> tuple[Columns, Columns]:
    wanted = int(orders * (1 - shop.GUEST_SHARE))
    block = int(wanted / _ORDERS_PER_CUSTOMER * 1.03) + 1
    people: list[Columns] = []
    bought: list[Columns] = []
    count = 0
    while count < wanted:
        first = len(people) * block
        people.append(_people(draws, np.arange(first, first + block, dtype=np.uint64)))
        bought.append(_histories(draws, effects, people[-1], first))
        count += len(bought[-1]["uid"])
    customers, history = _stacked(people) or _people(draws, _no_ids()), _stacked(bought)
    if not history:
        return customers, _shipped_orders(draws, effects, _guests(draws, 0))
    # Whole customers, in order of their number, as long as they fit; guests fill the rest to the exact count.
    sizes = np.bincount(history["customer"], minlength=len(customers["uid"]))
    buyers = int(np.searchsorted(np.cumsum(sizes), wanted, side="right"))
    registered = buyers + int(buyers * shop.NEVER_ORDERED_SHARE)
    fits = history["customer"] < buyers
    history = {name: values[fits] for name, values in history.items()}
    never = _people(draws, np.arange(buyers, registered, dtype=np.uint64))
    customers = {name: np.concatenate([values[:buyers], never[name]]) for name, values in customers.items()}
    customers["has_ordered"] = np.arange(registered) < buyers
    return customers, history


def _stacked(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}


def _no_ids() -> np.ndarray:
    return np.zeros(0, dtype=np.uint64)


def _people(draws: Draws, uid: np.ndarray) -> Columns:
    """Who a customer is; the first order falls when the busy clock says so, thinning out as the shop matures."""
    segment = draws.chosen("segment", uid, [s.share for s in shop.SEGMENTS])
    place = draws.chosen("place", uid, [shop.REGIONS[p[2]].share * p[3] for p in places()])
    decay = 0.9
    acquired = -np.log(1 - draws.uniform("acquired", uid) * (1 - np.exp(-decay))) / decay
    return {
        "uid": uid,
        "segment": segment,
        "place": place,
        "region": np.take([p[2] for p in places()], place),
        "first_ordered": instant(acquired * LAST_DAY),
        "has_ordered": np.ones(len(uid), dtype=bool),
    }


def _histories(draws: Draws, effects: Effects, people: Columns, first: int) -> Columns:
    """All orders of these customers: each round gives everybody who is still buying one more order."""
    rounds: list[Columns] = []
    active = np.arange(len(people["uid"]))
    ordered = people["first_ordered"]
    for number in range(MOST_ORDERS_OF_ONE):
        uid = people["uid"][active] * np.uint64(MOST_ORDERS_OF_ONE) + np.uint64(number)
        placed = {
            "uid": uid,
            "customer": active + first,
            "segment": people["segment"][active],
            "region": people["region"][active],
            "winter_offset": np.take([p[4] for p in places()], people["place"][active]),
            "number": np.full(len(active), number + 1),
            "ordered": ordered,
        }
        rounds.append(_shipped_orders(draws, effects, placed))
        ordered = rounds[-1]["next_ordered"]
        again = ordered < LAST_SECOND
        active, ordered = active[again], ordered[again]
        if not len(active):
            break
    return _stacked(rounds)


def _guest_orders(draws: Draws, effects: Effects, count: int) -> Columns:
    return _shipped_orders(draws, effects, _guests(draws, count))


def _guests(draws: Draws, count: int) -> Columns:
    uid = np.arange(count, dtype=np.uint64) + _FIRST_GUEST
    return {
        "uid": uid,
        "customer": np.full(count, NEVER),
        "segment": np.zeros(count, dtype=np.int64),
        "region": draws.chosen("guest region", uid, [region.share for region in shop.REGIONS]),
        "winter_offset": np.zeros(count, dtype=np.int64),
        "number": np.ones(count, dtype=np.int64),
        "ordered": instant(draws.uniform("guest ordered", uid) * LAST_DAY),
    }


def _shipped_orders(draws: Draws, effects: Effects, placed: Columns) -> Columns:
    """Promise, fate and next order of each order placed."""
    uid, segment, region = placed["uid"], placed["segment"], placed["region"]
    is_guest = placed["customer"] == NEVER
    # A guest's time zone is unknown, so the day ends where the firm is (UTC).
    offset = np.where(is_guest, 0, placed["winter_offset"] + 3600 * summer_time(placed["ordered"]))
    express = draws.uniform("service", uid) < np.take([s.express_share for s in shop.SEGMENTS], segment)
    days = np.where(
        express, np.take([r.express_days for r in shop.REGIONS], region),
        np.take([r.standard_days for r in shop.REGIONS], region),
    )  # fmt: skip
    local_day = (placed["ordered"] + offset) // DAY
    due = local_day + days
    probability = shop.miss_probability(effects, region, express, due)
    has_promise = draws.uniform("promised", uid) >= shop.NO_PROMISE_SHARE
    fate = _fates(draws, uid, probability, has_promise)

    late_days = 1 + draws.chosen("late days", uid, shop.LATE_DAYS)
    early_days = np.minimum(draws.chosen("early days", uid, shop.EARLY_DAYS), days - 1)
    gap = np.where(fate == LATE, -late_days, early_days)
    arrives = np.isin(fate, [KEPT, LATE])
    # 06:00 to 18:00 UTC is the same date in every time zone that the shop delivers to.
    clock = 6 * 3600 + (draws.uniform("delivery hour", uid) * 12 * 3600).astype(np.int64)
    delivered = np.where(arrives, (due - gap) * DAY + clock, NEVER)
    due_end = (due + 1) * DAY - offset
    wait = due_end - placed["ordered"]
    soon = placed["ordered"] + 600 + (draws.uniform("cancelled", uid) * 0.6 * wait).astype(np.int64)
    cancelled = np.where(np.isin(fate, [CANCELLED_BY_FIRM, CANCELLED_BY_CUSTOMER]), soon, NEVER)
    landmark = np.where(arrives, delivered, np.where(fate == CANCELLED_BY_CUSTOMER, cancelled, due_end))

    missed = has_promise & np.isin(fate, [LATE, LOST, CANCELLED_BY_FIRM])
    compensated = missed & (draws.uniform("compensated", uid) < effects.compensation_rate)
    exceeded = has_promise & (fate == KEPT) & (gap >= 1)
    ratio = np.where(missed, effects.miss_hazard_ratio, np.where(exceeded, effects.exceeded_hazard_ratio, 1.0))
    ratio = np.where(compensated, effects.compensated_hazard_ratio, ratio)
    fulfilled = placed | {
        "is_express": express,
        "has_promise": has_promise,
        "promise_days": days,
        "due_day": due,
        "due_end": due_end,
        "probability": probability,
        "fate": fate,
        "gap_days": gap,
        "delivered": delivered,
        "cancelled": cancelled,
        "landmark": landmark,
        "missed": missed,
        "compensated": compensated,
        "hazard_ratio": ratio,
    }
    return fulfilled | _next_orders(draws, effects, fulfilled)


def _fates(draws: Draws, uid: np.ndarray, probability: np.ndarray, has_promise: np.ndarray) -> np.ndarray:
    is_miss = draws.uniform("miss", uid) < probability
    how = pick(draws.uniform("how missed", uid), shop.MISS_FATES)
    # Lost without a promise would be a miss that nobody can see: it merely comes later.
    fate = np.where(is_miss, np.where(has_promise, LATE + how, LATE), KEPT)
    return np.where(draws.uniform("cancels", uid) < shop.CUSTOMER_CANCEL_SHARE, CANCELLED_BY_CUSTOMER, fate)


def _next_orders(draws: Draws, effects: Effects, orders: Columns) -> Columns:
    """When the next order comes: exponential at a slow pace until the landmark, from then on Weibull in busy days.

    The cumulative hazard after the landmark is `hazard_ratio * (busy days since / scale) ** GAP_SHAPE`; from
    `forgiven_after_days` on its increments are those of a kept promise.
    """
    uid, ratio = orders["uid"], orders["hazard_ratio"]
    scale = scales(orders["segment"])
    start, known = busy_days(orders["ordered"]), busy_days(orders["landmark"])
    pace = shop.PACE_BEFORE_LANDMARK / scale
    waiting = draws.exponential("while waiting", uid)
    is_early = waiting < pace * (known - start)
    drawn = draws.exponential("after the landmark", uid)
    cumulative = drawn / ratio
    if effects.forgiven_after_days is not None:
        forgiven = baseline(orders["landmark"], effects.forgiven_after_days * DAY, scale)
        cumulative = np.where(drawn <= ratio * forgiven, cumulative, forgiven + drawn - ratio * forgiven)
    after = known + scale * cumulative ** (1 / shop.GAP_SHAPE)
    then = instant(np.where(is_early, start + waiting / pace, after))
    # Whole seconds: keep the order of landmark and next order.
    then = np.where(is_early, np.maximum(then, orders["ordered"] + 1), np.maximum(then, orders["landmark"] + 1))
    return {"next_ordered": then, "reordered_early": is_early}


def scales(segment: np.ndarray) -> np.ndarray:
    """Scale of the time to the next order, in busy days."""
    return np.take([s.gap_days for s in shop.SEGMENTS], segment)


def baseline(landmark: np.ndarray, follow_up_seconds: int, scale: np.ndarray) -> np.ndarray:
    """Cumulative hazard of ordering again after a kept promise, from the landmark over that time."""
    return ((busy_days(landmark + follow_up_seconds) - busy_days(landmark)) / scale) ** shop.GAP_SHAPE
