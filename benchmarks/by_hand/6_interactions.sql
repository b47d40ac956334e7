-- One row per thing that happened between a customer and the firm, from every table.

create temp table adjustments as
select
    adjustment_id, order_id, contact_id, kind, reason, cast(amount as decimal(18, 6)) as adjustment_amount,
    cast(adjusted_at as timestamp) as adjusted_at
from read_parquet('{landing}/fulfilment/adjustments/*.parquet')
qualify row_number() over (partition by adjustment_id order by cast(updated_at as timestamp) desc) = 1
    and deleted_at is null;

create table fct_interactions as
with events as (
    select
        order_id as event_id, customer_id, order_id, null as contact_id, 'order' as interaction_kind, null as touchpoint,
        null as channel, 'fulfilment.orders' as source_table, order_id as source_row_id, ordered_at as interacted_at
    from orders
    union all
    select order_id, customer_id, order_id, null, 'cancellation', null, null, 'fulfilment.orders', order_id, cancelled_at
    from orders where cancelled_at is not null
    union all
    select promise_id, customer_id, order_id, null, 'promise', 'delivery', null, 'fulfilment.promises', promise_id, made_at
    from promises left join orders using (order_id)
    union all
    select
        format('contact:{}:first_response', contact_id), customer_id, null, contact_id, 'promise', touchpoint, channel, 'crm.contacts',
        contact_id, opened_at
    from contacts where promised_response_at is not null
    union all
    select
        format('contact:{}:resolution', contact_id), customer_id, null, contact_id, 'promise', touchpoint, channel, 'crm.contacts',
        contact_id, opened_at
    from contacts where promised_resolution_at is not null
    union all
    select shipment_id, customer_id, order_id, null, kind, 'delivery', null, 'fulfilment.shipments', shipment_id, happened_at
    from (select * from shipments unpivot (happened_at for kind in (shipped_at as 'shipment', delivered_at as 'delivery')))
    left join orders using (order_id)
    union all
    select
        adjustment_id, coalesce(orders.customer_id, contacts.customer_id), adjustments.order_id, adjustments.contact_id, 'adjustment',
        case when kind in ('return', 'refund') then 'returns' when kind = 'reshipment' then 'delivery' end, null,
        'fulfilment.adjustments', adjustment_id, adjusted_at
    from adjustments
    left join orders on adjustments.order_id = orders.order_id
    left join contacts on adjustments.contact_id = contacts.contact_id
    union all
    select contact_id, customer_id, order_id, contact_id, 'contact', touchpoint, channel, 'crm.contacts', contact_id, opened_at
    from contacts
    union all
    select
        invitation_id, customer_id, order_id, contact_id, 'invitation', touchpoint, null, 'survey.invitations', invitation_id, sent_at
    from invitations
    union all
    select answer_id, customer_id, order_id, contact_id, 'answer', touchpoint, null, 'survey.answers', answer_id, responded_at
    from answers
)
select
    md5(concat_ws('|', length(interaction_kind), length(source_table), interaction_kind, source_table, event_id)) as interaction_id,
    customer_id, order_id, contact_id, interaction_kind, coalesce(touchpoint, 'unknown') as touchpoint,
    coalesce(touchpoint_kind, 'unknown') as touchpoint_kind, channel, source_table, source_row_id, interacted_at
from events left join read_csv('{reference}/ref_touchpoints.csv') as touchpoints using (touchpoint);
