-- The limit: three published tables straight from the landed files, without layers, checks or lineage. It knows the sample
-- (one kind of promise, one currency, no business clock, every feed present) and nothing else.
-- {landing}: folder of Parquet files, every field text. {as_of}: where time stops.

create macro utc(field) as cast(cast(nullif(field, '') as timestamptz) as timestamp);
-- Nothing that happens after as_of is known.
create macro happened(field) as case when utc(field) <= timestamp '{as_of}' then utc(field) end;
create macro local_date(moment, zone) as cast(moment at time zone 'UTC' at time zone zone as date);

create table customers as
select customer_id, nullif(segment, '') as segment, nullif(region, '') as region, coalesce(nullif(timezone, ''), 'UTC') as timezone
from read_parquet('{landing}/crm/customers/*.parquet')
where nullif(customer_id, '') is not null
qualify row_number() over (partition by customer_id order by utc(updated_at) desc nulls last) = 1
    and (utc(deleted_at) > timestamp '{as_of}' or utc(deleted_at) is null);

create table known_ids as
select customer_id as known_id, customer_id from customers
union all
select identities.tool_customer_id, min(identities.customer_id)
from read_parquet('{landing}/crm/customer_identities/*.parquet') as identities
anti join customers on identities.tool_customer_id = customers.customer_id
group by identities.tool_customer_id
having min(identities.customer_id) = max(identities.customer_id);

create table orders_in_force as
select
    orders.order_id,
    coalesce(known_ids.customer_id, orders.customer_id) as customer_id,
    orders.region, orders.service_level, orders.amount, orders.status, orders.cancelled_by, orders.ordered_at
from (
    select
        order_id, nullif(customer_id, '') as customer_id, nullif(region, '') as region,
        nullif(service_level, '') as service_level, try_cast(amount as decimal(28, 6)) as amount, lower(status) as status,
        nullif(lower(cancelled_by), '') as cancelled_by, utc(ordered_at) as ordered_at, utc(deleted_at) as deleted_at
    from read_parquet('{landing}/fulfilment/orders/*.parquet')
    where nullif(order_id, '') is not null and try_cast(amount as decimal(28, 6)) is not null and utc(ordered_at) is not null
        and lower(status) in ('placed', 'shipped', 'delivered', 'cancelled', 'returned')
    qualify row_number() over (
        partition by order_id
        order by utc(updated_at) > timestamp '{as_of}', utc(updated_at) desc
    ) = 1
) as orders
left join known_ids on orders.customer_id = known_ids.known_id
where (orders.deleted_at > timestamp '{as_of}' or orders.deleted_at is null) and orders.ordered_at <= timestamp '{as_of}';

create table deliveries as
select
    order_id,
    max(shipped_at) as shipped_at,
    case when count(*) = count(delivered_at) then max(delivered_at) end as delivered_at
from (
    select order_id, happened(shipped_at) as shipped_at, happened(delivered_at) as delivered_at, deleted_at
    from read_parquet('{landing}/fulfilment/shipments/*.parquet')
    qualify row_number() over (
        partition by shipment_id order by utc(updated_at) > timestamp '{as_of}', utc(updated_at) desc
    ) = 1
) as shipments
where utc(deleted_at) > timestamp '{as_of}' or utc(deleted_at) is null
group by order_id;

create table promises as
select
    order_id, made_at, due_date,
    row_number() over (partition by order_id order by made_at, promise_id) as version_number,
    count(*) over (partition by order_id) as version_count
from (
    select promise_id, order_id, utc(made_at) as made_at, cast(promised_by as date) as due_date, deleted_at
    from read_parquet('{landing}/fulfilment/promises/*.parquet')
    qualify row_number() over (
        partition by promise_id order by utc(updated_at) > timestamp '{as_of}', utc(updated_at) desc
    ) = 1
) as versions
where made_at <= timestamp '{as_of}' and (utc(deleted_at) > timestamp '{as_of}' or utc(deleted_at) is null);

