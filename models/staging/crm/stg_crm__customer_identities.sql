-- Grain: one row per identity, the version in force at as_of.
with

customer_identities as (

    {{ cx_warehouse.current_rows('crm', 'customer_identities') }}

),

final as (

    select
        customer_identities.identity_id,
        customer_identities.tool,
        customer_identities.tool_customer_id,
        customer_identities.customer_id,
        false as is_orphan,
        false as is_unmapped,
        customer_identities.is_later_version,
        customer_identities.version_at,
        customer_identities._load_id,
        customer_identities._file,
        customer_identities._line
    from customer_identities

)

select * from final
