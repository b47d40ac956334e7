-- What each customer brings after serving them, in deciles, and the curve that a page draws of it.

create table fct_adjustments as
select
    adjustment_id, adjustments.order_id, contact_id, customer_id, kind, reason, adjustment_amount,
    adjustments.order_id is not null and orders.order_id is null as is_orphan, adjusted_at
from adjustments left join orders using (order_id);

create table mart_cost_to_serve as
with booked as (
    select
        case when customer_id is null then 'guests' else 'customer' end as owner_kind, customer_id, 1 as order_count,
        case when status = 'cancelled' then 0 else amount end as revenue_amount,
        case when status = 'cancelled' then 0 else margin_amount end as margin_amount,
        shipping_cost_amount
    from fct_orders
    union all by name
    -- A contact goes with the order that it names, whoever made it.
    select
        case
            when if(orders.order_id is null, contacts.customer_id, orders.customer_id) is not null then 'customer'
            when orders.order_id is not null then 'guests'
            else 'nobody'
        end as owner_kind,
        if(orders.order_id is null, contacts.customer_id, orders.customer_id) as customer_id, 1 as contact_count, contacts.cost_amount as contact_cost_amount
    from contacts left join orders on contacts.order_id = orders.order_id
    union all by name
    select
        case when orders.order_id is null then 'nobody' when orders.customer_id is null then 'guests' else 'customer' end as owner_kind,
        orders.customer_id, 1 as adjustment_count, adjustment_amount
    from adjustments left join orders using (order_id)
),
owners as (
    select
        owner_kind, customer_id, count(order_count) as order_count, count(contact_count) as contact_count,
        count(order_count) - count(margin_amount) as margin_unknown_count,
        count(order_count) - count(shipping_cost_amount) + count(contact_count) - count(contact_cost_amount)
            + count(adjustment_count) - count(adjustment_amount) as cost_unknown_count,
        -- Nothing to book is 0, nothing on record of what there was is not known.
        coalesce(sum(revenue_amount), if(count(order_count) = 0, 0, null)) as revenue_amount,
        coalesce(sum(margin_amount), if(count(order_count) = 0, 0, null)) as margin_amount,
        coalesce(sum(shipping_cost_amount), if(count(order_count) = 0, 0, null)) as shipping_cost_amount,
        coalesce(sum(contact_cost_amount), if(count(contact_count) = 0, 0, null)) as contact_cost_amount,
        coalesce(sum(adjustment_amount), if(count(adjustment_count) = 0, 0, null)) as adjustment_amount
    from booked group by owner_kind, customer_id
),
netted as (
    select *, case when margin_unknown_count + cost_unknown_count = 0
        then margin_amount - shipping_cost_amount - contact_cost_amount - adjustment_amount end as net_amount
    from owners
),
ranked as (
    select
        *, case when owner_kind = 'customer' and net_amount is not null
            then row_number() over (partition by owner_kind, net_amount is null order by net_amount desc, customer_id)
        end as net_rank,
        10 * (net_rank - 1) // count(*) over (partition by owner_kind, net_amount is null) + 1 as decile
    from netted
),
stacked as (
    select 'customer' as row_kind, * exclude (owner_kind), 1 as customer_count from ranked where owner_kind = 'customer'
    union all by name
    select
        case when owner_kind <> 'customer' then owner_kind when decile is null then 'unknown' else 'decile' end as row_kind,
        decile, max(net_rank) as net_rank, count(*) filter (owner_kind = 'customer') as customer_count, sum(columns('_(count|amount)$'))
    from ranked group by row_kind, decile
    union all by name
    select 'all' as row_kind, count(*) filter (owner_kind = 'customer') as customer_count, sum(columns('_(count|amount)$'))
    from ranked
)
select
    *,
    case when net_rank is not null then sum(net_amount) over (partition by row_kind order by net_rank) end
        as cumulative_net_amount,
    cast(cumulative_net_amount as double) / (select sum(net_amount) from ranked where owner_kind = 'customer') as cumulative_net_rate
from stacked;

create table mart_whale_curve as
with percentiles as (
    select percentile, cast(ceil(percentile * customers / 100) as bigint) as customer_count
    from range(101) as percentiles (percentile)
    cross join (select count(net_rank) as customers from mart_cost_to_serve where row_kind = 'customer')
)
select
    percentile, percentiles.customer_count,
    -- The customers of a percentile that holds fewer than 5 could be told apart.
    case
        when percentiles.customer_count = 0 then 0 when percentiles.customer_count >= 5 then cumulative_net_amount
    end as cumulative_net_amount,
    case
        when percentiles.customer_count = 0 then 0 when percentiles.customer_count >= 5 then cumulative_net_rate
    end as cumulative_net_rate
from percentiles
left join mart_cost_to_serve on row_kind = 'customer' and net_rank = percentiles.customer_count;
