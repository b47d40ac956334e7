-- Grain: one row per customer, and one per group: deciles by net, unknown net, guests, what is nobody's, and all.
-- Where contacts or adjustments end before the running month, what customers cost since then is not in it.
-- Every amount stands in one row of a kind, so that customers add up to their groups, and groups to the facts, to the cent.
{%- set amounts = [
    'revenue_amount', 'margin_amount', 'shipping_cost_amount', 'contact_cost_amount', 'adjustment_amount', 'net_amount',
] %}
with

orders as (

    select * from {{ ref('fct_orders') }}

),

contacts as (

    select * from {{ ref('fct_contacts') }}

),

adjustments as (

    select * from {{ ref('fct_adjustments') }}

),

available as (

    select * from {{ ref('int_metrics_available') }} where metric_id = 'cost_to_serve'

),

unpriced as (

    {{ cx_warehouse.unpriced_currencies(['fulfilment.orders', 'crm.contacts', 'fulfilment.shipments', 'fulfilment.adjustments']) }}

),

observed as (

    select {{ cx_warehouse.joined_text('reason', ', ') }} as reason from {{ ref('int_periods_observed') }} where month = 'all'

),

-- An order cancelled brings nothing, but may have cost.
from_orders as (

    select
        'order' as booked_kind,
        case when customer_id is null then 'guests' else 'customer' end as owner_kind,
        customer_id,
        1 as order_count,
        0 as contact_count,
        case when status <> 'cancelled' then amount else 0 end as revenue_amount,
        case when status <> 'cancelled' then margin_amount else 0 end as margin_amount,
        shipping_cost_amount,
        0 as contact_cost_amount,
        0 as adjustment_amount
    from orders

),

-- A contact goes with the order that it names, whoever made it, as in fct_orders; without one with its customer.
from_contacts as (

    select
        case
            when coalesce(orders.customer_id, contacts.customer_id) is not null then 'customer'
            when orders.order_id is not null then 'guests'
            else 'nobody'
        end as owner_kind,
        case when orders.order_id is not null then orders.customer_id else contacts.customer_id end as customer_id,
        orders.order_id is not null and orders.customer_id is null as is_of_guest,
        contacts.cost_amount
    from contacts
    left join orders on contacts.order_id = orders.order_id

),

from_adjustments as (

    select
        case
            when orders.customer_id is not null then 'customer'
            when orders.order_id is not null then 'guests'
            else 'nobody'
        end as owner_kind,
        orders.customer_id,
        adjustments.adjustment_amount
    from adjustments
    left join orders on adjustments.order_id = orders.order_id

),

booked as (

    select * from from_orders

    union all

    select
        'contact' as booked_kind, case when is_of_guest then 'guests' else owner_kind end as owner_kind, customer_id, 0 as order_count, 1 as contact_count, 0 as revenue_amount,
        0 as margin_amount, 0 as shipping_cost_amount, cost_amount as contact_cost_amount, 0 as adjustment_amount
    from from_contacts

    union all

    select
        'adjustment' as booked_kind, owner_kind, customer_id, 0 as order_count, 0 as contact_count, 0 as revenue_amount, 0 as margin_amount,
        0 as shipping_cost_amount, 0 as contact_cost_amount, adjustment_amount
    from from_adjustments

),

