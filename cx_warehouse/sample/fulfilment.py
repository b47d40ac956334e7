"""What belongs to an order besides its fate: money, units, shipments, promises made anew, what was made good."""

import numpy as np

from cx_warehouse.sample import shop
from cx_warehouse.sample.clock import DAY, LAST_SECOND
from cx_warehouse.sample.draws import Draws
from cx_warehouse.sample.orders import (
    CANCELLED_BY_CUSTOMER,
    CANCELLED_BY_FIRM,
    KEPT,
    LATE,
    LOST,
    NEVER,
    Columns,
    World,
)

SPLIT_SHARE = 0.10  # of orders with two units or more
SHORT_SHARE = 0.015  # of unsplit orders with two units or more: one unit is missing
RETURN_RATE = 0.06
GOODWILL_RATE = 0.02  # of kept orders: credit or refund for something else than lateness
CREDIT_SHARE = 0.70  # of what makes good; the rest is refunded
CREDIT_OF_AMOUNT, REFUND_OF_AMOUNT, RETURN_OF_AMOUNT = 0.10, 0.20, 0.25
REPROMISED_LATE_SHARE, REPROMISED_KEPT_SHARE, SECOND_PROMISE_KEPT_SHARE = 0.45, 0.02, 0.70
SHIPPING_CENTS = (450, 890)
STATUSES = ("placed", "shipped", "delivered", "cancelled", "returned")
ADJUSTMENT_KINDS = ("refund", "credit", "reshipment", "return")
ADJUSTMENT_REASONS = ("late delivery", "goodwill", "lost parcel", "missing item", "returned goods")
CARRIERS = ("Kestrel", "Northway", "Parcelo", "Tramonto")


def order_details(world: World) -> Columns:
    """Per order: money in cents, units, instants of return, and status as it stands at the end of the calendar."""
    draws, orders = Draws(world.seed), world.orders
    uid, fate, delivered = orders["uid"], orders["fate"], orders["delivered"]
    typical = np.take([s.typical_amount for s in shop.SEGMENTS], orders["segment"])
    amount = np.rint(100 * typical * np.exp(0.55 * draws.normal("amount", uid))).astype(np.int64)
    goods = np.rint(amount * (0.52 + 0.16 * draws.uniform("goods", uid))).astype(np.int64)
    units = 1 + np.minimum(8, 1.2 * draws.exponential("units", uid)).astype(np.int64)
    arrives = delivered != NEVER
    several = arrives & (units >= 2)
    is_split = several & (draws.uniform("split", uid) < SPLIT_SHARE)
    is_short = several & ~is_split & (draws.uniform("short", uid) < SHORT_SHARE)
    rate = RETURN_RATE + world.effects.miss_extra_return_rate * orders["missed"]
    is_returned = arrives & (draws.uniform("returns", uid) < rate)
    returned = np.where(is_returned, delivered + within(draws, "returned", uid, 4 * DAY, 18 * DAY), NEVER)
    shipped = _shipped(draws, orders)
    status = np.zeros(len(uid), dtype=np.int64)
    for code, moment in ((1, shipped), (2, delivered), (3, orders["cancelled"]), (4, returned)):
        status = np.where(has_happened(moment), code, status)
    moments = [orders["ordered"], shipped, delivered, orders["cancelled"], returned]
    updated = np.max([np.where(moment < LAST_SECOND, moment, NEVER) for moment in moments], axis=0)
    return {
        "amount": amount,
        "goods": goods,
        "units": units,
        "is_split": is_split,
        "is_short": is_short,
        "shipped": shipped,
        "returned": returned,
        "status": status,
        "cancelled_by": np.where(fate == CANCELLED_BY_FIRM, 1, np.where(fate == CANCELLED_BY_CUSTOMER, 0, NEVER)),
        "updated": updated,
    }


def _shipped(draws: Draws, orders: Columns) -> np.ndarray:
    share = 0.15 + 0.35 * draws.uniform("shipped", orders["uid"])
    # A late parcel left later as well; the promise would have been met without that.
    arrives = np.where(orders["fate"] == LOST, orders["due_end"], orders["delivered"])
    shipped = orders["ordered"] + (share * (arrives - orders["ordered"])).astype(np.int64)
    return np.where(np.isin(orders["fate"], [KEPT, LATE, LOST]), shipped, NEVER)


