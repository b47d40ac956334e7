-- Grain: one row per outcome × segment × day since the landmark; `all` is the roll-up of outcome and of segment.
-- Over first orders, so that every customer is counted once. Nobody has ordered again on day 0; a customer whose time
-- runs out is censored, since they may still come.
{%- set fewest_at_risk = 10 %}
with

orders as (

    select * from {{ ref('int_orders_followed') }} where order_number = 1 and (followed_days >= 0 or is_reordered_before)

),

days as (

    select {{ cx_warehouse.dates_between('first_days.date_day', 'all_days.date_day') }} as day
    from {{ ref('int_dates_spanned') }} as all_days
    cross join (select min(date_day) as date_day from {{ ref('int_dates_spanned') }}) as first_days

),

sources as (

    {{ cx_warehouse.misses_withheld() }}

),

roll_ups as (

    select false as is_rolled_up
    union all
    select true as is_rolled_up

),

rolled_up as (

    select
        case when over_outcomes.is_rolled_up then 'all' else orders.outcome end as outcome,
        case when over_segments.is_rolled_up then 'all' else {{ cx_warehouse.dimension('orders.segment') }} end as segment,
        orders.is_reordered_before,
        orders.is_reordered,
        case
            when orders.is_reordered_before then null
            when orders.is_reordered then orders.reordered_days
            else orders.followed_days
        end as passed_days,
        case orders.outcome when 'missed' then true when 'kept' then false end as is_missed
    from orders
    cross join roll_ups as over_outcomes
    cross join roll_ups as over_segments

),

curves as (

    {{ cx_warehouse.kaplan_meier('rolled_up', ['outcome', 'segment'], 'passed_days', 'is_reordered') }}

),

judged as (

    select * from rolled_up where outcome in ('kept', 'missed')

),

compared as (

    {{ cx_warehouse.log_rank('judged', ['segment'], 'is_missed', 'passed_days', 'is_reordered') }}

),

-- Counts of the groups, so that a comparison is shown only where both may be.
counted as (

    select
        outcome,
        segment,
        count(passed_days) as customer_count,
        {{ cx_warehouse.count_if('passed_days is not null and is_reordered') }} as reordered_count,
        {{ cx_warehouse.count_if('is_reordered_before') }} as reordered_before_count
    from rolled_up
    group by outcome, segment

),

comparable as (

    select compared.segment, compared.chi_square, compared.p_value
    from compared
    inner join counted as kept on compared.segment = kept.segment and kept.outcome = 'kept'
    inner join counted as missed on compared.segment = missed.segment and missed.outcome = 'missed'
    where least(kept.customer_count, missed.customer_count) >= {{ cx_warehouse.fewest_for_point() }}

),

on_the_day as (

    {{ cx_warehouse.curve_by_step('counted', 'days', 'curves', ['outcome', 'segment'], 'day', 'passed_days', 'customer_count') }}

),

-- What cannot be estimated says so in one row, at day 0.
cells as (

    select on_the_day.outcome, on_the_day.segment, on_the_day.day
    from on_the_day
    cross join sources
    where
        (on_the_day.day = 0 or on_the_day.at_risk_count >= {{ fewest_at_risk }})
        and (sources.withheld_reason is null or on_the_day.outcome not in ('kept', 'missed'))

    union

    select outcomes.outcome, 'all' as segment, 0 as day
    from sources
    cross join (
        select 'kept' as outcome
        union all
        select 'missed' as outcome
        union all
        select 'unknown' as outcome
        union all
        select 'all' as outcome
    ) as outcomes

),

explained as (

    select
        cells.outcome,
        cells.segment,
        cells.day,
        case
            when not sources.has_orders then 'source fulfilment.orders is absent'
            when cells.outcome in ('kept', 'missed') then sources.withheld_reason
        end as withheld_reason,
        case when cells.outcome in ('kept', 'missed') then sources.is_countable else sources.has_orders end as is_countable
    from cells
    cross join sources

),

estimated as (

    select
        explained.outcome,
        explained.segment,
        explained.day,
        explained.withheld_reason,
        -- Present and without such an order is zero; absent is unknown.
        {% for column in ['customer_count', 'reordered_count', 'reordered_before_count'] -%}
        case when explained.is_countable then coalesce(counted.{{ column }}, 0) end as {{ column }},
        {% endfor -%}
        case when explained.withheld_reason is null then on_the_day.at_risk_count end as at_risk_count,
        on_the_day.survival_rate,
        on_the_day.survival_rate_low,
        on_the_day.survival_rate_high,
        comparable.chi_square as log_rank_chi_square,
        comparable.p_value as log_rank_p_value
    from explained
    left join counted on explained.outcome = counted.outcome and explained.segment = counted.segment
    left join on_the_day
        on explained.outcome = on_the_day.outcome
        and explained.segment = on_the_day.segment
        and explained.day = on_the_day.day
    left join comparable on explained.segment = comparable.segment and explained.outcome in ('kept', 'missed')

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['outcome', 'segment', 'day']) }} as survival_curve_id,
        outcome,
        segment,
        cast(day as {{ dbt.type_bigint() }}) as day,
        'Kaplan–Meier over first orders, 95 % band of log(−log) with Greenwood''s variance; log-rank of kept against missed, not adjusted' as method,
        'D' as grade,
        {{ cx_warehouse.estimate_status('customer_count', 'false') }} as status,
        coalesce(withheld_reason, {{ cx_warehouse.estimate_reason('customer_count') }}) as reason,
        cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
        cast(reordered_count as {{ dbt.type_bigint() }}) as reordered_count,
        cast(reordered_before_count as {{ dbt.type_bigint() }}) as reordered_before_count,
        cast(at_risk_count as {{ dbt.type_bigint() }}) as at_risk_count,
        {{ cx_warehouse.point('survival_rate', 'customer_count') }} as survival_rate,
        {{ cx_warehouse.bound('survival_rate_low', 'customer_count') }} as survival_rate_low,
        {{ cx_warehouse.bound('survival_rate_high', 'customer_count') }} as survival_rate_high,
        log_rank_chi_square,
        log_rank_p_value
    from estimated

)

select
    survival_curve_id,
    outcome,
    segment,
    day,
    method,
    grade,
    status,
    reason,
    customer_count,
    reordered_count,
    reordered_before_count,
    at_risk_count,
    survival_rate,
    survival_rate_low,
    survival_rate_high,
    log_rank_chi_square,
    log_rank_p_value
from final
