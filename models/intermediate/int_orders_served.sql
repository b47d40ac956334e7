-- Grain: one row per order.
-- What serving an order took. A table that was not handed over gives null; one in which the order does not occur gives 0, unless
-- the order was placed in a month after the one in which the table's events end: what it would have recorded nobody knows.
-- Contacts of which none names an order tell as little about orders as no contacts would.
with

orders as (

    select order_id, ordered_at from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

feeds as (

    select
        {{ cx_warehouse.is_present('crm.contacts') }} and (count(*) = 0 or count(order_id) > 0) as has_contacts,
        {{ cx_warehouse.is_present('fulfilment.adjustments') }} as has_adjustments,
        {{ cx_warehouse.observed_until('crm.contacts') }} as contacts_until,
        {{ cx_warehouse.observed_until('fulfilment.adjustments') }} as adjustments_until
    from {{ ref('stg_crm__contacts') }}

),

contacts as (

    select
        contacts.order_id,
        count(*) as contact_count,
        count(*) - count({{ cx_warehouse.reporting_amount('contacts.cost_amount', 'contacts.currency') }}) as unpriced_count,
        sum({{ cx_warehouse.reporting_amount('contacts.cost_amount', 'contacts.currency') }}) as cost_amount
    from {{ cx_warehouse.changed(ref('stg_crm__contacts')) }} as contacts
    {{ cx_warehouse.fx_join('contacts.currency', cx_warehouse.period_month('contacts.opened_at')) }}
    where contacts.order_id is not null
    group by contacts.order_id

),

adjustments as (

    select
        adjustments.order_id,
        count(*) - count({{ cx_warehouse.reporting_amount('adjustments.amount', 'adjustments.currency') }}) as unpriced_count,
        sum({{ cx_warehouse.reporting_amount('adjustments.amount', 'adjustments.currency') }}) as adjustment_amount
    from {{ cx_warehouse.changed(ref('stg_fulfilment__adjustments')) }} as adjustments
    {{ cx_warehouse.fx_join('adjustments.currency', cx_warehouse.period_month('adjustments.adjusted_at')) }}
    group by adjustments.order_id

),

placed as (

    select
        orders.order_id,
        {% for feed in ['contacts', 'adjustments'] -%}
        -- Most orders are older than the last event, and need no calendar.
        feeds.has_{{ feed }} and (
            orders.ordered_at <= feeds.{{ feed }}_until
            or {{ cx_warehouse.period_month('orders.ordered_at') }} = {{ cx_warehouse.period_month('feeds.' ~ feed ~ '_until') }}
        ) as is_known_by_{{ feed }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from orders
    cross join feeds

),

final as (

    select
        placed.order_id,
        case
            when feeds.has_contacts then coalesce(contacts.contact_count, case when placed.is_known_by_contacts then 0 end)
        end as contact_count,
        case
            when not feeds.has_contacts then null
            when contacts.order_id is null then case when placed.is_known_by_contacts then 0 end
            when contacts.unpriced_count = 0 then cast(contacts.cost_amount as numeric(28, 6))
        end as contact_cost_amount,
        case
            when not feeds.has_adjustments then null
            when adjustments.order_id is null then case when placed.is_known_by_adjustments then 0 end
            when adjustments.unpriced_count = 0 then cast(adjustments.adjustment_amount as numeric(28, 6))
        end as adjustment_amount
    from placed
    cross join feeds
    left join contacts on placed.order_id = contacts.order_id
    left join adjustments on placed.order_id = adjustments.order_id

)

select * from final
