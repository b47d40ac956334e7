-- Grain: one row per customer whose first order has a landmark, with whether an order followed within 90 days of it.
-- Only who was followed for the whole horizon counts; who ordered again before the customer knew how the first order
-- went is left out and counted.
with

orders as (

    select * from {{ ref('int_orders_judged') }}

),

first_orders as (

    select
        customer_id,
        next_order_at,
        {{ cx_warehouse.retention_start() }} as start_at,
        {{ cx_warehouse.observed_until('fulfilment.orders') }} as observed_until
    from orders
    where order_number = 1

),

final as (

    select
        customer_id,
        start_at as started_at,
        {{ cx_warehouse.period_month('start_at') }} as period_month,
        coalesce(next_order_at < start_at, false) as is_reordered_before,
        {{ cx_warehouse.add_seconds('start_at', '90 * 86400') }} <= observed_until as is_matured,
        coalesce(next_order_at <= {{ cx_warehouse.add_seconds('start_at', '90 * 86400') }}, false) as is_retained
    from first_orders
    where start_at is not null

)

select * from final