-- 1. One row per order.
create table fct_orders as
with judged as (
    select
        orders.*,
        coalesce(customers.segment, 'unknown') as known_segment,
        coalesce(orders.region, customers.region, 'unknown') as known_region,
        deliveries.delivered_at,
        promises.due_date,
        cast(promises.due_date + 1 as timestamp) at time zone coalesce(customers.timezone, 'UTC') at time zone 'UTC' as due_at,
        cast(promises.due_date - local_date(deliveries.delivered_at, coalesce(customers.timezone, 'UTC')) as double) as gap_days
    from orders_in_force as orders
    left join customers on orders.customer_id = customers.customer_id
    left join deliveries on orders.order_id = deliveries.order_id
    left join promises on orders.order_id = promises.order_id and promises.version_number = 1
)
select
    order_id, customer_id, known_segment as segment, known_region as region, coalesce(service_level, 'unknown') as service_level,
    case
        when due_date is null then 'unknown'
        when status = 'cancelled' and cancelled_by = 'customer' then 'excluded'
        when status = 'cancelled' and cancelled_by = 'firm' then 'missed'
        when status = 'cancelled' then 'unknown'
        when due_at > timestamp '{as_of}' then 'open'
        when gap_days >= 1 then 'exceeded'
        when gap_days >= 0 then 'met'
        else 'missed'
    end as outcome,
    case when customer_id is not null then row_number() over (partition by customer_id order by ordered_at, order_id) end as order_number,
    gap_days, amount, due_date as first_due_date, ordered_at, delivered_at,
    case when customer_id is not null then lead(ordered_at) over (partition by customer_id order by ordered_at, order_id) end as next_order_at,
    coalesce(due_at <= timestamp '{as_of}', false) as is_due_passed
from judged;

-- 2. Promises to deliver, first versions: month × segment × region × service level with all roll-ups.
create table mart_promise_reliability as
with months as (
    select
        fct_orders.*,
        coalesce(strftime(first_due_date, '%Y-%m'), strftime(ordered_at, '%Y-%m')) as due_month,
        is_due_passed and outcome in ('exceeded', 'met', 'missed') as is_due
    from fct_orders
),
counted as (
    -- Counts of the finest cells add up; only the quantiles need the rows.
    select
        due_month, segment, region, service_level,
        count(*) filter (is_due) as due_count,
        count(*) filter (is_due and outcome <> 'missed') as kept_count,
        count(*) filter (outcome = 'open') as open_count,
        count(*) filter (outcome = 'unknown') as unknown_count,
        count(*) filter (outcome = 'excluded') as excluded_count,
        count(gap_days) filter (is_due) as delivered_count,
        sum(cast(gap_days as decimal(38, 10))) filter (is_due) as gap_days_sum
    from months
    group by all
),
periods as (
    select distinct due_month, due_month as month from months where due_month <= strftime(timestamp '{as_of}', '%Y-%m')
    union all
    select distinct due_month, 'all' from months
    union all
    -- The last twelve that have ended.
    select distinct due_month, 'last_12_months' from months
    where due_month < strftime(timestamp '{as_of}' + interval 1 second, '%Y-%m')
        and due_month >= strftime(date_trunc('month', timestamp '{as_of}' + interval 1 second) - interval 12 month, '%Y-%m')
),
rolled_up as (
    select
        month, coalesce(segment, 'all') as segment, coalesce(region, 'all') as region,
        coalesce(service_level, 'all') as service_level,
        cast(sum(due_count) as bigint) as due_count, cast(sum(kept_count) as bigint) as kept_count,
        cast(sum(open_count) as bigint) as open_count, cast(sum(unknown_count) as bigint) as unknown_count,
        cast(sum(excluded_count) as bigint) as excluded_count, cast(sum(delivered_count) as bigint) as delivered_count,
        cast(sum(gap_days_sum) as double) as gap_days_sum
    from counted inner join periods using (due_month)
    group by month, cube (segment, region, service_level)
),
medians as (
    select
        month, coalesce(segment, 'all') as segment, coalesce(region, 'all') as region,
        coalesce(service_level, 'all') as service_level,
        quantile_cont(gap_days, [0.05, 0.5]) filter (is_due) as gap_days_quantiles
    from months inner join periods using (due_month)
    group by month, cube (segment, region, service_level)
)
select
    month, segment, region, service_level, due_count, kept_count, open_count, unknown_count, excluded_count,
    case when due_count >= 30 then kept_count / due_count end as kept_rate,
    case when due_count >= 5 then (kept_count + 1.9207294103470926) / (due_count + 3.841458820694185)
        - 1.959963984540054 * sqrt(kept_count * (due_count - kept_count) / due_count + 0.9603647051735463) / (due_count + 3.841458820694185) end as kept_rate_low,
    case when due_count >= 5 then (kept_count + 1.9207294103470926) / (due_count + 3.841458820694185)
        + 1.959963984540054 * sqrt(kept_count * (due_count - kept_count) / due_count + 0.9603647051735463) / (due_count + 3.841458820694185) end as kept_rate_high,
    case when delivered_count >= 30 then gap_days_sum / delivered_count end as gap_days_mean,
    case when delivered_count >= 30 then gap_days_quantiles[1] end as gap_days_p5,
    case when delivered_count >= 30 then gap_days_quantiles[2] end as gap_days_p50
from rolled_up inner join medians using (month, segment, region, service_level);
