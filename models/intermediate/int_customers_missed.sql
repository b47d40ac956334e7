-- Grain: one row per customer of whom an order was ever missed.
-- Their latest miss, what they have brought so far, and what happened since. Value is what was observed, never a forecast.
with

orders as (

    select * from {{ ref('int_orders_judged') }} where customer_id is not null

),

as_of_row as (

    select as_of from {{ ref('stg_as_of') }}

),

contacts as (

    select customer_id, order_id, opened_at from {{ ref('stg_crm__contacts') }}

),

adjustments as (

    select order_id from {{ ref('stg_fulfilment__adjustments') }}
    where kind in ('refund', 'credit')
    group by order_id

),

misses as (

    select
        orders.*,
        row_number() over (partition by customer_id order by landmark_at desc, order_number desc) as recency
    from orders
    where outcome = 'missed' and landmark_at is not null

),

-- What was cancelled was never earned; one unknown margin makes the sum unknown.
brought as (

    select
        customer_id,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at,
        count(*) as order_count,
        {{ cx_warehouse.count_if("status <> 'cancelled' and margin_amount is null") }} as margin_unknown_count,
        sum(case when status <> 'cancelled' then margin_amount else 0 end) as known_margin_amount
    from orders
    group by customer_id

),

-- A contact about the order, by them or by nobody on record, or any of theirs after it was due.
contacted as (

    select misses.customer_id
    from misses
    inner join contacts on misses.customer_id = contacts.customer_id
    where misses.recency = 1 and (contacts.order_id = misses.order_id or contacts.opened_at >= misses.landmark_at)

    union

    select misses.customer_id
    from misses
    inner join contacts on misses.order_id = contacts.order_id
    where misses.recency = 1 and contacts.customer_id is null

),

final as (

    select
        misses.customer_id,
        misses.order_id,
        misses.segment,
        misses.region,
        misses.cause,
        brought.order_count,
        cast({{ cx_warehouse.days_between('misses.landmark_at', 'as_of_row.as_of') }} as double) as since_miss_days,
        cast({{ cx_warehouse.days_between('brought.first_ordered_at', cx_warehouse.observed_until('fulfilment.orders')) }} as double) as observed_days,
        brought.margin_unknown_count,
        cast(case when brought.margin_unknown_count = 0 then brought.known_margin_amount end as numeric(28, 6)) as margin_amount,
        -- Nothing on record after a miss that came after the last event on record says nothing.
        case
            when not {{ cx_warehouse.is_present('fulfilment.adjustments') }} then null
            when adjustments.order_id is not null then true
            when misses.landmark_at <= {{ cx_warehouse.observed_until('fulfilment.adjustments') }} then false
        end as is_compensated,
        case
            when not {{ cx_warehouse.is_present('crm.contacts') }} then null
            when contacted.customer_id is not null then true
            when misses.landmark_at <= {{ cx_warehouse.observed_until('crm.contacts') }} then false
        end as has_contacted,
        brought.last_ordered_at > misses.landmark_at as has_reordered,
        misses.landmark_at
    from misses
    cross join as_of_row
    inner join brought on misses.customer_id = brought.customer_id
    left join adjustments on misses.order_id = adjustments.order_id
    left join contacted on misses.customer_id = contacted.customer_id
    where misses.recency = 1

)

select * from final
