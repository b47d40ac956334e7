-- Grain: one row per parcel that a carrier reported on.
-- Of a parcel that no carrier reported on nobody can tell whether it arrived: it is left out, and its order stays unknown.
{% set columns = cx_warehouse.contract_columns('fulfilment', 'shipments') | map(attribute='name') | list %}
with

parcels as (

    select * from {{ ref('shopify__parcels') }}

),

mapped as (

    select
        parcel_id as shipment_id,
        min(order_id) as order_id,
        min(carrier) as carrier,
        {{ cx_warehouse.unfilled() }} as lane,
        min(shipped_at) as shipped_at,
        min(case when event_status = 'delivered' then happened_at end) as delivered_at,
        {{ cx_warehouse.unfilled() }} as delay_cause,
        {{ cx_warehouse.unfilled() }} as shipping_cost_amount,
        {{ cx_warehouse.unfilled() }} as currency,
        {{ cx_warehouse.unfilled() }} as units_delivered,
        {{ cx_warehouse.instant_to_text(
            'max(greatest(' ~ cx_warehouse.read_instant('written_at') ~ ', ' ~ cx_warehouse.read_instant('happened_at') ~ '))'
        ) }} as updated_at,
        {{ cx_warehouse.unfilled() }} as deleted_at,
        min(_file) as _file,
        min(_line) as _line,
        max(_load_id) as _load_id,
        max(_loaded_at) as _loaded_at
    from parcels
    group by parcel_id

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