owners as (

    select
        owner_kind,
        customer_id,
        sum(order_count) as order_count,
        sum(contact_count) as contact_count,
        count(*) - count(case when revenue_amount is not null and margin_amount is not null then 1 end) as margin_unknown_count,
        count(*) - count(case
            when shipping_cost_amount is not null and contact_cost_amount is not null and adjustment_amount is not null then 1
        end) as cost_unknown_count,
        -- Where nothing of a kind is known but what is 0 anyway (nothing shipped, a cancelled order's margin) the sum is not
        -- known; where there is nothing of it, it is 0.
        {% for column, kind in [
            ('revenue', 'order'), ('margin', 'order'), ('shipping_cost', 'order'), ('contact_cost', 'contact'),
            ('adjustment', 'adjustment'),
        ] -%}
        case
            when count(case when booked_kind = '{{ kind }}' and {{ column }}_amount <> 0 then 1 end) > 0
                or count(case when booked_kind = '{{ kind }}' and {{ column }}_amount is null then 1 end) = 0
                then cast(sum({{ column }}_amount) as numeric(28, 6))
        end as {{ column }}_amount
        {{- ',' if not loop.last }}
        {% endfor %}
    from booked
    group by owner_kind, customer_id

),

-- Unknown in one part is unknown in the net, and whoever's net is unknown stands in no decile.
netted as (

    select
        owners.*,
        case
            when margin_unknown_count + cost_unknown_count = 0
                then cast(margin_amount - shipping_cost_amount - contact_cost_amount - adjustment_amount as numeric(28, 6))
        end as net_amount
    from owners
    cross join available
    where available.is_available

),

ranked as (

    select
        owner_kind,
        customer_id,
        row_number() over (partition by owner_kind order by net_amount desc, customer_id) as net_rank,
        count(*) over (partition by owner_kind) as ranked_count
    from netted
    where net_amount is not null

),

totals as (

    select sum(net_amount) as net_total
    from netted
    where owner_kind = 'customer'

),

-- Decile 1 holds the customers with the highest net.
customers as (

    select
        netted.*,
        case
            when netted.owner_kind <> 'customer' then netted.owner_kind
            when ranked.net_rank is null then 'unknown'
            else 'decile'
        end as group_kind,
        case when netted.owner_kind = 'customer' then ranked.net_rank end as net_rank,
        case
            when netted.owner_kind = 'customer'
                then cast(floor({{ cx_warehouse.ratio('10 * (ranked.net_rank - 1)', 'ranked.ranked_count') }}) + 1 as {{ dbt.type_bigint() }})
        end as decile
    from netted
    left join ranked
        on netted.owner_kind = ranked.owner_kind
        and netted.customer_id = ranked.customer_id

),

groups as (

    select
        group_kind as row_kind,
        decile,
        {{ cx_warehouse.count_if("owner_kind = 'customer'") }} as customer_count,
        {%- for column in ['order_count', 'contact_count', 'margin_unknown_count', 'cost_unknown_count'] %}
        sum({{ column }}) as {{ column }},
        {%- endfor %}
        max(net_rank) as net_rank,
        {%- for column in amounts %}
        case when max(abs({{ column }})) > 0 or count({{ column }}) = count(*) then sum({{ column }}) end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from customers
    group by group_kind, decile

),

everybody as (

    select
        {{ cx_warehouse.count_if("owner_kind = 'customer'") }} as customer_count,
        {%- for column in ['order_count', 'contact_count', 'margin_unknown_count', 'cost_unknown_count'] %}
        sum({{ column }}) as {{ column }},
        {%- endfor %}
        {%- for column in amounts %}
        case when max(abs({{ column }})) > 0 or count({{ column }}) = count(*) then sum({{ column }}) end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from customers

),

stacked as (

    select
        'customer' as row_kind, customer_id, decile, net_rank, 1 as customer_count,
        order_count, contact_count, margin_unknown_count, cost_unknown_count,
        {{ amounts | join(', ') }}
    from customers
    where owner_kind = 'customer'

    union all

    select
        row_kind, null as customer_id, decile, net_rank, customer_count,
        order_count, contact_count, margin_unknown_count, cost_unknown_count,
        {{ amounts | join(', ') }}
    from groups

    union all

    -- The row of all is there even when nothing else is, to say why.
    select
        'all' as row_kind, null as customer_id, null as decile, null as net_rank, everybody.customer_count,
        everybody.order_count, everybody.contact_count, everybody.margin_unknown_count, everybody.cost_unknown_count,
        {% for column in amounts -%}
        everybody.{{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from everybody

),

accumulated as (

    select
        stacked.*,
        case
            when stacked.net_rank is not null
                then sum(stacked.net_amount) over (
                    partition by stacked.row_kind order by stacked.net_rank rows between unbounded preceding and current row
                )
        end as cumulative_net_amount
    from stacked

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['accumulated.row_kind', 'accumulated.customer_id', 'accumulated.decile']) }} as cost_to_serve_id,
        accumulated.row_kind,
        accumulated.customer_id,
        'Sums of what is on record; net is margin less contacts, adjustments and shipping; deciles by net' as method,
        case
            when not available.is_available or unpriced.currencies is not null then 'withheld'
            when observed.reason is not null then 'provisional'
            else 'final'
        end as status,
        case
            when not available.is_available then available.reason
            when unpriced.currencies is not null then concat('no rate in fx_rates for ', unpriced.currencies)
            when accumulated.net_amount is null and accumulated.margin_unknown_count + accumulated.cost_unknown_count > 0
                then 'a part of margin or cost is not on record'
            when accumulated.margin_unknown_count + accumulated.cost_unknown_count > 0
                then 'net is without those of whom a part of margin or cost is not on record'
            else observed.reason
        end as reason,
        accumulated.decile,
        accumulated.net_rank,
        accumulated.customer_count,
        accumulated.order_count,
        accumulated.contact_count,
        accumulated.margin_unknown_count,
        accumulated.cost_unknown_count,
        {% for column in amounts + ['cumulative_net_amount'] -%}
        case when unpriced.currencies is null then cast(accumulated.{{ column }} as numeric(28, 6)) end as {{ column }},
        {% endfor -%}
        -- More than 1 is what makes the curve a whale: some customers take back what others bring.
        case
            when unpriced.currencies is null and totals.net_total > 0
                then {{ cx_warehouse.ratio('accumulated.cumulative_net_amount', 'totals.net_total') }}
        end as cumulative_net_rate
    from accumulated
    cross join available
    cross join unpriced
    cross join observed
    cross join totals

)

select
    cost_to_serve_id,
    row_kind,
    customer_id,
    method,
    status,
    reason,
    cast(decile as {{ dbt.type_bigint() }}) as decile,
    cast(net_rank as {{ dbt.type_bigint() }}) as net_rank,
    cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
    cast(order_count as {{ dbt.type_bigint() }}) as order_count,
    cast(contact_count as {{ dbt.type_bigint() }}) as contact_count,
    cast(margin_unknown_count as {{ dbt.type_bigint() }}) as margin_unknown_count,
    cast(cost_unknown_count as {{ dbt.type_bigint() }}) as cost_unknown_count,
    cumulative_net_rate,
    {%- for column in amounts + ['cumulative_net_amount'] %}
    {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from final
