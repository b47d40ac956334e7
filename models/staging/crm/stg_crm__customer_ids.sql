-- Grain: one row per id under which a customer is known, in the CRM or in another tool.
-- An id of the CRM itself stands for that customer even where a tool uses the same text for somebody else; an id that
-- tools use for several customers stands for none of them. The hash of an e-mail address is an id too, for tools that know
-- no other, and stands for none where several customers share the address.
with

customers as (

    select
        customer_id,
        email_hash
    from {{ cx_warehouse.changed(ref('stg_crm__customers')) }}

),

identities as (

    select
        tool_customer_id,
        min(customer_id) as customer_id
    from {{ cx_warehouse.changed(ref('stg_crm__customer_identities')) }}
    group by tool_customer_id
    having min(customer_id) = max(customer_id)

),

addresses as (

    select
        email_hash,
        min(customer_id) as customer_id
    from customers
    where email_hash is not null
    group by email_hash
    having count(*) = 1

),

final as (

    select
        customer_id as known_id,
        customer_id,
        true as is_customer
    from customers

    union all

    select
        identities.tool_customer_id as known_id,
        identities.customer_id,
        owners.customer_id is not null as is_customer
    from identities
    left join customers on identities.tool_customer_id = customers.customer_id
    left join customers as owners on identities.customer_id = owners.customer_id
    where customers.customer_id is null

    union all

    select
        addresses.email_hash as known_id,
        addresses.customer_id,
        true as is_customer
    from addresses
    left join customers on addresses.email_hash = customers.customer_id
    left join identities on addresses.email_hash = identities.tool_customer_id
    where customers.customer_id is null and identities.tool_customer_id is null

)

select * from final
