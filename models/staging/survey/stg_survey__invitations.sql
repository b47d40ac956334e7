-- Grain: one row per invitation, the version in force at as_of.
with

invitations as (

    {{ cx_warehouse.current_rows('survey', 'invitations') }}

),

customer_ids as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__customer_ids')) }}

),

orders as (

    select order_id from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

contacts as (

    select contact_id from {{ cx_warehouse.changed(ref('stg_crm__contacts')) }}

),

ref_touchpoints as (

    select touchpoint from {{ ref('ref_touchpoints') }}

),

final as (

    select
        invitations.invitation_id,
        coalesce(customer_ids.customer_id, invitations.customer_id) as customer_id,
        invitations.order_id,
        invitations.contact_id,
        invitations.touchpoint,
        invitations.sent_at,
        invitations.response_id,
        (invitations.customer_id is not null and not coalesce(customer_ids.is_customer, false) and {{ cx_warehouse.is_present('crm.customers') }})
            or (invitations.order_id is not null and orders.order_id is null and {{ cx_warehouse.is_present('fulfilment.orders') }})
            or (invitations.contact_id is not null and contacts.contact_id is null and {{ cx_warehouse.is_present('crm.contacts') }}) as is_orphan,
        (invitations.touchpoint is not null and ref_touchpoints.touchpoint is null) as is_unmapped,
        invitations.is_later_version,
        invitations.version_at,
        invitations._load_id,
        invitations._file,
        invitations._line
    from invitations
    left join customer_ids on invitations.customer_id = customer_ids.known_id
    left join orders on invitations.order_id = orders.order_id
    left join contacts on invitations.contact_id = contacts.contact_id
    left join ref_touchpoints on invitations.touchpoint = ref_touchpoints.touchpoint

)

select * from final
