-- Grain: one row per order whose promise was kept or missed and whose customer was followed from its landmark on.
-- Beside how it went stands what was known about customer and order at the landmark, so that like is compared with like.
with

orders as (

    select * from {{ ref('int_orders_followed') }}
    where outcome in ('kept', 'missed') and not is_reordered_before and followed_days >= 0

),

judged as (

    select
        order_id,
        customer_id,
        order_number,
        amount,
        is_controllable,
        coalesce(first_due_date, {{ cx_warehouse.local_date('first_due_at', cx_warehouse.business_timezone()) }}) as due_date,
        -- What a customer had spent before this order; one unknown amount makes it unknown.
        count(*) over earlier as earlier_count,
        count(amount) over earlier as earlier_known_count,
        sum(amount) over earlier as earlier_amount
    from {{ ref('int_orders_judged') }}
    where customer_id is not null
    window earlier as (partition by customer_id order by order_number rows between unbounded preceding and 1 preceding)

),

spent as (

    select
        orders.*,
        judged.is_controllable,
        coalesce(judged.due_date, {{ cx_warehouse.local_date('orders.started_at', cx_warehouse.business_timezone()) }}) as due_date,
        judged.earlier_count,
        case when judged.earlier_known_count = judged.earlier_count then judged.earlier_amount end as earlier_amount
    from orders
    inner join judged on orders.order_id = judged.order_id

),

-- Much and little are those of one segment.
halves as (

    select segment, {{ cx_warehouse.quantile('earlier_amount', 0.5) }} as middle_amount
    from spent
    where earlier_count > 0
    group by segment

),

assumed as (

    select base as recovery_days from {{ ref('ref_assumptions') }} where assumption = 'recovery_within_days'

),

-- What is paid later may be paid because the customer came back or complained again, and says nothing about amends.
compensated as (

    select orders.order_id
    from orders
    cross join assumed
    inner join {{ ref('stg_fulfilment__adjustments') }} as adjustments on orders.order_id = adjustments.order_id
    where
        adjustments.kind in ('refund', 'credit')
        and adjustments.adjusted_at <= {{ cx_warehouse.add_seconds('orders.started_at', 'assumed.recovery_days * 86400') }}
    group by orders.order_id

),

final as (

    select
        spent.order_id,
        spent.customer_id,
        {{ cx_warehouse.dimension('spent.segment') }} as segment,
        {{ cx_warehouse.dimension('spent.region') }} as region,
        {{ cx_warehouse.dimension('spent.service_level') }} as service_level,
        spent.outcome,
        case when spent.order_number = 1 then 'first' when spent.order_number <= 3 then 'second_or_third' else 'later' end as order_class,
        case
            when spent.earlier_count = 0 then 'none'
            when spent.earlier_amount is null then 'unknown'
            when spent.earlier_amount > halves.middle_amount then 'much'
            else 'little'
        end as spend_class,
        {{ cx_warehouse.month_text('spent.due_date') }} as due_month,
        concat(
            substr({{ cx_warehouse.month_text('spent.due_date') }}, 1, 4),
            case
                when substr({{ cx_warehouse.month_text('spent.due_date') }}, 6, 2) <= '03' then 'q1'
                when substr({{ cx_warehouse.month_text('spent.due_date') }}, 6, 2) <= '06' then 'q2'
                when substr({{ cx_warehouse.month_text('spent.due_date') }}, 6, 2) <= '09' then 'q3'
                else 'q4'
            end
        ) as due_quarter,
        spent.order_number,
        cast(assumed.recovery_days as double) as recovery_days,
        spent.followed_days,
        spent.reordered_days,
        spent.outcome = 'missed' and coalesce(not spent.is_controllable, false) as is_outside_cause,
        -- Where the feed of adjustments ended before the time was over, nobody knows what it would have shown.
        case
            when
                {{ cx_warehouse.is_present('fulfilment.adjustments') }}
                and {{ cx_warehouse.add_seconds('spent.started_at', 'assumed.recovery_days * 86400') }} <= {{ cx_warehouse.observed_until('fulfilment.adjustments') }}
                then compensated.order_id is not null
        end as is_compensated,
        cast(date_trunc('week', spent.due_date) as date) as due_week_start_date
    from spent
    cross join assumed
    left join halves on spent.segment = halves.segment
    left join compensated on spent.order_id = compensated.order_id

)

select * from final
