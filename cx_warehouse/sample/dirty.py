"""The few rows that are wrong on purpose, so that the load audit has something to show, and how many there are."""

from cx_warehouse.sample.clock import DAY, LAST_SECOND

# Records that are rejected: a line with too few fields (by the loader) and a score that is no number (by typing).
RAGGED_ORDER_LINE = "O-RAGGED,C0000001,2026-05-04T09:12:00Z\n"
UNREADABLE_SCORE = "eight"
# Records that stay: an optional value that cannot be read, a reason that no seed lists, a shipment of no known order.
UNREADABLE_MINUTES = "about ten"
UNMAPPED_REASON = "parcel_locker_full"
UNKNOWN_ORDER = "O99999999"
ODD_DAY = LAST_SECOND - 58 * DAY  # when the odd ones happen

SUPERSEDED_EVERY_ORDERS, SUPERSEDED_EVERY_CUSTOMERS = 50, 40

COUNTS = {
    "ragged_lines": ("fulfilment.orders", 1),
    "unreadable_required_values": ("survey.answers", 1),
    "unreadable_optional_values": ("crm.contacts", 1),
    "unmapped_reasons": ("crm.contacts", 1),
    "orphans": ("fulfilment.shipments", 1),
    "duplicate_lines": ("crm.customer_identities", 1),
    "deleted_rows": ("fulfilment.adjustments", 1),
}


def superseded_orders(orders: int) -> int:
    """How many orders come in two versions: every fiftieth of the oldest nine tenths."""
    return orders * 9 // 10 // SUPERSEDED_EVERY_ORDERS


def superseded_customers(customers: int) -> int:
    """How many customers come in two versions: every fortieth."""
    return customers // SUPERSEDED_EVERY_CUSTOMERS
