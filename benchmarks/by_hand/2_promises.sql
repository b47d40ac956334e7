-- Promises to deliver, first versions: month × segment × region × service level with all roll-ups.

create table mart_promise_reliability as
with months as (
    select
        fct_orders.*,
        month_of(coalesce(first_due_date, ordered_at)) as due_month,
        is_due_passed and outcome in ('exceeded', 'met', 'missed') as is_due
    from fct_orders
),
periods as (
    select distinct due_month, due_month as month from months where due_month <= month_of(timestamp '{as_of}')
    union all
    select distinct due_month, 'all' from months
    union all
    -- The last twelve that have ended.
    select distinct due_month, 'last_12_months' from months
    where due_month < month_of(timestamp '{as_of}') and due_month >= month_of(timestamp '{as_of}' - interval 12 month)
),
counted as (
    select
        due_month, segment, region, service_level,
        count(*) filter (is_due) as due_count,
        count(*) filter (is_due and outcome <> 'missed') as kept_count,
        count(*) filter (outcome = 'open') as open_count,
        count(*) filter (outcome = 'unknown') as unknown_count,
        count(*) filter (outcome = 'excluded') as excluded_count
    from months
    group by all
),
rolled_up as (
    select
        month, coalesce(segment, 'all') as segment, coalesce(region, 'all') as region,
        coalesce(service_level, 'all') as service_level, sum(columns('_count$'))
    from counted inner join periods using (due_month)
    group by month, cube (counted.segment, counted.region, counted.service_level)
),
-- Gaps are whole days, so that counting each length tells the quantiles without sorting the orders.
lengths as (
    select due_month, segment, region, service_level, gap_days, count(*) as n
    from months where is_due and gap_days is not null
    group by all
),
ranked as (
    select *, sum(n) over (partition by month, segment, region, service_level order by gap_days) as up_to,
        sum(n) over (partition by month, segment, region, service_level) as delivered_count
    from (
        select
            month, coalesce(segment, 'all') as segment, coalesce(region, 'all') as region,
            coalesce(service_level, 'all') as service_level, gap_days, sum(n) as n
        from lengths inner join periods using (due_month)
        group by month, gap_days, cube (lengths.segment, lengths.region, lengths.service_level)
    )
),
gaps as (
    select
        month, segment, region, service_level, any_value(delivered_count) as delivered_count,
        sum(n * gap_days) / any_value(delivered_count) as gap_days_mean,
        min(gap_days) filter (up_to > floor(0.05 * (delivered_count - 1))) as p5_below,
        min(gap_days) filter (up_to > ceil(0.05 * (delivered_count - 1))) as p5_above,
        min(gap_days) filter (up_to > floor(0.5 * (delivered_count - 1))) as p50_below,
        min(gap_days) filter (up_to > ceil(0.5 * (delivered_count - 1))) as p50_above
    from ranked
    group by month, segment, region, service_level
)
select
    month, segment, region, service_level, due_count, kept_count, open_count, unknown_count, excluded_count,
    case when due_count >= 30 then kept_count / due_count end as kept_rate,
    wilson_low(kept_count, due_count) as kept_rate_low, wilson_high(kept_count, due_count) as kept_rate_high,
    case when delivered_count >= 30 then gap_days_mean end as gap_days_mean,
    -- Between two orders as far as the rank lies between theirs.
    case when delivered_count >= 30 then p5_below + (0.05 * (delivered_count - 1)) % 1 * (p5_above - p5_below) end as gap_days_p5,
    case when delivered_count >= 30 then p50_below + (0.5 * (delivered_count - 1)) % 1 * (p50_above - p50_below) end as gap_days_p50
from rolled_up left join gaps using (month, segment, region, service_level);
