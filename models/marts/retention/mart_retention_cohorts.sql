-- Grain: one row per month of the first order × months since; acquisition month `all` rolls up the cohorts whose month is over.
-- Everybody in a cohort is eligible in every later month, so a month without any order of theirs is a rate of 0, and is there.
with

orders as (

    select
        order_id,
        customer_id,
        order_number,
        status,
        amount,
        margin_amount,
        {{ cx_warehouse.period_month('ordered_at') }} as period_month
    from {{ ref('int_orders_judged') }}
    where customer_id is not null

),

sources as (

    select
        {{ cx_warehouse.is_present('fulfilment.orders') }} as has_orders,
        -- The month in which the feed of orders ends has not been seen whole.
        {{ cx_warehouse.period_month(cx_warehouse.observed_until('fulfilment.orders')) }} as last_month

),

months as (

    select
        month as period_month,
        is_running,
        month_start_date,
        row_number() over (order by month_start_date) as month_number
    from {{ ref('int_reporting_periods') }}
    where month_start_date is not null

),

cohorts as (

    select period_month as acquisition_month, count(*) as customer_count
    from orders
    where order_number = 1
    group by period_month

),

customers as (

    select customer_id, period_month as acquisition_month from orders where order_number = 1

),

active as (

    select
        customers.acquisition_month,
        orders.period_month,
        count(distinct orders.customer_id) as retained_count,
        -- What was cancelled was never earned.
        sum(case when orders.status <> 'cancelled' then orders.amount else 0 end) as known_amount,
        sum(case when orders.status <> 'cancelled' then orders.margin_amount else 0 end) as known_margin_amount,
        {{ cx_warehouse.count_if("orders.status <> 'cancelled' and orders.amount is null") }} as amount_unknown_count,
        {{ cx_warehouse.count_if("orders.status <> 'cancelled' and orders.margin_amount is null") }} as margin_unknown_count
    from orders
    inner join customers on orders.customer_id = customers.customer_id
    group by customers.acquisition_month, orders.period_month

),

counted as (

    select
        acquired.period_month as acquisition_month,
        acquired.month_start_date as acquisition_month_start_date,
        lived.month_number - acquired.month_number as month_count,
        lived.period_month = sources.last_month as is_running,
        coalesce(lived.is_running, false) as is_in_progress,
        coalesce(cohorts.customer_count, 0) as eligible_count,
        coalesce(active.retained_count, 0) as retained_count,
        coalesce(active.known_amount, cast(0 as numeric(28, 6))) as known_amount,
        coalesce(active.known_margin_amount, cast(0 as numeric(28, 6))) as known_margin_amount,
        coalesce(active.amount_unknown_count, 0) as amount_unknown_count,
        coalesce(active.margin_unknown_count, 0) as margin_unknown_count
    from sources
    inner join months as acquired on sources.has_orders
    inner join months as lived
        on acquired.month_number <= lived.month_number and lived.period_month <= sources.last_month
    left join cohorts on acquired.period_month = cohorts.acquisition_month
    left join active
        on acquired.period_month = active.acquisition_month and lived.period_month = active.period_month

),

rolled_up as (

    select
        'all' as acquisition_month,
        cast(null as date) as acquisition_month_start_date,
        month_count,
        false as is_running,
        false as is_in_progress,
        sum(eligible_count) as eligible_count,
        sum(retained_count) as retained_count,
        sum(known_amount) as known_amount,
        sum(known_margin_amount) as known_margin_amount,
        sum(amount_unknown_count) as amount_unknown_count,
        sum(margin_unknown_count) as margin_unknown_count
    from counted
    where not is_running
    group by month_count

),

-- Without orders, or before a first month is over, one row says why there is nothing.
nothing as (

    select
        'all' as acquisition_month,
        cast(null as date) as acquisition_month_start_date,
        0 as month_count,
        false as is_running,
        false as is_in_progress,
        cast(case when has_orders then 0 end as {{ dbt.type_bigint() }}) as eligible_count,
        cast(case when has_orders then 0 end as {{ dbt.type_bigint() }}) as retained_count,
        cast(null as numeric(28, 6)) as known_amount,
        cast(null as numeric(28, 6)) as known_margin_amount,
        cast(null as {{ dbt.type_bigint() }}) as amount_unknown_count,
        cast(null as {{ dbt.type_bigint() }}) as margin_unknown_count
    from sources
    where not exists (select 1 from rolled_up)

),

cells as (

    select * from counted
    union all
    select * from rolled_up
    union all
    select * from nothing

),

estimated as (

    select
        cells.*,
        {{ cx_warehouse.retention_rate('retained_count', 'eligible_count') }} as retained_rate,
        {{ cx_warehouse.wilson_low('retained_count', 'eligible_count') }} as retained_rate_low,
        {{ cx_warehouse.wilson_high('retained_count', 'eligible_count') }} as retained_rate_high,
        -- The orders of a handful of customers are theirs to know.
        retained_count = 0 or retained_count >= {{ cx_warehouse.fewest_for_interval() }} as is_amount_shown,
        case when not sources.has_orders then 'source fulfilment.orders is absent' end as withheld_reason
    from cells
    cross join sources

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['acquisition_month', 'month_count']) }} as retention_cohort_id,
        acquisition_month,
        'Wilson, 95 %; each customer is in one cohort' as method,
        {{ cx_warehouse.estimate_status('eligible_count', 'is_running') }} as status,
        coalesce(
            withheld_reason,
            {{ cx_warehouse.estimate_reason('eligible_count') }},
            case
                when is_in_progress then 'the month is still running'
                when is_running then 'orders on record end in this month'
            end
        ) as reason,
        cast(month_count as {{ dbt.type_bigint() }}) as months_since,
        cast(eligible_count as {{ dbt.type_bigint() }}) as eligible_count,
        cast(retained_count as {{ dbt.type_bigint() }}) as retained_count,
        cast(amount_unknown_count as {{ dbt.type_bigint() }}) as amount_unknown_count,
        cast(margin_unknown_count as {{ dbt.type_bigint() }}) as margin_unknown_count,
        {{ cx_warehouse.point('retained_rate', 'eligible_count') }} as retained_rate,
        {{ cx_warehouse.bound('retained_rate_low', 'eligible_count') }} as retained_rate_low,
        {{ cx_warehouse.bound('retained_rate_high', 'eligible_count') }} as retained_rate_high,
        cast(case when is_amount_shown and amount_unknown_count = 0 then known_amount end as numeric(28, 6)) as revenue_amount,
        cast(case when is_amount_shown and margin_unknown_count = 0 then known_margin_amount end as numeric(28, 6)) as margin_amount,
        acquisition_month_start_date
    from estimated

)

select
    retention_cohort_id,
    acquisition_month,
    method,
    status,
    reason,
    months_since,
    eligible_count,
    retained_count,
    amount_unknown_count,
    margin_unknown_count,
    retained_rate,
    retained_rate_low,
    retained_rate_high,
    revenue_amount,
    margin_amount,
    acquisition_month_start_date
from final
