-- Grain: one row per adjustment, the version in force at as_of.
with

adjustments as (

    {{ cx_warehouse.current_rows('fulfilment', 'adjustments') }}

),

orders as (

    select order_id from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

contacts as (

    select contact_id from {{ cx_warehouse.changed(ref('stg_crm__contacts')) }}

),

final as (

    select
        adjustments.adjustment_id,
        adjustments.order_id,
        adjustments.contact_id,
        adjustments.kind,
        adjustments.amount,
        upper(adjustments.currency) as currency,
        adjustments.reason,
        adjustments.adjusted_at,
        (adjustments.order_id is not null and orders.order_id is null and {{ cx_warehouse.is_present('fulfilment.orders') }})
            or (adjustments.contact_id is not null and contacts.contact_id is null and {{ cx_warehouse.is_present('crm.contacts') }}) as is_orphan,
        false as is_unmapped,
        adjustments.is_later_version,
        adjustments.version_at,
        adjustments._load_id,
        adjustments._file,
        adjustments._line
    from adjustments
    left join orders on adjustments.order_id = orders.order_id
    left join contacts on adjustments.contact_id = contacts.contact_id

)

select * from final
