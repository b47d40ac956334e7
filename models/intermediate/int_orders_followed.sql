-- Grain: one row per order of a known customer whose outcome is settled.
-- Time to the next order runs from the landmark, when the customer knew how this one went. Whoever ordered again before
-- that did so whatever the outcome was: the row says so, and no comparison counts it. Where the feed of orders ends before
-- the landmark nobody has been followed yet: followed_days is below 0, and the order waits beside the numbers.
with

orders as (

    select * from {{ ref('int_orders_judged') }}

),

settled as (

    select
        order_id,
        customer_id,
        segment,
        region,
        service_level,
        case when outcome in ('exceeded', 'met') then 'kept' else outcome end as outcome,
        order_number,
        gap_days,
        {{ cx_warehouse.retention_start() }} as started_at,
        next_order_at,
        {{ cx_warehouse.observed_until('fulfilment.orders') }} as followed_until
    from orders
    where customer_id is not null and outcome in ('exceeded', 'met', 'missed', 'unknown')

),

final as (

    select
        order_id,
        customer_id,
        segment,
        region,
        service_level,
        outcome,
        order_number,
        cast(gap_days as double) as gap_days,
        cast({{ cx_warehouse.days_between('started_at', 'followed_until') }} as double) as followed_days,
        case
            when next_order_at >= started_at
                then cast({{ cx_warehouse.days_between('started_at', 'next_order_at') }} as double)
        end as reordered_days,
        coalesce(next_order_at < started_at, false) as is_reordered_before,
        coalesce(next_order_at >= started_at, false) as is_reordered,
        started_at,
        followed_until
    from settled
    where started_at is not null

)

select * from final
