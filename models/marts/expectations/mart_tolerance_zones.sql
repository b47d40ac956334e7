-- Grain: one row per month × touchpoint × item × unit × scale; `all` is the roll-up of month, touchpoint and item.
-- A month is that of answering what was experienced. Units and scales are never mixed, so every roll-up stays within one.
{%- set measures = {
    'expected': 'pair', 'experienced': 'pair', 'gap': 'pair',
    'adequate': 'triple', 'superiority': 'triple', 'adequacy': 'triple',
} %}
with

measured as (

    select * from {{ ref('int_answers_compared') }}

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

clusters as (

    select
        period_months.month,
        case when grouping(measured.touchpoint) = 1 then 'all' else measured.touchpoint end as touchpoint,
        case when grouping(measured.item) = 1 then 'all' else measured.item end as item,
        measured.unit,
        measured.scale,
        measured.cluster_id,
        {{ cx_warehouse.count_if('measured.is_pair') }} as pair_count,
        {{ cx_warehouse.count_if('measured.is_triple') }} as triple_count,
        {{ cx_warehouse.count_if('measured.is_zone') }} as zone_count,
        {{ cx_warehouse.count_if('measured.is_unordered') }} as unordered_count,
        {{ cx_warehouse.count_if('measured.is_zone and measured.adequacy < 0') }} as below_count,
        {{ cx_warehouse.count_if('measured.is_zone and measured.superiority > 0') }} as above_count,
        {%- for dropped_reason in ['no_expectation', 'no_experience', 'out_of_scale', 'other_scale'] %}
        {{ cx_warehouse.count_if("measured.dropped_reason = '" ~ dropped_reason ~ "'") }} as {{ dropped_reason }}_count,
        {%- endfor %}
        {%- for measure, rows in measures.items() %}
        coalesce({{ cx_warehouse.steady_sum('case when measured.is_' ~ rows ~ ' then measured.' ~ measure ~ ' end') }}, 0.0)
            as {{ measure }}_sum{{ ',' if not loop.last }}
        {%- endfor %}
    from measured
    inner join period_months on measured.period_month = period_months.period_month
    group by
        period_months.month, measured.unit, measured.scale, measured.cluster_id, cube (measured.touchpoint, measured.item)

),

summed as (

    select
        month,
        touchpoint,
        item,
        unit,
        scale,
        {{ cx_warehouse.count_if('pair_count > 0') }} as pair_customer_count,
        {{ cx_warehouse.count_if('triple_count > 0') }} as triple_customer_count,
        {{ cx_warehouse.count_if('zone_count > 0') }} as zone_customer_count,
        {%- for count in [
            'pair', 'triple', 'zone', 'unordered', 'below', 'above', 'no_expectation', 'no_experience', 'out_of_scale',
            'other_scale',
        ] %}
        sum({{ count }}_count) as {{ count }}_count,
        {%- endfor %}
        {{ cx_warehouse.steady_sum('pair_count * pair_count') }} as pair_square,
        {{ cx_warehouse.steady_sum('triple_count * triple_count') }} as triple_square,
        {%- for measure, rows in measures.items() %}
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum(measure ~ '_sum'), 'sum(' ~ rows ~ '_count)') }} as {{ measure }}_mean,
        {{ cx_warehouse.steady_sum(measure ~ '_sum * ' ~ measure ~ '_sum') }} as {{ measure }}_square,
        {{ cx_warehouse.steady_sum(measure ~ '_sum * ' ~ rows ~ '_count') }} as {{ measure }}_cross{{ ',' if not loop.last }}
        {%- endfor %}
    from clusters
    group by month, touchpoint, item, unit, scale

),

-- Every period has a row, so that a page can say why there is no number.
cells as (

    select month, touchpoint, item, unit, scale from summed

    union all

    select
        periods.month,
        'all' as touchpoint,
        'all' as item,
        'all' as unit,
        'all' as scale
    from periods
    left join (select month from summed group by month) as filled on periods.month = filled.month
    where filled.month is null

),

