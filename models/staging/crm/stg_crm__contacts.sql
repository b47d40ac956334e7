-- Grain: one row per contact, the version in force at as_of.
with

contacts as (

    {{ cx_warehouse.current_rows('crm', 'contacts') }}

),

customer_ids as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__customer_ids')) }}

),

orders as (

    select order_id from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

ref_touchpoints as (

    select touchpoint from {{ ref('ref_touchpoints') }}

),

ref_contact_reasons as (

    select reason from {{ ref('ref_contact_reasons') }}

),

final as (

    select
        contacts.contact_id,
        coalesce(customer_ids.customer_id, contacts.customer_id) as customer_id,
        contacts.order_id,
        contacts.touchpoint,
        contacts.channel,
        contacts.reason,
        contacts.opened_at,
        contacts.first_response_at,
        contacts.resolved_at,
        contacts.abandoned_at,
        contacts.is_first_response_at_unreadable,
        contacts.is_resolved_at_unreadable,
        contacts.promised_response_date,
        contacts.promised_response_at,
        contacts.promised_resolution_date,
        contacts.promised_resolution_at,
        contacts.handle_minutes,
        contacts.cost_amount,
        upper(contacts.currency) as currency,
        (contacts.customer_id is not null and not coalesce(customer_ids.is_customer, false) and {{ cx_warehouse.is_present('crm.customers') }})
            or (contacts.order_id is not null and orders.order_id is null and {{ cx_warehouse.is_present('fulfilment.orders') }}) as is_orphan,
        (contacts.touchpoint is not null and ref_touchpoints.touchpoint is null)
            or (contacts.reason is not null and ref_contact_reasons.reason is null) as is_unmapped,
        contacts.is_later_version,
        contacts.version_at,
        contacts._load_id,
        contacts._file,
        contacts._line
    from contacts
    left join customer_ids on contacts.customer_id = customer_ids.known_id
    left join orders on contacts.order_id = orders.order_id
    left join ref_touchpoints on contacts.touchpoint = ref_touchpoints.touchpoint
    left join ref_contact_reasons on contacts.reason = ref_contact_reasons.reason

)

select * from final
