-- Grain: one row per scheduled flight: the timetable promises one arrival.
{% set columns = cx_warehouse.contract_columns('fulfilment', 'promises') | map(attribute='name') | list %}
with

flights as (

    select * from {{ ref('nycflights13__flights') }}

),

-- Beside `orders.promised_by` because only here a promise has a kind, and this one is kept within a quarter of an hour.
mapped as (

    select
        flight_id as promise_id,
        flight_id as order_id,
        cast(null as {{ dbt.type_string() }}) as contact_id,
        'arrival' as promise_kind,
        day_text as made_at,
        cast(null as {{ dbt.type_string() }}) as promised_from,
        arrival_text as promised_by,
        day_text as updated_at,
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
