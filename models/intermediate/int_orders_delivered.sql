-- Grain: one row per order.
-- An order is delivered when its last shipment is, and shipped when its last shipment has left.
with

orders as (

    select * from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

shipments as (

    select
        shipments.*,
        {{ cx_warehouse.reporting_amount('shipments.shipping_cost_amount', 'shipments.currency') }} as reporting_cost_amount,
        -- The cause of an order is that of the shipment which kept the customer waiting longest, if one is on record.
        row_number() over (
            partition by shipments.order_id
            order by
                case when shipments.delay_cause is null then 1 else 0 end,
                shipments.delivered_at desc nulls first,
                shipments.shipment_id
        ) as cause_rank,
        row_number() over (
            partition by shipments.order_id
            order by
                case when shipments.lane is null then 1 else 0 end,
                shipments.delivered_at desc nulls first,
                shipments.shipment_id
        ) as lane_rank
    from {{ cx_warehouse.changed(ref('stg_fulfilment__shipments')) }} as shipments
    inner join orders on shipments.order_id = orders.order_id
    {{ cx_warehouse.fx_join('shipments.currency', cx_warehouse.period_month('coalesce(shipments.shipped_at, orders.ordered_at)')) }}

),

shipped as (

    select
        order_id,
        min(shipped_at) as first_shipped_at,
        case when count(*) = count(shipped_at) then max(shipped_at) end as shipped_at,
        case when count(*) = count(delivered_at) then max(delivered_at) end as delivered_at,
        -- One that has not come is enough to say that not all came, whatever cannot be read of the others.
        {{ cx_warehouse.count_if('is_delivered_at_unreadable') }} > 0
            and {{ cx_warehouse.count_if('delivered_at is null and not is_delivered_at_unreadable') }} = 0 as is_delivery_unreadable,
        {{ cx_warehouse.count_if('is_shipped_at_unreadable') }} > 0
            and {{ cx_warehouse.count_if('shipped_at is null and not is_shipped_at_unreadable') }} = 0 as is_dispatch_unreadable,
        {{ cx_warehouse.count_if('has_later_event') }} as later_event_count,
        case
            when count(*) = count(units_delivered) or count(delivered_at) = 0
                then coalesce(sum(case when delivered_at is not null then units_delivered end), 0)
        end as units_delivered,
        case
            when count(*) = count(reporting_cost_amount) then cast(sum(reporting_cost_amount) as numeric(28, 6))
        end as shipping_cost_amount,
        max(case when cause_rank = 1 then delay_cause end) as delay_cause,
        max(case when cause_rank = 1 then carrier end) as carrier,
        max(case when lane_rank = 1 then lane end) as lane
    from shipments
    group by order_id

),

delay_causes as (

    select * from {{ ref('ref_delay_causes') }}

),

final as (

    select
        orders.order_id,
        case
            when orders.status = 'cancelled' then orders.status
            when orders.is_status_derived or coalesce(shipped.later_event_count, 0) > 0
                then case
                    when shipped.delivered_at is not null then 'delivered'
                    when shipped.first_shipped_at is not null then 'shipped'
                    else 'placed'
                end
            else orders.status
        end as status,
        shipped.carrier,
        shipped.lane,
        shipped.delay_cause as cause,
        delay_causes.is_controllable,
        case when shipped.delivered_at is not null then shipped.units_delivered >= orders.units_ordered end as is_in_full,
        shipped.units_delivered,
        -- No shipment yet costs nothing yet; a shipment without a cost, or no feed at all, is not known.
        case
            when not {{ cx_warehouse.is_present('fulfilment.shipments') }} then null
            when shipped.order_id is null then 0
            else shipped.shipping_cost_amount
        end as shipping_cost_amount,
        coalesce(shipped.is_delivery_unreadable, false) as is_delivery_unreadable,
        coalesce(shipped.is_dispatch_unreadable, false) as is_dispatch_unreadable,
        shipped.shipped_at,
        shipped.delivered_at
    from orders
    left join shipped on orders.order_id = shipped.order_id
    left join delay_causes on shipped.delay_cause = delay_causes.delay_cause

)

select * from final
