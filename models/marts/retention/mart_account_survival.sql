-- Grain: one row per clock × outcome × segment × day, by the week; `all` is the roll-up of segment.
-- For firms whose customers end a contract. From the account's start everybody is in one curve; from the landmark of the
-- first order those who were missed are set beside those who were not.
{%- set fewest_at_risk = 10 %}
with

accounts as (

    select * from {{ ref('int_accounts_followed') }} where outcome in ('all', 'kept', 'missed')

),

-- Accounts may be older than anything else on record, so days are counted as far as the oldest has been followed.
span as (

    select
        cast('2000-01-01' as date) as first_date,
        {{ cx_warehouse.add_days("cast('2000-01-01' as date)", 'floor(coalesce(max(passed_days), 0))') }} as last_date
    from accounts

),

dates as (

    {{ cx_warehouse.days_of('first_date', 'last_date', 'span') }}

),

days as (

    select numbered.day
    from (
        select {{ cx_warehouse.dates_between('span.first_date', 'dates.date_day') }} as day
        from dates
        cross join span
    ) as numbered
    where mod(numbered.day, 7) = 0

),

sources as (

    select
        {{ cx_warehouse.is_present('crm.customers') }} as has_customers,
        {{ cx_warehouse.is_present('fulfilment.orders') }} as has_orders,
        exists (select 1 from {{ ref('int_accounts_followed') }} where clock = 'acquired' and is_churned) as has_churn

),

roll_ups as (

    select false as is_rolled_up
    union all
    select true as is_rolled_up

),

-- Where nobody is on record as having left, leaving is not recorded, and a flat curve would call everybody loyal.
rolled_up as (

    select
        accounts.clock,
        accounts.outcome,
        case when roll_ups.is_rolled_up then 'all' else accounts.segment end as segment,
        accounts.passed_days,
        accounts.is_churned,
        accounts.is_churned_before,
        accounts.is_start_unknown,
        case accounts.outcome when 'missed' then true when 'kept' then false end as is_missed
    from accounts
    inner join sources on sources.has_churn
    cross join roll_ups

),

curves as (

    {{ cx_warehouse.kaplan_meier('rolled_up', ['clock', 'outcome', 'segment'], 'passed_days', 'is_churned') }}

),

compared as (

    {{ cx_warehouse.log_rank('rolled_up', ['clock', 'segment'], 'is_missed', 'passed_days', 'is_churned') }}

),

counted as (

    select
        clock,
        outcome,
        segment,
        count(passed_days) as customer_count,
        {{ cx_warehouse.count_if('passed_days is not null and is_churned') }} as churned_count,
        {{ cx_warehouse.count_if('is_churned_before') }} as churned_before_count,
        {{ cx_warehouse.count_if('is_start_unknown') }} as start_unknown_count
    from rolled_up
    group by clock, outcome, segment

),

comparable as (

    select compared.clock, compared.segment, compared.chi_square, compared.p_value
    from compared
    inner join counted as kept
        on compared.clock = kept.clock and compared.segment = kept.segment and kept.outcome = 'kept'
    inner join counted as missed
        on compared.clock = missed.clock and compared.segment = missed.segment and missed.outcome = 'missed'
    where least(kept.customer_count, missed.customer_count) >= {{ cx_warehouse.fewest_for_point() }}

),

on_the_day as (

    {{ cx_warehouse.curve_by_step('counted', 'days', 'curves', ['clock', 'outcome', 'segment'], 'day', 'passed_days', 'customer_count') }}

),

-- What cannot be estimated says so in one row, at day 0.
cells as (

    select clock, outcome, segment, day from on_the_day where day = 0 or at_risk_count >= {{ fewest_at_risk }}

    union

    select listed.clock, listed.outcome, 'all' as segment, 0 as day
    from sources
    cross join (
        select 'acquired' as clock, 'all' as outcome
        union all
        select 'landmark' as clock, 'kept' as outcome
        union all
        select 'landmark' as clock, 'missed' as outcome
    ) as listed

),

estimated as (

    select
        cells.clock,
        cells.outcome,
        cells.segment,
        cells.day,
        case
            when not sources.has_customers then 'source crm.customers is absent'
            when not sources.has_churn then 'no customer has churned_at on record'
            when cells.clock = 'landmark' and not sources.has_orders then 'source fulfilment.orders is absent'
        end as withheld_reason,
        case when sources.has_churn then coalesce(counted.customer_count, 0) end as customer_count,
        case when sources.has_churn then coalesce(counted.churned_count, 0) end as churned_count,
        case when sources.has_churn then coalesce(counted.churned_before_count, 0) end as churned_before_count,
        case when sources.has_churn then coalesce(counted.start_unknown_count, 0) end as start_unknown_count,
        on_the_day.at_risk_count,
        on_the_day.survival_rate,
        on_the_day.survival_rate_low,
        on_the_day.survival_rate_high,
        comparable.chi_square as log_rank_chi_square,
        comparable.p_value as log_rank_p_value
    from cells
    cross join sources
    left join counted
        on cells.clock = counted.clock and cells.outcome = counted.outcome and cells.segment = counted.segment
    left join on_the_day
        on cells.clock = on_the_day.clock
        and cells.outcome = on_the_day.outcome
        and cells.segment = on_the_day.segment
        and cells.day = on_the_day.day
    left join comparable on cells.clock = comparable.clock and cells.segment = comparable.segment

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['clock', 'outcome', 'segment', 'day']) }} as account_survival_id,
        clock,
        outcome,
        segment,
        cast(day as {{ dbt.type_bigint() }}) as day,
        'Kaplan–Meier of churned_at, each customer once, 95 % band of log(−log) with Greenwood''s variance; log-rank of kept against missed, not adjusted' as method,
        'D' as grade,
        {{ cx_warehouse.estimate_status('customer_count', 'false') }} as status,
        coalesce(withheld_reason, {{ cx_warehouse.estimate_reason('customer_count') }}) as reason,
        cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
        cast(churned_count as {{ dbt.type_bigint() }}) as churned_count,
        cast(churned_before_count as {{ dbt.type_bigint() }}) as churned_before_count,
        cast(start_unknown_count as {{ dbt.type_bigint() }}) as start_unknown_count,
        cast(at_risk_count as {{ dbt.type_bigint() }}) as at_risk_count,
        {{ cx_warehouse.point('survival_rate', 'customer_count') }} as survival_rate,
        {{ cx_warehouse.bound('survival_rate_low', 'customer_count') }} as survival_rate_low,
        {{ cx_warehouse.bound('survival_rate_high', 'customer_count') }} as survival_rate_high,
        log_rank_chi_square,
        log_rank_p_value
    from estimated

)

select
    account_survival_id,
    clock,
    outcome,
    segment,
    day,
    method,
    grade,
    status,
    reason,
    customer_count,
    churned_count,
    churned_before_count,
    start_unknown_count,
    at_risk_count,
    survival_rate,
    survival_rate_low,
    survival_rate_high,
    log_rank_chi_square,
    log_rank_p_value
from final
