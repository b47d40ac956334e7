-- Grain: one row per month × metric: how widespread it is that experience falls short of what was expected.
-- Shares of a period are counted from its customers, orders, contacts and journeys, never from its months.
{%- set metrics = [
    'negative_gap_customer_rate', 'negative_gap_order_rate', 'negative_gap_contact_rate', 'silent_rate', 'great_cx_rate',
] %}
with

gaps as (

    select * from {{ ref('int_gaps_observed') }}

),

things as (

    select * from {{ ref('int_chances_judged') }}

),

periods as (

    select * from {{ ref('int_reporting_periods') }}

),

period_months as (

    select * from {{ ref('int_reporting_period_months') }} where month <> 'all'

),

available as (

    select * from {{ ref('int_metrics_available') }}

),

metrics as (

    {% for metric_id in metrics -%}
    select '{{ metric_id }}' as metric_id
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- What falls due after as_of belongs to no month yet, but to the total.
placed_gaps as (

    select gaps.*, period_months.month
    from gaps
    inner join period_months on gaps.period_month = period_months.period_month

    union all

    select gaps.*, 'all' as month
    from gaps

),

customers as (

    select
        month,
        customer_id,
        {{ cx_warehouse.count_if("state = 'observed'") }} as observed_count,
        {{ cx_warehouse.count_if("state = 'observed' and is_negative") }} as negative_count,
        {{ cx_warehouse.count_if("state = 'open'") }} as open_count
    from placed_gaps
    where customer_id is not null
    group by month, customer_id

),

counted as (

    select
        'negative_gap_customer_rate' as metric_id,
        month,
        case when observed_count > 0 then 'counted' when open_count > 0 then 'open' else 'unknown' end as state,
        negative_count > 0 as is_hit,
        false as is_untold
    from customers

    union all

    select things.metric_id, period_months.month, things.state, things.is_hit, things.is_untold
    from things
    inner join period_months on things.period_month = period_months.period_month

    union all

    select metric_id, 'all' as month, state, is_hit, is_untold
    from things

),

summed as (

    select
        metric_id,
        month,
        {{ cx_warehouse.count_if("state = 'counted' and is_hit") }} as hit_count,
        {{ cx_warehouse.count_if("state = 'counted'") }} as observation_count,
        {{ cx_warehouse.count_if("state = 'open'") }} as open_count,
        {{ cx_warehouse.count_if("state = 'unknown'") }} as unknown_count,
        {{ cx_warehouse.count_if("is_untold") }} as untold_count,
        {{ cx_warehouse.count_if("state = 'counted' and not is_untold") }} as told_count
    from counted
    group by metric_id, month

),

filled as (

    select
        metrics.metric_id,
        periods.month,
        case when available.is_available then coalesce(summed.hit_count, 0) end as hit_count,
        case when available.is_available then coalesce(summed.observation_count, 0) end as observation_count,
        case when available.is_available then coalesce(summed.open_count, 0) end as open_count,
        case when available.is_available then coalesce(summed.unknown_count, 0) end as unknown_count,
        -- Where most of what came due is not told of, what is known is no sample of it: what the firm cancelled is, all the same.
        case
            when available.is_available and coalesce(summed.untold_count <= summed.told_count, true)
                then coalesce(summed.observation_count, 0)
        end as shown_count,
        available.reason as withheld_reason,
        -- What is still open of a month may change it, as a month that is not over does.
        periods.is_running or coalesce(periods.month_start_date is not null and summed.open_count > 0, false) as is_running,
        periods.month_start_date
    from metrics
    cross join periods
    inner join available on metrics.metric_id = available.metric_id
    left join summed on metrics.metric_id = summed.metric_id and periods.month = summed.month

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['month', 'metric_id']) }} as gap_prevalence_id,
        month,
        metric_id,
        case metric_id
            when 'negative_gap_customer_rate' then 'Wilson 95 %'
            else 'Wilson 95 %, clustering by customer ignored'
        end as method,
        {{ cx_warehouse.estimate_status('shown_count', 'is_running') }} as status,
        case
            when withheld_reason is not null then withheld_reason
            when shown_count is null and observation_count > 0
                then {{ cx_warehouse.little_told() }}
            else {{ cx_warehouse.estimate_reason('shown_count') }}
        end as reason,
        cast(hit_count as {{ dbt.type_bigint() }}) as hit_count,
        cast(observation_count as {{ dbt.type_bigint() }}) as observation_count,
        cast(open_count as {{ dbt.type_bigint() }}) as open_count,
        cast(unknown_count as {{ dbt.type_bigint() }}) as unknown_count,
        {{ cx_warehouse.point(cx_warehouse.ratio('hit_count', 'observation_count'), 'shown_count') }} as rate,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('hit_count', 'observation_count'), 'shown_count') }} as rate_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('hit_count', 'observation_count'), 'shown_count') }} as rate_high,
        month_start_date
    from filled

)

select
    gap_prevalence_id,
    month,
    metric_id,
    method,
    status,
    reason,
    hit_count,
    observation_count,
    open_count,
    unknown_count,
    rate,
    rate_low,
    rate_high,
    month_start_date
from final
