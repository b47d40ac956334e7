-- Grain: one row per flight that left.
{% set columns = cx_warehouse.contract_columns('fulfilment', 'shipments') | map(attribute='name') | list %}
with

flights as (

    select * from {{ ref('nycflights13__flights') }} where status != 'cancelled'

),

-- Rain in the hour of departure is written down for every flight, late or not: only so can rain be compared with dry.
mapped as (

    select
        flight_id as shipment_id,
        flight_id as order_id,
        carrier,
        lane,
        departed_text as shipped_at,
        arrived_text as delivered_at,
        delay_cause,
        cast(null as {{ dbt.type_string() }}) as shipping_cost_amount,
        cast(null as {{ dbt.type_string() }}) as currency,
        cast(null as {{ dbt.type_string() }}) as units_delivered,
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
