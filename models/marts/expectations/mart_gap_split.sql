-- Grain: one row per month × dimension × segment; `all` is the roll-up of month and segment.
-- Where expected, promised and actual days are all known the gap splits without a rest into what was said (E − P) and what
-- was done (P − A). A month is that in which the order was placed or the contact opened.
{%- set measures = ['expected_days', 'promised_days', 'actual_days', 'gap_message', 'gap_delivery', 'gap_total'] %}
with

gaps as (

    select
        coalesce('customer:' || customer_id, 'event:' || expectation_gap_id) as cluster_id,
        dimension,
        {{ cx_warehouse.dimension('segment') }} as segment,
        {%- for measure in measures %}
        {{ measure }},
        {%- endfor %}
        -- What only a message said, or custom, was promised to nobody in particular.
        gap_total is not null and gap_message is not null and coalesce(promise_source, 'explicit') = 'explicit' as is_whole,
        {{ cx_warehouse.period_month('started_at') }} as period_month
    from {{ ref('fct_expectation_gaps') }}
    where coalesce(promise_source, 'explicit') = 'explicit' or expected_answer_id is not null

),

events as (

    select period_month, dimension, segment, count(*) as event_count
    from gaps
    group by period_month, dimension, segment

),

periods as (

    select * from {{ ref('int_reporting_periods') }}

),

period_months as (

    select * from {{ ref('int_reporting_period_months') }}

),

quantiles as (

    {{ cx_warehouse.t_quantiles() }}

),

sources as (

    select {{ cx_warehouse.is_present('survey.answers') }} as has_answers

),

counted as (

    select
        period_months.month,
        events.dimension,
        case when grouping(events.segment) = 1 then 'all' else events.segment end as segment,
        sum(events.event_count) as event_count
    from events
    inner join period_months on events.period_month = period_months.period_month
    group by period_months.month, events.dimension, rollup (events.segment)

),

clusters as (

    select
        period_months.month,
        gaps.dimension,
        case when grouping(gaps.segment) = 1 then 'all' else gaps.segment end as segment,
        gaps.cluster_id,
        count(*) as whole_count,
        {%- for measure in measures %}
        {{ cx_warehouse.steady_sum('gaps.' ~ measure) }} as {{ measure }}_sum{{ ',' if not loop.last }}
        {%- endfor %}
    from gaps
    inner join period_months on gaps.period_month = period_months.period_month
    where gaps.is_whole
    group by period_months.month, gaps.dimension, gaps.cluster_id, rollup (gaps.segment)

),

summed as (

    select
        month,
        dimension,
        segment,
        sum(whole_count) as whole_count,
        count(*) as customer_count,
        {{ cx_warehouse.steady_sum('whole_count * whole_count') }} as whole_square,
        {%- for measure in measures %}
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum(measure ~ '_sum'), 'sum(whole_count)') }} as {{ measure }}_mean,
        {{ cx_warehouse.steady_sum(measure ~ '_sum * ' ~ measure ~ '_sum') }} as {{ measure }}_square,
        {{ cx_warehouse.steady_sum(measure ~ '_sum * whole_count') }} as {{ measure }}_cross{{ ',' if not loop.last }}
        {%- endfor %}
    from clusters
    group by month, dimension, segment

),

-- Every period has a row, so that a page can say why there is no number.
cells as (

    select month, dimension, segment, event_count from counted

    union all

    select
        periods.month,
        'all' as dimension,
        'all' as segment,
        0 as event_count
    from periods
    left join (select month from counted group by month) as filled on periods.month = filled.month
    where filled.month is null

),

estimated as (

    select
        cells.month,
        cells.dimension,
        cells.segment,
        case
            when not sources.has_answers then 'source survey.answers is absent'
            when coalesce(summed.whole_count, 0) = 0
                then 'nowhere are expected, promised and actual days all on record'
        end as withheld_reason,
        cells.event_count,
        case when sources.has_answers then coalesce(summed.whole_count, 0) end as whole_count,
        case when sources.has_answers then coalesce(summed.customer_count, 0) end as customer_count,
        {%- for measure in measures %}
        summed.{{ measure }}_mean,
        {{ cx_warehouse.clustered_error(
            'summed.' ~ measure ~ '_mean', 'summed.whole_count', 'summed.customer_count',
            'summed.' ~ measure ~ '_square', 'summed.' ~ measure ~ '_cross', 'summed.whole_square'
        ) }} as {{ measure }}_error,
        {%- endfor %}
        quantiles.t_975,
        periods.is_running,
        periods.month_start_date
    from cells
    cross join sources
    inner join periods on cells.month = periods.month
    left join summed
        on cells.month = summed.month
        and cells.dimension = summed.dimension
        and cells.segment = summed.segment
    left join quantiles on {{ cx_warehouse.has_freedom('quantiles', 'summed.customer_count - 1') }}

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['month', 'dimension', 'segment']) }} as gap_split_id,
        month,
        dimension,
        segment,
        'days' as unit,
        'means: t, clustered by customer; 95 %' as method,
        {{ cx_warehouse.estimate_status('customer_count', 'is_running') }} as status,
        coalesce(withheld_reason, {{ cx_warehouse.estimate_reason('customer_count') }}) as reason,
        cast(event_count as {{ dbt.type_bigint() }}) as event_count,
        cast(whole_count as {{ dbt.type_bigint() }}) as whole_count,
        cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
        {%- for measure in measures %}
        {{ cx_warehouse.point(measure ~ '_mean', 'customer_count') }} as {{ measure }}_mean,
        {{ cx_warehouse.bound(cx_warehouse.paired_t_low(measure ~ '_mean', measure ~ '_error', 't_975'), 'customer_count') }}
            as {{ measure }}_mean_low,
        {{ cx_warehouse.bound(cx_warehouse.paired_t_high(measure ~ '_mean', measure ~ '_error', 't_975'), 'customer_count') }}
            as {{ measure }}_mean_high,
        {%- endfor %}
        month_start_date
    from estimated

)

select
    gap_split_id,
    month,
    dimension,
    segment,
    unit,
    method,
    status,
    reason,
    event_count,
    whole_count,
    customer_count,
    {%- for measure in measures %}
    {{ measure }}_mean,
    {{ measure }}_mean_low,
    {{ measure }}_mean_high,
    {%- endfor %}
    month_start_date
from final
