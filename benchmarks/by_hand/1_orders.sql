-- What every part reads, and one row per order: the promise that it was placed on, judged.
-- It knows the sample and nothing else: every feed present, one currency, one kind of promise about orders, no event after as_of.
-- {landing}: folder of Parquet files, every field text. {reference}: the project's own lists. {as_of}: the last event.

set preserve_insertion_order = false;

-- Wilson's interval of a share, from 5 observations on.
create temp macro wilson_low(k, n) as case when n >= 5 then greatest(0, (k + 1.9207294103470926) / (n + 3.841458820694185)
    - 1.959963984540054 * sqrt(k * (n - k) / n + 0.9603647051735463) / (n + 3.841458820694185)) end;
create temp macro wilson_high(k, n) as case when n >= 5 then least(1, (k + 1.9207294103470926) / (n + 3.841458820694185)
    + 1.959963984540054 * sqrt(k * (n - k) / n + 0.9603647051735463) / (n + 3.841458820694185)) end;
create temp macro days_between(earlier, later) as epoch_us(later - earlier) / 86400e6;
create temp macro month_of(moment) as strftime(moment, '%Y-%m');

create temp table customers as
select customer_id, segment, region, timezone
from read_parquet('{landing}/crm/customers/*.parquet')
qualify row_number() over (partition by customer_id order by cast(updated_at as timestamp) desc) = 1 and deleted_at is null;

-- Under which ids the tools know them.
create temp table known_ids as
select customer_id as known_id, customer_id from customers
union all
select tool_customer_id, min(customer_id)
from read_parquet('{landing}/crm/customer_identities/*.parquet')
where tool_customer_id not in (select customer_id from customers)
group by tool_customer_id
having min(customer_id) = max(customer_id);

create temp table orders as
select
    orders.* exclude (customer_id),
    coalesce(known_ids.customer_id, orders.customer_id) as customer_id,
    coalesce(customers.segment, 'unknown') as known_segment,
    coalesce(orders.region, customers.region, 'unknown') as known_region,
    coalesce(customers.timezone, 'UTC') as timezone
from (
    select
        order_id, customer_id, region, service_level, status, cancelled_by,
        cast(ordered_at as timestamp) as ordered_at, cast(cancelled_at as timestamp) as cancelled_at,
        cast(amount as decimal(18, 6)) as amount,
        cast(amount as decimal(18, 6)) - cast(cost_of_goods_amount as decimal(18, 6)) as margin_amount,
        deleted_at
    from read_parquet('{landing}/fulfilment/orders/*.parquet')
    qualify row_number() over (partition by order_id order by cast(updated_at as timestamp) desc) = 1
) as orders
left join known_ids on orders.customer_id = known_ids.known_id
left join customers on known_ids.customer_id = customers.customer_id
where orders.deleted_at is null;

create temp table shipments as
select
    shipment_id, order_id, cast(shipped_at as timestamp) as shipped_at, cast(delivered_at as timestamp) as delivered_at,
    cast(shipping_cost_amount as decimal(18, 6)) as shipping_cost_amount
from read_parquet('{landing}/fulfilment/shipments/*.parquet')
qualify row_number() over (partition by shipment_id order by cast(updated_at as timestamp) desc) = 1 and deleted_at is null;

create temp table promises as
select promise_id, order_id, cast(made_at as timestamp) as made_at, cast(promised_by as date) as due_date
from read_parquet('{landing}/fulfilment/promises/*.parquet')
qualify row_number() over (partition by promise_id order by cast(updated_at as timestamp) desc) = 1 and deleted_at is null;

create temp table first_promises as
from promises qualify row_number() over (partition by order_id order by made_at, promise_id) = 1;

-- When each day begins and ends where customers are: worked out once for a day, not for every row on it.
create temp table calendar as
select
    timezone, day,
    -- On the Azores a midnight comes twice in autumn: the hour before it does not, and a date ends with the first.
    timezone('UTC', timezone(timezone, cast(day as timestamp) - interval 1 hour)) + interval 1 hour as begins_at,
    timezone('UTC', timezone(timezone, cast(day + 1 as timestamp) - interval 1 hour)) + interval 1 hour as ends_at
from (
    select cast(unnest(generate_series(
        min(ordered_at) - interval 2 day, timestamp '{as_of}' + interval 90 day, interval 1 day
    )) as date) as day
    from orders
)
cross join (select timezone from customers union select 'UTC');
-- The day of a moment, by the row of the calendar that has its name in UTC.
create temp macro local_day(moment, calendar) as
    calendar.day + case when moment < calendar.begins_at then -1 when moment >= calendar.ends_at then 1 else 0 end;

create table fct_orders as
with deliveries as (
    select
        order_id, max(shipped_at) as shipped_at,
        case when count(*) = count(delivered_at) then max(delivered_at) end as delivered_at,
        case when count(*) = count(shipping_cost_amount) then sum(shipping_cost_amount) end as shipping_cost_amount
    from shipments
    group by order_id
),
judged as (
    select
        orders.*, deliveries.* exclude (order_id), first_promises.due_date, due.ends_at as due_at,
        due.ends_at <= timestamp '{as_of}' as is_past,
        case when deliveries.order_id is null then 0 else deliveries.shipping_cost_amount end as shipping_amount,
        first_promises.due_date - local_day(deliveries.delivered_at, arrived) as gap_days
    from orders
    left join deliveries using (order_id)
    left join first_promises using (order_id)
    left join calendar as due on orders.timezone = due.timezone and first_promises.due_date = due.day
    left join calendar as arrived on orders.timezone = arrived.timezone and cast(deliveries.delivered_at as date) = arrived.day
)
select
    order_id, customer_id, known_segment as segment, known_region as region,
    coalesce(service_level, 'unknown') as service_level, status,
    case
        when due_date is null then 'unknown'
        when status = 'cancelled' and cancelled_by = 'customer' then 'excluded'
        when status = 'cancelled' and cancelled_by = 'firm' then 'missed'
        when status = 'cancelled' then 'unknown'
        when not is_past then 'open'
        when gap_days >= 1 then 'exceeded'
        when gap_days >= 0 then 'met'
        else 'missed'
    end as outcome,
    case when customer_id is not null then row_number() over one_after_another end as order_number,
    cast(gap_days as double) as gap_days, amount, margin_amount, shipping_amount as shipping_cost_amount,
    coalesce(is_past, false) as is_due_passed, due_date as first_due_date, ordered_at, shipped_at, delivered_at, cancelled_at,
    coalesce(delivered_at, case when is_past then due_at end) as landmark_at,
    case when customer_id is not null then lead(ordered_at) over one_after_another end as next_order_at
from judged
window one_after_another as (partition by customer_id order by ordered_at, order_id);
