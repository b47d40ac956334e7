"""One small shop as four tools export it. Nobody in it exists; every number is worked out in test_tools.py.

Ann, Ben and Cleo are the same people in every tool; tools know them by ids of their own and by their addresses, which
they write in capitals or not.
"""

from pathlib import Path

# Order 5001 has two lines, of which the second has nothing but the line; 5002 was cancelled; Cleo (5003) is a guest.
SHOPIFY_ORDERS = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,\
Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,\
Shipping Name,Shipping Country,Notes,Cancelled at,Refunded Amount,Id,Risk Level
#1001,ann@example.com,partially_refunded,2026-01-05 10:01:00 +0100,fulfilled,2026-01-06 09:00:00 +0100,yes,EUR,50.00,\
0.00,9.80,59.80,,0.00,Standard,2026-01-05 10:00:00 +0100,2,Cup,20.00,Ann A,DE,,,11.96,5001,Low
#1001,ann@example.com,,,,,,,,,,,,,,,1,Plate,10.00,,,,,,,
#1002,BEN@example.com,voided,,unfulfilled,,no,EUR,20.00,0.00,4.00,24.00,,0.00,Express,2026-01-07 12:00:00 +0100,1,Cup,\
20.00,Ben B,AT,,2026-01-07 13:30:00 +0100,0.00,5002,Low
#1003,cleo@example.com,pending,,unfulfilled,,no,EUR,10.00,0.00,2.00,12.00,,0.00,Standard,2026-01-08 08:00:00 +0100,1,\
Plate,10.00,Cleo C,DE,,,0.00,5003,Low
"""
# A month later 5003 has left, and Ann has ordered again.
SHOPIFY_ORDERS_LATER = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Taxes,Total,Shipping Method,Created at,\
Lineitem quantity,Shipping Country,Cancelled at,Refunded Amount,Id
#1003,cleo@example.com,paid,2026-01-09 08:00:00 +0100,fulfilled,2026-01-10 08:00:00 +0100,EUR,2.00,12.00,Standard,\
2026-01-08 08:00:00 +0100,1,DE,,0.00,5003
#1004,Ann@example.com,paid,2026-02-02 10:00:00 +0100,fulfilled,2026-02-03 10:00:00 +0100,EUR,6.00,36.00,Standard,\
2026-02-02 10:00:00 +0100,3,DE,,0.00,5004
"""
# Dora never ordered. Cleo has no account.
SHOPIFY_CUSTOMERS = """\
Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Country Code,Total Spent,Total Orders
'9001,Ann,A,ann@example.com,yes,DE,95.80,2
'9002,Ben,B,ben@example.com,no,AT,0.00,0
'9004,Dora,D,dora@example.com,no,DE,0.00,0
"""

# The same shop as a managed connector lands it, in UTC. 6001 came in time; 6002 was announced for the 6th, then for the
# 8th, and came on the 7th; of 6003 the carrier said nothing; 6004 was deleted. The refund of 6002 is of 8.00 for a line
# and 2.50 of shipping.
SHOPIFY_TABLES = {
    "customer.csv": """\
id,first_name,email,created_at,updated_at,_fivetran_synced
9001,Ann,Ann@example.com,2026-03-01 09:00:00.000,2026-03-01 09:30:00.000,2026-03-09 00:00:00.000
""",
    "order.csv": """\
id,name,email,currency,total_tax,total_price,created_at,updated_at,customer_id,fulfillment_status,cancel_reason,\
cancelled_at,shipping_address_country_code,_fivetran_deleted
6001,#2001,ann@example.com,EUR,2.00,12.00,2026-03-01 10:00:00.000,2026-03-05 16:00:00.000,9001,fulfilled,,,DE,false
6002,#2002,ann@example.com,EUR,4.00,24.00,2026-03-02 10:00:00.000,2026-03-07 16:00:00.000,9001,fulfilled,,,DE,false
6003,#2003,cleo@example.com,EUR,1.00,6.00,2026-03-03 10:00:00.000,2026-03-03 10:00:00.000,,fulfilled,,,DE,false
6004,#2004,ann@example.com,EUR,1.00,6.00,2026-03-03 11:00:00.000,2026-03-03 12:00:00.000,9001,,,,DE,true
6005,#2005,ann@example.com,EUR,1.00,6.00,2026-03-04 11:00:00.000,2026-03-04 12:00:00.000,9001,,inventory,\
2026-03-04 12:00:00.000,DE,false
""",
    "order_line.csv": """\
id,order_id,name,price,quantity
1,6001,Cup,10.00,1
2,6002,Cup,8.00,1
3,6002,Plate,6.00,2
""",
    "order_shipping_line.csv": "id,order_id,code,price\n1,6002,Express,2.50\n",
    "refund.csv": "id,order_id,created_at,note\n800,6002,2026-03-08 09:00:00.000,\n",
    "order_line_refund.csv": "id,refund_id,order_line_id,quantity,subtotal,total_tax\n1,800,2,1,8.00,1.60\n",
    "order_adjustment.csv": ("id,order_id,refund_id,amount,tax_amount,kind\n1,6002,800,-2.50,-0.50,shipping_refund\n"),
    "fulfillment.csv": """\
id,order_id,status,tracking_company,created_at,updated_at
70,6001,success,DHL,2026-03-02 08:00:00.000,2026-03-05 15:00:00.000
71,6002,success,DHL,2026-03-03 08:00:00.000,2026-03-07 15:00:00.000
72,6003,success,,2026-03-04 08:00:00.000,2026-03-04 08:00:00.000
""",
    "fulfillment_event.csv": """\
id,fulfillment_id,order_id,status,happened_at,estimated_delivery_at,_fivetran_deleted
1,70,6001,in_transit,2026-03-02 12:00:00.000,2026-03-05 18:00:00.000,false
2,70,6001,delivered,2026-03-05 15:00:00.000,,false
3,71,6002,in_transit,2026-03-03 12:00:00.000,2026-03-06 18:00:00.000,false
4,71,6002,in_transit,2026-03-05 12:00:00.000,2026-03-08 18:00:00.000,false
5,71,6002,delivered,2026-03-07 15:00:00.000,,false
6,71,6002,delivered,2026-03-04 15:00:00.000,,true
""",
}

EXPORTS = {
    "shopify/orders_export_1.csv": SHOPIFY_ORDERS,
    "shopify/orders_export_2.csv": SHOPIFY_ORDERS_LATER,
    "shopify/customers_export.csv": SHOPIFY_CUSTOMERS,
}
TABLES = {f"shopify/{name}": text for name, text in SHOPIFY_TABLES.items()}


def write(landing: Path, files: dict[str, str], without: str = "") -> Path:
    """Write files below a landing folder, without the first line that begins with `without`; returns the folder."""
    is_found = not without
    for name, text in files.items():
        lines = text.splitlines(keepends=True)
        at = next((number for number, line in enumerate(lines) if not is_found and line.startswith(without)), None)
        if at is not None:
            del lines[at]
            is_found = True
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        (landing / name).write_text("".join(lines))
    assert is_found, f"no line begins with {without!r}"
    return landing
