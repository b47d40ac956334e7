-- Grain: one row per order.
with

orders as (

    select * from {{ cx_warehouse.changed(ref('int_orders_judged')) }}

)

select
    order_id,
    customer_id,
    segment,
    region,
    service_level,
    status,
    carrier,
    lane,
    promise_kind,
    outcome,
    outcome_reason,
    last_outcome,
    band,
    cause,
    order_number,
    contact_count,
    units_ordered,
    units_delivered,
    cast(first_promised_days as double) as first_promised_days,
    cast(gap_days as double) as gap_days,
    cast(last_gap_days as double) as last_gap_days,
    amount,
    margin_amount,
    contact_cost_amount,
    adjustment_amount,
    shipping_cost_amount,
    cost_to_serve_amount,
    is_controllable,
    in_full,
    is_due_passed,
    is_orphan,
    first_due_date,
    last_due_date,
    ordered_at,
    first_due_at,
    last_due_at,
    shipped_at,
    delivered_at,
    cancelled_at,
    landmark_at,
    next_order_at
from orders
