-- Grain: one row per order.
-- The first promise is the one the customer decided on, so it is the one we are held to.
with

orders as (

    select * from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

deliveries as (

    select * from {{ cx_warehouse.changed(ref('int_orders_delivered')) }}

),

served as (

    select * from {{ cx_warehouse.changed(ref('int_orders_served')) }}

),

customers as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__customers')) }}

),

as_of_row as (

    select as_of from {{ ref('stg_as_of') }}

),

delivery_promises as (

    select
        promises.*,
        row_number() over (partition by order_id order by made_at, promise_id) as first_rank,
        row_number() over (partition by order_id order by made_at desc, promise_id desc) as last_rank
    from {{ cx_warehouse.changed(ref('int_promises_resolved')) }} as promises
    where order_id is not null and kept_by = 'delivered'

),

first_promises as (

    select * from delivery_promises where first_rank = 1

),

last_promises as (

    select * from delivery_promises where last_rank = 1

),

gap_bands as (

    select * from {{ ref('ref_gap_bands') }}

),

banded as (

    select
        first_promises.order_id,
        gap_bands.band,
        row_number() over (partition by first_promises.order_id order by gap_bands.band_rank) as band_rank
    from first_promises
    inner join gap_bands
        on first_promises.promise_kind = gap_bands.promise_kind
        and (first_promises.gap >= gap_bands.gap_from or gap_bands.gap_from is null)
    where first_promises.gap is not null

),

amounts as (

    select
        orders.order_id,
        {{ cx_warehouse.reporting_amount('orders.amount', 'orders.currency') }} as amount,
        {{ cx_warehouse.reporting_amount('orders.cost_of_goods_amount', 'orders.currency') }} as cost_of_goods_amount
    from orders
    {{ cx_warehouse.fx_join('orders.currency', cx_warehouse.period_month('orders.ordered_at')) }}

),

final as (

    select
        orders.order_id,
        orders.customer_id,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(orders.region, customers.region, 'unknown') as region,
        coalesce(orders.service_level, 'unknown') as service_level,
        deliveries.status,
        deliveries.carrier,
        deliveries.lane,
        first_promises.promise_kind,
        case when first_promises.promise_id is null then 'unknown' else first_promises.outcome end as outcome,
        case when first_promises.promise_id is null then 'no_promise' else first_promises.outcome_reason end as outcome_reason,
        case when last_promises.promise_id is null then 'unknown' else last_promises.outcome end as last_outcome,
        banded.band,
        deliveries.cause,
        cast(case
            when orders.customer_id is not null
                then row_number() over (partition by orders.customer_id order by orders.ordered_at, orders.order_id)
        end as integer) as order_number,
        cast(served.contact_count as integer) as contact_count,
        cast(orders.units_ordered as double) as units_ordered,
        cast(deliveries.units_delivered as double) as units_delivered,
        first_promises.promised_days as first_promised_days,
        first_promises.gap as first_gap,
        first_promises.gap_days,
        last_promises.gap_days as last_gap_days,
        cast(amounts.amount as numeric(28, 6)) as amount,
        cast(amounts.amount - amounts.cost_of_goods_amount as numeric(28, 6)) as margin_amount,
        cast(served.contact_cost_amount as numeric(28, 6)) as contact_cost_amount,
        cast(served.adjustment_amount as numeric(28, 6)) as adjustment_amount,
        cast(deliveries.shipping_cost_amount as numeric(28, 6)) as shipping_cost_amount,
        -- Unknown in one part is unknown in the whole.
        cast(
            served.contact_cost_amount + served.adjustment_amount + deliveries.shipping_cost_amount as numeric(28, 6)
        ) as cost_to_serve_amount,
        deliveries.is_controllable,
        deliveries.is_delivery_unreadable,
        deliveries.is_dispatch_unreadable,
        deliveries.is_in_full as in_full,
        coalesce(first_promises.is_due_passed, false) as is_due_passed,
        orders.is_orphan,
        first_promises.due_date as first_due_date,
        last_promises.due_date as last_due_date,
        orders.ordered_at,
        first_promises.due_at as first_due_at,
        last_promises.due_at as last_due_at,
        deliveries.shipped_at,
        deliveries.delivered_at,
        orders.cancelled_at,
        -- When the customer knows: at delivery, or when the due date ended and nothing had come.
        coalesce(
            deliveries.delivered_at,
            case when first_promises.due_at <= as_of_row.as_of then first_promises.due_at end
        ) as landmark_at,
        case
            when orders.customer_id is not null
                then lead(orders.ordered_at) over (partition by orders.customer_id order by orders.ordered_at, orders.order_id)
        end as next_order_at
    from orders
    cross join as_of_row
    inner join deliveries on orders.order_id = deliveries.order_id
    inner join served on orders.order_id = served.order_id
    inner join amounts on orders.order_id = amounts.order_id
    left join customers on orders.customer_id = customers.customer_id
    left join first_promises on orders.order_id = first_promises.order_id
    left join last_promises on orders.order_id = last_promises.order_id
    left join banded on orders.order_id = banded.order_id and banded.band_rank = 1

)

select * from final
