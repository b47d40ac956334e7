-- Grain: one row per metric × touchpoint × region × segment × service level × month.
-- Sums over customers from which means and their spread follow.
with

observed as (

    select * from {{ ref('int_outcomes_observed') }}

),

standing as (

    select * from {{ ref('int_customers_standing') }}

),

span as (

    select
        min(first_before_month) as first_month,
        max(last_after_month) as last_month
    from {{ ref('int_initiatives_windowed') }}
    where is_started

),

covered as (

    select
        {{ cx_warehouse.month_text_number(cx_warehouse.period_month(cx_warehouse.observed_until('fulfilment.orders'))) }} - 1 as last_month
    from span

),

months as (

    select {{ cx_warehouse.month_text_number('periods.month') }} as month_number
    from {{ ref('int_reporting_periods') }} as periods
    cross join span
    cross join covered
    where
        periods.month_start_date is not null
        and {{ cx_warehouse.month_text_number('periods.month') }} between span.first_month and span.last_month
        and {{ cx_warehouse.month_text_number('periods.month') }} <= covered.last_month

),

entered as (

    select
        region,
        segment,
        service_level,
        entered_month,
        count(*) as customer_count
    from standing
    group by region, segment, service_level, entered_month

),

present as (

    select
        entered.region,
        entered.segment,
        entered.service_level,
        months.month_number,
        sum(entered.customer_count) as customer_count
    from entered
    inner join months on entered.entered_month <= months.month_number
    group by entered.region, entered.segment, entered.service_level, months.month_number

),

metrics as (

    {% for metric_id in cx_warehouse.customer_month_metrics() -%}
    select '{{ metric_id }}' as metric_id
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

summed as (

    select
        metric_id,
        touchpoint,
        region,
        segment,
        service_level,
        month_number,
        sum(observation_count) as observation_count,
        {{ cx_warehouse.count_if('observation_count >= 0') }} as known_count,
        {{ cx_warehouse.count_if('observation_count < 0') }} as unknown_count,
        {{ cx_warehouse.steady_sum('value_sum') }} as value_sum,
        {{ cx_warehouse.steady_sum('value_sum * value_sum') }} as value_squares,
        -- A customer's month of which an amount is known stands for itself.
        {{ cx_warehouse.steady_sum('value_sum * greatest(observation_count, 1)') }} as value_counts,
        sum(observation_count * abs(observation_count)) as count_squares
    from observed
    group by metric_id, touchpoint, region, segment, service_level, month_number

    union all

    select
        metrics.metric_id,
        null as touchpoint,
        present.region,
        present.segment,
        present.service_level,
        present.month_number,
        present.customer_count as observation_count,
        0 as known_count,
        0 as unknown_count,
        0e0 as value_sum,
        0e0 as value_squares,
        0e0 as value_counts,
        present.customer_count as count_squares
    from present
    cross join metrics

),

final as (

    select
        metric_id,
        touchpoint,
        region,
        segment,
        service_level,
        month_number,
        cast(sum(observation_count) as {{ dbt.type_bigint() }}) as observation_count,
        cast(sum(known_count) as {{ dbt.type_bigint() }}) as known_count,
        cast(sum(unknown_count) as {{ dbt.type_bigint() }}) as unknown_count,
        {{ cx_warehouse.steady_sum('value_sum') }} as value_sum,
        {{ cx_warehouse.steady_sum('value_squares') }} as value_squares,
        {{ cx_warehouse.steady_sum('value_counts') }} as value_counts,
        cast(sum(count_squares) as {{ dbt.type_bigint() }}) as count_squares
    from summed
    group by metric_id, touchpoint, region, segment, service_level, month_number

)

select * from final
