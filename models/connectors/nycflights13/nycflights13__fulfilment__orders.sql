-- Grain: one row per scheduled flight.
{% set columns = cx_warehouse.contract_columns('fulfilment', 'orders') | map(attribute='name') | list %}
with

flights as (

    select * from {{ ref('nycflights13__flights') }}

),

-- When a seat was sold nobody tells; the timetable of the day stood at the latest when the day began.
-- What it cost nobody tells either, and the contract wants an amount: XXX is ISO 4217's code for "no currency", so that
-- no number of money can be read from the 0.
-- Who cancelled is not in the export.
mapped as (

    select
        flight_id as order_id,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        day_text as ordered_at,
        arrival_text as promised_by,
        origin as region,
        cast(null as {{ dbt.type_string() }}) as service_level,
        '0' as amount,
        cast(null as {{ dbt.type_string() }}) as cost_of_goods_amount,
        'XXX' as currency,
        cast(null as {{ dbt.type_string() }}) as units_ordered,
        status,
        case when status = 'cancelled' then departure_text end as cancelled_at,
        cast(null as {{ dbt.type_string() }}) as cancelled_by,
        updated_text as updated_at,
        cast(null as {{ dbt.type_string() }}) as deleted_at,
        _file,
        _line,
        _load_id,
        _loaded_at
    from flights

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
