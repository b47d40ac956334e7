-- Grain: one row per version of a promise, the version in force at as_of.
with

promises as (

    {{ cx_warehouse.current_rows('fulfilment', 'promises') }}

),

orders as (

    select order_id from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

contacts as (

    select contact_id from {{ cx_warehouse.changed(ref('stg_crm__contacts')) }}

),

ref_promise_kinds as (

    select promise_kind from {{ ref('ref_promise_kinds') }}

),

final as (

    select
        promises.promise_id,
        promises.order_id,
        promises.contact_id,
        promises.promise_kind,
        promises.made_at,
        promises.promised_from_date,
        promises.promised_from_at,
        promises.promised_by_date,
        promises.promised_by_at,
        (promises.order_id is not null and orders.order_id is null and {{ cx_warehouse.is_present('fulfilment.orders') }})
            or (promises.contact_id is not null and contacts.contact_id is null and {{ cx_warehouse.is_present('crm.contacts') }}) as is_orphan,
        (promises.promise_kind is not null and ref_promise_kinds.promise_kind is null) as is_unmapped,
        promises.is_later_version,
        promises.version_at,
        promises._load_id,
        promises._file,
        promises._line
    from promises
    left join orders on promises.order_id = orders.order_id
    left join contacts on promises.contact_id = contacts.contact_id
    left join ref_promise_kinds on promises.promise_kind = ref_promise_kinds.promise_kind

)

select * from final
