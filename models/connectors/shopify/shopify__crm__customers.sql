-- Grain: one row per customer and record of them.
-- The export of customers does not say since when somebody is one: since their first order. Whoever is in neither list of
-- customers is known by their orders.
{% set columns = cx_warehouse.contract_columns('crm', 'customers') | map(attribute='name') | list %}
with

orders as (

    select * from {{ ref('shopify__orders') }}

),

customers as (

    select * from {{ source('shopify', 'customers') }}

),

customers_export as (

    select
        replace(customer_id, '''', '') as customer_id,
        email as email_hash,
        default_address_country_code as country,
        _file,
        _line,
        _load_id,
        _loaded_at
    from {{ source('shopify', 'customers_export') }}

),

addresses as (

    select
        email_hash,
        {{ cx_warehouse.instant_to_text('min(' ~ cx_warehouse.read_instant('ordered_at') ~ ')') }} as first_ordered_at,
        {{ cx_warehouse.instant_to_text('max(' ~ cx_warehouse.read_instant('updated_at') ~ ')') }} as updated_at
    from orders
    where email_hash is not null
    group by email_hash

),

listed as (

    select
        id as customer_id,
        email as email_hash,
        {{ cx_warehouse.unfilled() }} as country,
        {{ cx_warehouse.utc_text('created_at') }} as acquired_at,
        {{ cx_warehouse.utc_text('updated_at') }} as updated_at,
        _file,
        _line,
        _load_id,
        _loaded_at
    from customers

    union all

    -- Somebody who never ordered is no customer yet.
    select
        customers_export.customer_id,
        customers_export.email_hash,
        customers_export.country,
        addresses.first_ordered_at,
        addresses.updated_at,
        customers_export._file,
        customers_export._line,
        customers_export._load_id,
        customers_export._loaded_at
    from customers_export
    inner join addresses on customers_export.email_hash = addresses.email_hash

),

known_ids as (

    -- Several records of one customer are one customer.
    select distinct customer_id from listed where customer_id is not null

),

known_addresses as (

    select distinct email_hash from listed where email_hash is not null

),

unlisted as (

    select
        coalesce(orders.tool_customer_id, orders.email_hash) as customer_id,
        min(orders.email_hash) as email_hash,
        min(orders.country) as country,
        {{ cx_warehouse.instant_to_text('min(' ~ cx_warehouse.read_instant('orders.ordered_at') ~ ')') }} as acquired_at,
        {{ cx_warehouse.instant_to_text('max(' ~ cx_warehouse.read_instant('orders.updated_at') ~ ')') }} as updated_at,
        min(orders._file) as _file,
        min(orders._line) as _line,
        max(orders._load_id) as _load_id,
        max(orders._loaded_at) as _loaded_at
    from orders
    left join known_ids on orders.tool_customer_id = known_ids.customer_id
    left join known_addresses on orders.email_hash = known_addresses.email_hash
    where
        coalesce(orders.tool_customer_id, orders.email_hash) is not null
        and known_ids.customer_id is null
        and known_addresses.email_hash is null
    group by coalesce(orders.tool_customer_id, orders.email_hash)

),

people as (

    select * from listed

    union all

    select * from unlisted

),

mapped as (

    select
        customer_id,
        email_hash as email,
        {{ cx_warehouse.unfilled() }} as segment,
        {{ cx_warehouse.unfilled() }} as region,
        country,
        {{ cx_warehouse.unfilled() }} as timezone,
        {{ cx_warehouse.unfilled() }} as acquisition_channel,
        acquired_at,
        {{ cx_warehouse.unfilled() }} as churned_at,
        updated_at,
        {{ cx_warehouse.unfilled() }} as deleted_at,
        _file,
        _line,
        _load_id,
        _loaded_at
    from people

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
