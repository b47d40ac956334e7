-- Grain: one row per order and instant at which its customer was told to expect it.
-- Shopify holds no promise made at the checkout; the first that is on record is the carrier's estimate on the order's page.
{% set columns = cx_warehouse.contract_columns('fulfilment', 'promises') | map(attribute='name') | list %}
with

parcels as (

    select * from {{ ref('shopify__parcels') }} where estimated_at is not null

),

mapped as (

    select
        order_id || '-' || estimated_at as promise_id,
        order_id,
        {{ cx_warehouse.unfilled() }} as contact_id,
        'delivery' as promise_kind,
        min(happened_at) as made_at,
        {{ cx_warehouse.unfilled() }} as promised_from,
        estimated_at as promised_by,
        min(happened_at) as updated_at,
        {{ cx_warehouse.unfilled() }} as deleted_at,
        min(_file) as _file,
        min(_line) as _line,
        max(_load_id) as _load_id,
        max(_loaded_at) as _loaded_at
    from parcels
    group by order_id, estimated_at

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
