-- Grain: one row per order whose first promise was kept or missed, with what it led to until as_of.
-- What a miss costs is read off the contacts and adjustments that name the order, and off what its customer bought within
-- a horizon of the landmark. Each outcome ends where the feed that records it ends.
with

orders as (

    select * from {{ ref('int_orders_judged') }}

),

adjustments as (

    select
        adjustments.order_id,
        {{ cx_warehouse.count_if(cx_warehouse.reporting_amount('adjustments.amount', 'adjustments.currency') ~ ' is null') }} as unpriced_count,
        {% for kind in ['refund', 'credit', 'return', 'reshipment'] -%}
        sum(case
            when adjustments.kind = '{{ kind }}' then {{ cx_warehouse.reporting_amount('adjustments.amount', 'adjustments.currency') }}
            else 0
        end) as {{ kind }}_amount
        {{- ',' if not loop.last }}
        {% endfor %}
    from {{ ref('stg_fulfilment__adjustments') }} as adjustments
    {{ cx_warehouse.fx_join('adjustments.currency', cx_warehouse.period_month('adjustments.adjusted_at')) }}
    group by adjustments.order_id

),

assumptions as (

    select
        max(case when assumption = 'miss_follow_up_days' then base end) as follow_up_days,
        max(case when assumption = 'lost_margin_days' then base end) as margin_days
    from {{ ref('ref_assumptions') }}

),

settled as (

    select
        orders.*,
        case when orders.outcome = 'missed' then 'missed' else 'kept' end as settled_outcome,
        assumptions.follow_up_days,
        assumptions.margin_days,
        {{ cx_warehouse.add_seconds('orders.landmark_at', '86400 * assumptions.follow_up_days') }} as followed_at,
        {{ cx_warehouse.add_seconds('orders.landmark_at', '86400 * assumptions.margin_days') }} as horizon_at
    from orders
    cross join assumptions
    where orders.outcome in ('exceeded', 'met', 'missed') and orders.landmark_at is not null

),

-- A running sum of margin per customer, read at both ends of the horizon: no order is joined with every other.
-- At one instant orders come before the ends, so that the horizon begins after the landmark and holds its last instant.
events as (

    select
        customer_id,
        'order' as event_kind,
        order_id,
        case when status <> 'cancelled' then margin_amount end as margin_amount,
        case when status <> 'cancelled' and margin_amount is null then 1 else 0 end as unknown_count,
        ordered_at as event_at,
        0 as event_rank
    from orders
    where customer_id is not null

    {% for mark in ['landmark', 'horizon'] -%}
    union all

    select
        customer_id,
        '{{ mark }}' as event_kind,
        order_id,
        null as margin_amount,
        0 as unknown_count,
        {{ mark }}_at as event_at,
        1 as event_rank
    from settled
    where customer_id is not null

    {% endfor -%}

),

running as (

    select
        order_id,
        event_kind,
        coalesce(
            sum(margin_amount) over (
                partition by customer_id order by event_at, event_rank, event_kind, order_id rows between unbounded preceding and current row
            ),
            0
        ) as margin_sum,
        sum(unknown_count) over (
            partition by customer_id order by event_at, event_rank, event_kind, order_id rows between unbounded preceding and current row
        ) as unknown_sum
    from events

),

margins as (

    select
        landmarks.order_id,
        case
            when horizons.unknown_sum = landmarks.unknown_sum then horizons.margin_sum - landmarks.margin_sum
        end as margin_after_amount
    from running as landmarks
    inner join running as horizons
        on landmarks.order_id = horizons.order_id
        and horizons.event_kind = 'horizon'
    where landmarks.event_kind = 'landmark'

),

final as (

    select
        settled.order_id,
        settled.customer_id,
        -- A guest is a cluster of one order.
        coalesce('customer:' || settled.customer_id, 'order:' || settled.order_id) as cluster_id,
        {{ cx_warehouse.dimension('settled.segment') }} as segment,
        settled.region,
        settled.service_level,
        settled.settled_outcome as outcome,
        {{ cx_warehouse.due_month('settled.first_due_date', 'settled.first_due_at') }} as due_month,
        settled.contact_count,
        settled.contact_cost_amount,
        {% for kind in ['refund', 'credit', 'return', 'reshipment'] -%}
        case
            when not {{ cx_warehouse.is_present('fulfilment.adjustments') }} then null
            when adjustments.order_id is null then 0
            when adjustments.unpriced_count = 0 then cast(adjustments.{{ kind }}_amount as numeric(28, 6))
        end as {{ kind }}_amount,
        {% endfor -%}
        cast(margins.margin_after_amount as numeric(28, 6)) as margin_after_amount,
        settled.follow_up_days,
        settled.margin_days,
        settled.followed_at <= {{ cx_warehouse.observed_until('crm.contacts') }} as is_followed_by_contacts,
        settled.followed_at <= {{ cx_warehouse.observed_until('fulfilment.adjustments') }} as is_followed_by_adjustments,
        settled.horizon_at <= {{ cx_warehouse.observed_until('fulfilment.orders') }} as is_followed_by_orders,
        -- Who is not known cannot be seen to come back; who came back before the landmark did so whatever the outcome was.
        settled.customer_id is not null and coalesce(settled.next_order_at >= settled.landmark_at, true) as is_margin_comparable
    from settled
    left join adjustments on settled.order_id = adjustments.order_id
    left join margins on settled.order_id = margins.order_id

)

select * from final