estimated as (

    select
        cells.month,
        cells.touchpoint,
        cells.item,
        cells.unit,
        cells.scale,
        case
            when not sources.has_answers then 'source survey.answers is absent'
            when summed.month is null then 'nobody was asked what was expected and what was experienced'
            when cells.unit = 'unknown' then 'the unit of the answers cannot be read'
        end as withheld_reason,
        {%- for count in [
            'pair_customer', 'zone_customer', 'pair', 'triple', 'zone', 'unordered', 'below', 'above',
            'no_expectation', 'no_experience', 'out_of_scale', 'other_scale',
        ] %}
        case when sources.has_answers then coalesce(summed.{{ count }}_count, 0) end as {{ count }}_count,
        {%- endfor %}
        {%- for measure, rows in measures.items() %}
        summed.{{ measure }}_mean,
        {{ cx_warehouse.clustered_error(
            'summed.' ~ measure ~ '_mean', 'summed.' ~ rows ~ '_count', 'summed.' ~ rows ~ '_customer_count',
            'summed.' ~ measure ~ '_square', 'summed.' ~ measure ~ '_cross', 'summed.' ~ rows ~ '_square'
        ) }} as {{ measure }}_error,
        {%- endfor %}
        pair_quantiles.t_975 as pair_t,
        triple_quantiles.t_975 as triple_t,
        periods.is_running,
        periods.month_start_date
    from cells
    cross join sources
    inner join periods on cells.month = periods.month
    left join summed
        on cells.month = summed.month
        and cells.touchpoint = summed.touchpoint
        and cells.item = summed.item
        and cells.unit = summed.unit
        and cells.scale = summed.scale
    left join quantiles as pair_quantiles on {{ cx_warehouse.has_freedom('pair_quantiles', 'summed.pair_customer_count - 1') }}
    left join quantiles as triple_quantiles on {{ cx_warehouse.has_freedom('triple_quantiles', 'summed.triple_customer_count - 1') }}

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['month', 'touchpoint', 'item', 'unit', 'scale']) }} as tolerance_zone_id,
        month,
        touchpoint,
        item,
        unit,
        scale,
        'means: paired t, clustered by customer; shares: Wilson, clustering by customer ignored; both 95 %' as method,
        {{ cx_warehouse.estimate_status('pair_customer_count', 'is_running') }} as status,
        coalesce(withheld_reason, {{ cx_warehouse.estimate_reason('pair_customer_count') }}) as reason,
        {{ cx_warehouse.estimate_status('zone_customer_count', 'is_running') }} as below_zone_rate_status,
        coalesce(withheld_reason, {{ cx_warehouse.estimate_reason('zone_customer_count') }}) as below_zone_rate_reason,
        {%- for count in [
            'pair', 'pair_customer', 'triple', 'zone', 'zone_customer', 'unordered', 'no_expectation',
            'no_experience', 'out_of_scale', 'other_scale',
        ] %}
        cast({{ count }}_count as {{ dbt.type_bigint() }}) as {{ count }}_count,
        {%- endfor %}
        {#- What needs the adequate level is shown or withheld as one. #}
        {%- for measure, rows in measures.items() %}
        {%- set observations = 'pair_customer_count' if rows == 'pair' else 'zone_customer_count' %}
        {%- set low = cx_warehouse.paired_t_low(measure ~ '_mean', measure ~ '_error', rows ~ '_t') %}
        {%- set high = cx_warehouse.paired_t_high(measure ~ '_mean', measure ~ '_error', rows ~ '_t') %}
        {{ cx_warehouse.point(measure ~ '_mean', observations) }} as {{ measure }}_mean,
        {{ cx_warehouse.bound(low, observations) }} as {{ measure }}_mean_low,
        {{ cx_warehouse.bound(high, observations) }} as {{ measure }}_mean_high,
        {%- endfor %}
        {%- for zone, count in [
            ('below', 'below_count'), ('inside', '(zone_count - below_count - above_count)'), ('above', 'above_count'),
        ] %}
        {{ cx_warehouse.point(cx_warehouse.ratio(count, 'zone_count'), 'zone_customer_count') }} as {{ zone }}_rate,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low(count, 'zone_count'), 'zone_customer_count') }} as {{ zone }}_rate_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high(count, 'zone_count'), 'zone_customer_count') }} as {{ zone }}_rate_high,
        {%- endfor %}
        month_start_date
    from estimated

)

select
    tolerance_zone_id,
    month,
    touchpoint,
    item,
    unit,
    scale,
    method,
    status,
    reason,
    below_zone_rate_status,
    below_zone_rate_reason,
    pair_count,
    pair_customer_count,
    triple_count,
    zone_count,
    zone_customer_count,
    unordered_count,
    no_expectation_count,
    no_experience_count,
    out_of_scale_count,
    other_scale_count,
    {%- for estimate in [
        'expected_mean', 'experienced_mean', 'gap_mean', 'adequate_mean', 'superiority_mean', 'adequacy_mean',
        'below_rate', 'inside_rate', 'above_rate',
    ] %}
    {{ estimate }},
    {{ estimate }}_low,
    {{ estimate }}_high,
    {%- endfor %}
    month_start_date
from final
