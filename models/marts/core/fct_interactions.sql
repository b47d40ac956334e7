-- Grain: one row per thing that happened between a customer and the firm, from every source: the row it came from, once per kind.
-- A message to everybody is no interaction, and neither is a promise of which nobody knows when it was made.
with

orders as (

    select * from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

shipments as (

    select * from {{ cx_warehouse.changed(ref('stg_fulfilment__shipments')) }}

),

promises as (

    select * from {{ cx_warehouse.changed(ref('int_promises_made')) }}

),

adjustments as (

    select * from {{ cx_warehouse.changed(ref('stg_fulfilment__adjustments')) }}

),

contacts as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__contacts')) }}

),

answers as (

    select * from {{ cx_warehouse.changed(ref('stg_survey__answers')) }}

),

invitations as (

    select * from {{ cx_warehouse.changed(ref('stg_survey__invitations')) }}

),

promise_kinds as (

    select * from {{ ref('ref_promise_kinds') }}

),

touchpoints as (

    select * from {{ ref('dim_touchpoints') }}

),

-- Where an order was placed or cancelled is not in the contract, so nobody knows its touchpoint.
ordered as (

    select
        order_id as event_id, customer_id, order_id, cast(null as {{ dbt.type_string() }}) as contact_id,
        'order' as interaction_kind, cast(null as {{ dbt.type_string() }}) as touchpoint,
        cast(null as {{ dbt.type_string() }}) as channel, 'fulfilment.orders' as source_table,
        order_id as source_row_id, ordered_at as interacted_at
    from orders

    union all

    select
        order_id, customer_id, order_id, null, 'cancellation', null, null, 'fulfilment.orders', order_id, cancelled_at
    from orders

),

promised as (

    select
        promises.promise_id as event_id,
        promises.customer_id,
        promises.order_id,
        promises.contact_id,
        'promise' as interaction_kind,
        coalesce(contacts.touchpoint, promise_kinds.touchpoint) as touchpoint,
        contacts.channel,
        case promises.recorded_in
            when 'promises' then 'fulfilment.promises' when 'orders' then 'fulfilment.orders' when 'contacts' then 'crm.contacts'
        end as source_table,
        case promises.recorded_in
            when 'promises' then promises.promise_id when 'orders' then promises.order_id when 'contacts' then promises.contact_id
        end as source_row_id,
        promises.made_at as interacted_at
    from promises
    left join contacts on promises.contact_id = contacts.contact_id
    left join promise_kinds on promises.promise_kind = promise_kinds.promise_kind

),

shipped as (

    select
        shipments.shipment_id as event_id, orders.customer_id, shipments.order_id, null as contact_id,
        'shipment' as interaction_kind, 'delivery' as touchpoint, null as channel, 'fulfilment.shipments' as source_table,
        shipments.shipment_id as source_row_id, shipments.shipped_at as interacted_at
    from shipments
    left join orders on shipments.order_id = orders.order_id

    union all

    select
        shipments.shipment_id, orders.customer_id, shipments.order_id, null, 'delivery', 'delivery', null,
        'fulfilment.shipments', shipments.shipment_id, shipments.delivered_at
    from shipments
    left join orders on shipments.order_id = orders.order_id

),

adjusted as (

    select
        adjustments.adjustment_id as event_id,
        coalesce(orders.customer_id, contacts.customer_id) as customer_id,
        adjustments.order_id,
        adjustments.contact_id,
        'adjustment' as interaction_kind,
        case
            when adjustments.kind in ('return', 'refund') then 'returns'
            when adjustments.kind = 'reshipment' then 'delivery'
        end as touchpoint,
        null as channel,
        'fulfilment.adjustments' as source_table,
        adjustments.adjustment_id as source_row_id,
        adjustments.adjusted_at as interacted_at
    from adjustments
    left join orders on adjustments.order_id = orders.order_id
    left join contacts on adjustments.contact_id = contacts.contact_id

),

contacted as (

    select
        contact_id as event_id, customer_id, order_id, contact_id, 'contact' as interaction_kind, touchpoint, channel,
        'crm.contacts' as source_table, contact_id as source_row_id, opened_at as interacted_at
    from contacts

),

surveyed as (

    select
        invitation_id as event_id, customer_id, order_id, contact_id, 'invitation' as interaction_kind, touchpoint,
        null as channel, 'survey.invitations' as source_table, invitation_id as source_row_id, sent_at as interacted_at
    from invitations

    union all

    select
        answer_id, customer_id, order_id, contact_id, 'answer', touchpoint, null, 'survey.answers', answer_id, responded_at
    from answers

),

events as (

    select * from ordered
    union all
    select * from promised
    union all
    select * from shipped
    union all
    select * from adjusted
    union all
    select * from contacted
    union all
    select * from surveyed

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['events.interaction_kind', 'events.source_table', 'events.event_id']) }}
            as interaction_id,
        events.customer_id,
        events.order_id,
        events.contact_id,
        events.interaction_kind,
        coalesce(events.touchpoint, 'unknown') as touchpoint,
        coalesce(touchpoints.touchpoint_kind, 'unknown') as touchpoint_kind,
        events.channel,
        events.source_table,
        events.source_row_id,
        events.interacted_at
    from events
    left join touchpoints on events.touchpoint = touchpoints.touchpoint
    where events.interacted_at is not null

)

select
    interaction_id,
    customer_id,
    order_id,
    contact_id,
    interaction_kind,
    touchpoint,
    touchpoint_kind,
    channel,
    source_table,
    source_row_id,
    interacted_at
from final
