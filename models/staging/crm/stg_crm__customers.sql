-- Grain: one row per customer, the version in force at as_of.
with

customers as (

    {{ cx_warehouse.current_rows('crm', 'customers') }}

),

final as (

    select
        customers.customer_id,
        customers.email as email_hash,
        customers.segment,
        customers.region,
        customers.country,
        {{ cx_warehouse.known_timezone('customers.timezone') }} as timezone,
        customers.acquisition_channel,
        customers.acquired_at,
        customers.churned_at,
        false as is_orphan,
        false as is_unmapped,
        customers.is_later_version,
        customers.version_at,
        customers._load_id,
        customers._file,
        customers._line
    from customers

)

select * from final
