-- Grain: one row per period, over customers by the landmark of their first order.
-- Counted once per customer. Only who was followed for the whole horizon counts; who ordered again before the customer
-- knew how the first order went is left out and counted.
with

orders as (

    select * from {{ ref('int_orders_judged') }}

),

first_orders as (

    select
        customer_id,
        next_order_at,
        -- Where no feed tells about deliveries there is no landmark, and the clock starts with the order itself.
        case when {{ cx_warehouse.is_present('fulfilment.shipments') }} then landmark_at else ordered_at end as start_at,
        {{ cx_warehouse.observed_until('fulfilment.orders') }} as observed_until
    from orders
    where order_number = 1

),

followed as (

    select
        customer_id,
        {{ cx_warehouse.period_month('start_at') }} as period_month,
        coalesce(next_order_at < start_at, false) as is_reordered_before,
        {{ cx_warehouse.add_seconds('start_at', '90 * 86400') }} <= observed_until as is_matured,
        coalesce(next_order_at <= {{ cx_warehouse.add_seconds('start_at', '90 * 86400') }}, false) as is_retained
    from first_orders
    where start_at is not null

),

period_months as (

    select * from {{ ref('int_reporting_period_months') }}

),

final as (

    select
        period_months.month,
        {{ cx_warehouse.count_if('followed.is_matured and not followed.is_reordered_before') }} as customer_count,
        {{ cx_warehouse.count_if('followed.is_matured and not followed.is_reordered_before and followed.is_retained') }} as retained_count,
        {{ cx_warehouse.count_if('followed.is_reordered_before') }} as reordered_before_count,
        {{ cx_warehouse.count_if('not followed.is_matured') }} as not_matured_count
    from followed
    inner join period_months on followed.period_month = period_months.period_month
    group by period_months.month

)

select * from final
