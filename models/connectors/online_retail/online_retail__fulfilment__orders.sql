-- Grain: one row per invoice that is not a cancellation.
{% set columns = cx_warehouse.contract_columns('fulfilment', 'orders') | map(attribute='name') | list %}
with

invoices as (

    select * from {{ ref('online_retail__invoices') }} where not is_cancellation

),

-- An invoice says that something was sold, not that it left or arrived: `placed` is the most that is known.
mapped as (

    select
        invoice_id as order_id,
        customer_id,
        invoiced_at as ordered_at,
        cast(null as {{ dbt.type_string() }}) as promised_by,
        country as region,
        cast(null as {{ dbt.type_string() }}) as service_level,
        amount,
        cast(null as {{ dbt.type_string() }}) as cost_of_goods_amount,
        'GBP' as currency,
        units as units_ordered,
        'placed' as status,
        cast(null as {{ dbt.type_string() }}) as cancelled_at,
        cast(null as {{ dbt.type_string() }}) as cancelled_by,
        last_invoiced_at as updated_at,
        cast(null as {{ dbt.type_string() }}) as deleted_at,
        _file,
        _line,
        _load_id,
        _loaded_at
    from invoices

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
