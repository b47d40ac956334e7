-- Who orders again: cohorts by month of the first order, and the time to the next order after a kept or missed promise.

create table mart_retention_cohorts as
with last_month as (
    select max(month_of(greatest(ordered_at, cancelled_at))) as last_month from orders
),
numbered as (
    select period_month, row_number() over (order by period_month) as month_number
    from months cross join last_month
    where period_month <= last_month
),
placed as (
    select
        customer_id, month_of(min(ordered_at) over (partition by customer_id)) as acquired, month_of(ordered_at) as lived,
        case when status <> 'cancelled' then amount else 0 end as revenue_amount,
        case when status <> 'cancelled' then margin_amount else 0 end as margin_amount
    from fct_orders where customer_id is not null
),
active as (
    select
        acquired, lived, count(distinct customer_id) as retained_count,
        sum(revenue_amount) as revenue_amount, sum(margin_amount) as margin_amount,
        count(*) - count(revenue_amount) as revenue_unknown_count, count(*) - count(margin_amount) as margin_unknown_count
    from placed group by all
),
cells as (
    select
        acquired.period_month as acquisition_month, lived.month_number - acquired.month_number as months_since,
        lived.period_month = last_month as is_running,
        coalesce(cohorts.retained_count, 0) as eligible_count,
        coalesce(columns(active.* exclude (acquired, lived)), 0)
    from numbered as acquired
    inner join numbered as lived on acquired.month_number <= lived.month_number
    cross join last_month
    left join active as cohorts on acquired.period_month = cohorts.acquired and cohorts.acquired = cohorts.lived
    left join active on acquired.period_month = active.acquired and lived.period_month = active.lived
),
rolled_up as (
    select acquisition_month, months_since, is_running, columns('_(count|amount)$') from cells
    union all
    select 'all', months_since, false, sum(columns('_(count|amount)$')) from cells where not is_running group by months_since
)
select
    acquisition_month, months_since, eligible_count, retained_count,
    case when eligible_count >= 30 then retained_count / eligible_count end as retained_rate,
    wilson_low(retained_count, eligible_count) as retained_rate_low,
    wilson_high(retained_count, eligible_count) as retained_rate_high,
    case when (retained_count = 0 or retained_count >= 5) and revenue_unknown_count = 0 then revenue_amount end as revenue_amount,
    case when (retained_count = 0 or retained_count >= 5) and margin_unknown_count = 0 then margin_amount end as margin_amount
from rolled_up;

-- Kaplan and Meier's share who have not ordered again, with Greenwood's band of log(−log), on days on which 10 are followed.
create table mart_survival_curves as
with followed as (
    select
        case when outcome in ('exceeded', 'met') then 'kept' else outcome end as outcome, segment,
        coalesce(next_order_at < landmark_at, false) as is_before, coalesce(next_order_at >= landmark_at, false) as is_event,
        case when not is_before then days_between(landmark_at, coalesce(next_order_at, followed_until)) end as passed_days
    from fct_orders cross join (select max(greatest(ordered_at, cancelled_at)) as followed_until from orders)
    where order_number = 1 and outcome not in ('open', 'excluded') and (followed_until >= landmark_at or is_before)
),
counted as (
    select
        coalesce(outcome, 'all') as outcome, coalesce(segment, 'all') as segment, count(passed_days) as customer_count,
        count(*) filter (is_event) as reordered_count, count(*) filter (is_before) as reordered_before_count
    from followed group by cube (followed.outcome, followed.segment)
),
leavings as (
    select *, sum(leaving) over (partition by outcome, segment order by passed_days desc) as at_risk
    from (
        select
            coalesce(outcome, 'all') as outcome, coalesce(segment, 'all') as segment, passed_days,
            count(*) as leaving, count(*) filter (is_event) as events
        from followed
        where passed_days is not null
        group by passed_days, cube (followed.outcome, followed.segment)
    )
),
by_day as (
    select
        outcome, segment, cast(ceil(passed_days) as bigint) as day, sum(leaving) as leaving,
        sum(leaving) filter (passed_days = ceil(passed_days)) as on_the_dot, bool_or(events = at_risk) as is_last,
        sum(case when events < at_risk then ln((at_risk - events) / at_risk) end) as log_step,
        sum(events / (cast(at_risk as double) * (at_risk - events))) filter (events < at_risk) as variance_step
    from leavings group by all
),
curves as (
    select
        counted.*, days.day, customer_count - coalesce(sum(leaving) over so_far, 0) + coalesce(on_the_dot, 0) as at_risk_count,
        coalesce(bool_or(is_last) over so_far, false) as is_over,
        coalesce(sum(log_step) over so_far, 0) as log_survival,
        1.959963984540054 * sqrt(sum(variance_step) over so_far) / abs(log_survival) as width
    from counted
    cross join (
        select unnest(range(datediff('day', min(cast(period_month || '-01' as date)), last_day(date '{as_of}') + 1))) as day
        from months
    ) as days
    left join by_day using (outcome, segment, day)
    window so_far as (partition by outcome, segment order by day)
),
compared as (
    select
        segment,
        (sum(missed_events) - sum(missed_at_risk * events / at_risk)) ** 2 / sum(
            events * (at_risk - events) * missed_at_risk * (at_risk - missed_at_risk) / (at_risk * at_risk * (at_risk - 1))
        ) filter (at_risk > 1) as log_rank_chi_square
    from (
        select
            segment, events, missed_events,
            cast(sum(leaving) over still as double) as at_risk, cast(sum(missed_leaving) over still as double) as missed_at_risk
        from (
            select
                coalesce(segment, 'all') as segment, passed_days,
                count(*) as leaving, count(*) filter (outcome = 'missed') as missed_leaving,
                count(*) filter (is_event) as events, count(*) filter (is_event and outcome = 'missed') as missed_events
            from followed
            where passed_days is not null and outcome in ('kept', 'missed')
            group by passed_days, rollup (followed.segment)
        )
        window still as (partition by segment order by passed_days desc)
    )
    where segment in (
        select segment from counted
        where outcome in ('kept', 'missed') and customer_count >= 30
        group by segment having count(*) = 2
    )
    group by segment
)
select
    outcome, segment, day, customer_count, reordered_count, reordered_before_count, at_risk_count,
    case when customer_count >= 30 then case when is_over then 0 else exp(log_survival) end end as survival_rate,
    case when customer_count >= 5 and not is_over and log_survival < 0 then exp(log_survival * exp(width)) end as survival_rate_low,
    case when customer_count >= 5 and not is_over and log_survival < 0 then exp(log_survival * exp(-width)) end as survival_rate_high,
    case when outcome in ('kept', 'missed') then log_rank_chi_square end as log_rank_chi_square
from curves left join compared using (segment)
where day = 0 or at_risk_count >= 10;
