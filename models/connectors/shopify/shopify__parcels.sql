-- Grain: one row per message of a carrier about a parcel that left.
with

fulfillments as (

    select * from {{ source('shopify', 'fulfillments') }}

),

events as (

    select * from {{ source('shopify', 'fulfillment_events') }}

),

final as (

    select
        fulfillments.id as parcel_id,
        fulfillments.order_id,
        fulfillments.tracking_company as carrier,
        lower(events.status) as event_status,
        {{ cx_warehouse.utc_text('fulfillments.created_at') }} as shipped_at,
        {{ cx_warehouse.utc_text('fulfillments.updated_at') }} as written_at,
        {{ cx_warehouse.utc_text('events.happened_at') }} as happened_at,
        {{ cx_warehouse.utc_text('events.estimated_delivery_at') }} as estimated_at,
        events._file,
        events._line,
        events._load_id,
        events._loaded_at
    from fulfillments
    inner join events on fulfillments.id = events.fulfillment_id
    where
        lower(fulfillments.status) = 'success'
        and not {{ cx_warehouse.is_set('events.fivetran_deleted') }}

)

select * from final