def shipments(world: World, details: Columns) -> Columns:
    """One entry per shipment; `order` is the position of its order. A split order's first part comes earlier."""
    draws, orders = Draws(world.seed), world.orders
    main = np.flatnonzero(has_happened(details["shipped"]))
    part = main[details["is_split"][main]]
    order = np.concatenate([main, part])
    is_part = np.arange(len(order)) >= len(main)
    uid, units = orders["uid"][order], details["units"][order]
    shipped, delivered = details["shipped"][order], orders["delivered"][order]
    earlier = shipped + ((0.5 + 0.45 * draws.uniform("part", uid)) * (delivered - shipped)).astype(np.int64)
    weights = [*shop.DELAY_CAUSE_WEIGHTS, shop.NO_CAUSE_WEIGHT]
    cause = draws.chosen("cause", uid, weights)
    is_caused = np.isin(orders["fate"][order], [LATE, LOST]) & ~is_part & (cause < len(shop.DELAY_CAUSES))
    # Nobody writes down why a parcel is late before it is.
    is_caused &= orders["due_end"][order] < LAST_SECOND
    part_units = np.where(details["is_split"][order], units // 2, 0)
    main_units = units - part_units - details["is_short"][order]
    express = orders["is_express"][order].astype(np.int64)
    cost = np.take(SHIPPING_CENTS, express) + np.rint(300 * draws.uniform("shipping", uid)).astype(np.int64)
    columns = {
        "order": order,
        "is_part": is_part,
        "carrier": (orders["region"][order] * 7 + draws.chosen("carrier", uid, [0.7, 0.3]) * 3) % len(CARRIERS),
        "cause": np.where(is_caused, cause, NEVER),
        "shipped": shipped,
        "delivered": np.where(is_part, earlier, delivered),
        "cost": cost,
        "units": np.where(is_part, part_units, main_units),
    }
    return sorted_by(columns, "shipped", "order", "is_part")


def promises(world: World) -> Columns:
    """Every version of every delivery promise: the first with the order, a second where the firm changed its mind."""
    draws, orders = Draws(world.seed), world.orders
    uid = orders["uid"]
    first = np.flatnonzero(orders["has_promise"])
    changed_share = np.where(orders["fate"] == LATE, REPROMISED_LATE_SHARE, REPROMISED_KEPT_SHARE)
    is_changed = orders["has_promise"] & np.isin(orders["fate"], [KEPT, LATE])
    is_changed &= draws.uniform("changed", uid) < changed_share
    made = orders["ordered"] + (
        (0.4 + 0.5 * draws.uniform("changed at", uid)) * (orders["due_end"] - orders["ordered"])
    ).astype(np.int64)
    # Whoever already has the parcel is not told another day.
    is_changed &= made < np.where(orders["delivered"] == NEVER, LAST_SECOND, orders["delivered"])
    second = np.flatnonzero(is_changed & (made < LAST_SECOND))
    late = np.maximum(0, -orders["gap_days"])
    is_right = draws.uniform("second promise", uid) < SECOND_PROMISE_KEPT_SHARE
    postponed = np.where(orders["fate"] == LATE, np.where(is_right, late, np.maximum(1, late - 1)), 2)
    order = np.concatenate([first, second])
    is_second = np.arange(len(order)) >= len(first)
    columns = {
        "order": order,
        "is_second": is_second,
        "made": np.where(is_second, made[order], orders["ordered"][order]),
        "by_day": orders["due_day"][order] + np.where(is_second, postponed[order], 0),
    }
    return sorted_by(columns, "made", "order", "is_second")


def adjustments(world: World, details: Columns) -> Columns:
    """What it cost to make good. Whoever is compensated for a miss gets a credit or a refund within eight hours."""
    draws, orders = Draws(world.seed), world.orders
    uid, amount = orders["uid"], details["amount"]
    arrives = orders["delivered"] != NEVER
    is_goodwill = arrives & ~orders["missed"] & (draws.uniform("goodwill", uid) < GOODWILL_RATE)
    is_credit = draws.uniform("credit", uid) < CREDIT_SHARE
    made_good = orders["landmark"] + within(draws, "made good", uid, 1800, 8 * 3600)
    share = np.where(is_credit, CREDIT_OF_AMOUNT, REFUND_OF_AMOUNT)
    sent_again = orders["landmark"] + within(draws, "sent again", uid, 2 * DAY, 5 * DAY)
    is_lost, is_short = orders["fate"] == LOST, details["is_short"]
    replaced = np.where(is_lost, details["goods"], details["goods"] // np.maximum(1, details["units"]))
    kinds = [
        (orders["compensated"], np.where(is_credit, 1, 0), 0, share * amount, made_good),
        (is_goodwill, np.where(is_credit, 1, 0), 1, share * amount, made_good),
        (is_lost | is_short, 2, np.where(is_lost, 2, 3), replaced + SHIPPING_CENTS[0], sent_again),
        (details["returned"] != NEVER, 3, 4, RETURN_OF_AMOUNT * amount + 400, details["returned"]),
    ]
    parts = []
    for applies, kind, reason, cents, moment in kinds:
        order = np.flatnonzero(applies & (moment < LAST_SECOND))
        parts.append(
            {
                "order": order,
                "kind": np.broadcast_to(kind, len(uid))[order],
                "reason": np.broadcast_to(reason, len(uid))[order],
                "amount": np.rint(cents[order]).astype(np.int64),
                "adjusted": moment[order],
            }
        )
    return sorted_by({name: np.concatenate([p[name] for p in parts]) for name in parts[0]}, "adjusted", "order", "kind")


def within(draws: Draws, purpose: str, uid: np.ndarray, least: float, most: float) -> np.ndarray:
    """Seconds, uniform between the two."""
    return (least + (most - least) * draws.uniform(purpose, uid)).astype(np.int64)


def has_happened(moment: np.ndarray) -> np.ndarray:
    """Whether the instant lies within the calendar."""
    return (moment != NEVER) & (moment < LAST_SECOND)


def sorted_by(columns: Columns, *names: str) -> Columns:
    """Rows in the order of these columns, which together tell any two rows apart."""
    order = np.lexsort([columns[name] for name in reversed(names)])
    return {name: values[order] for name, values in columns.items()}
