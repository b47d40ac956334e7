-- Grain: one row per order and export that holds it.
{% set columns = cx_warehouse.contract_columns('fulfilment', 'orders') | map(attribute='name') | list %}
with

orders as (

    select * from {{ ref('shopify__orders') }}

),

-- An amount that cannot be read is handed on as it came, so that the reject quotes it.
mapped as (

    select
        order_id,
        coalesce(tool_customer_id, email_hash) as customer_id,
        ordered_at,
        {{ cx_warehouse.unfilled() }} as promised_by,
        country as region,
        service_level,
        coalesce(cast(net_amount as {{ dbt.type_string() }}), concat(total, ' - ', taxes)) as amount,
        {{ cx_warehouse.unfilled() }} as cost_of_goods_amount,
        currency,
        cast(unit_count as {{ dbt.type_string() }}) as units_ordered,
        case
            when cancelled_at is not null then 'cancelled'
            when fulfillment_status = 'fulfilled' then 'shipped'
            when fulfillment_status = 'restocked' then 'returned'
            else 'placed'
        end as status,
        cancelled_at,
        case
            when cancel_reason = 'customer' then 'customer'
            when cancel_reason in ('inventory', 'staff') then 'firm'
        end as cancelled_by,
        updated_at,
        deleted_at,
        _file,
        _line,
        _load_id,
        _loaded_at
    from orders

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
