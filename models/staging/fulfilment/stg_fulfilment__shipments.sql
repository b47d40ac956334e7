-- Grain: one row per shipment, the version in force at as_of.
with

shipments as (

    {{ cx_warehouse.current_rows('fulfilment', 'shipments') }}

),

orders as (

    select order_id from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

ref_delay_causes as (

    select delay_cause from {{ ref('ref_delay_causes') }}

),

final as (

    select
        shipments.shipment_id,
        shipments.order_id,
        shipments.carrier,
        shipments.lane,
        shipments.shipped_at,
        shipments.delivered_at,
        shipments.is_shipped_at_unreadable,
        shipments.is_delivered_at_unreadable,
        shipments.delay_cause,
        shipments.shipping_cost_amount,
        upper(shipments.currency) as currency,
        shipments.units_delivered,
        (shipments.order_id is not null and orders.order_id is null and {{ cx_warehouse.is_present('fulfilment.orders') }}) as is_orphan,
        (shipments.delay_cause is not null and ref_delay_causes.delay_cause is null) as is_unmapped,
        shipments.has_later_event,
        shipments.is_later_version,
        shipments.version_at,
        shipments._load_id,
        shipments._file,
        shipments._line
    from shipments
    left join orders on shipments.order_id = orders.order_id
    left join ref_delay_causes on shipments.delay_cause = ref_delay_causes.delay_cause

)

select * from final
