-- Grain: one row per month × segment × touchpoint × item × unit × scale; `all` is the roll-up of month, segment, touchpoint and item.
-- A month is that of answering. Units and scales are never mixed, so every roll-up stays within one.
{%- set dims = ['segment', 'touchpoint', 'item', 'unit', 'scale'] %}
{%- set shares = {'p10': '0.1e0', 'p50': '0.5e0', 'p90': '0.9e0'} %}
with

stated as (

    select * from {{ ref('int_expectations_stated') }}

),

periods as (

    select * from {{ ref('int_reporting_periods') }}

),

preceding as (

    select * from {{ ref('int_reporting_periods_preceded') }}

),

bins as (

    select
        unit,
        bin_rank,
        bin_from,
        lead(bin_from) over (partition by unit order by bin_rank) as bin_to,
        count(*) over (partition by unit) as bin_count
    from {{ ref('ref_expectation_bins') }}

),

assumptions as (

    select
        max(case when assumption = 'drift_moderate' then base end) as moderate_from,
        max(case when assumption = 'drift_large' then base end) as large_from
    from {{ ref('ref_assumptions') }}

),

quantiles as (

    {{ cx_warehouse.t_quantiles() }}

),

sources as (

    select {{ cx_warehouse.is_present('survey.answers') }} as has_answers

),

-- Answers come on few levels, so they are counted by level before anything is ranked.
levels as (

    select
        month, {{ dims | join(', ') }},
        level,
        cast(sum(answer_count) as {{ dbt.type_bigint() }}) as level_count
    from stated
    where level is not null
    group by month, {{ dims | join(', ') }}, level

),

cumulated as (

    select
        levels.*,
        cast(sum(level_count) over (
            partition by month, {{ dims | join(', ') }} order by level rows unbounded preceding
        ) as {{ dbt.type_bigint() }}) as level_rank,
        cast(sum(level_count) over (partition by month, {{ dims | join(', ') }}) as {{ dbt.type_bigint() }}) as answer_count
    from levels

),

-- Linear interpolation between order statistics, and the order statistics that bound the quantile.
ranked as (

    select
        month, {{ dims | join(', ') }},
        {%- for name, share in shares.items() %}
        min(case when level_rank >= floor((answer_count - 1) * {{ share }}) + 1 then level end) as {{ name }}_below,
        min(case when level_rank >= least(floor((answer_count - 1) * {{ share }}) + 2, answer_count) then level end) as {{ name }}_above,
        max((answer_count - 1) * {{ share }} - floor((answer_count - 1) * {{ share }})) as {{ name }}_part,
        min(case when level_rank >= {{ cx_warehouse.quantile_rank_low('answer_count', share) }} then level end) as {{ name }}_low,
        min(case when level_rank >= {{ cx_warehouse.quantile_rank_high('answer_count', share) }} then level end) as {{ name }}_high,
        {%- endfor %}
        max(answer_count) as answer_count,
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum('level * level_count'), 'sum(level_count)') }} as level_mean
    from cumulated
    group by month, {{ dims | join(', ') }}

),

moments as (

    select
        levels.month, {% for dim in dims %}levels.{{ dim }}, {% endfor %}
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum('level_count * power(level - ranked.level_mean, 2)'), 'max(ranked.answer_count)') }} as second_moment,
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum('level_count * power(level - ranked.level_mean, 4)'), 'max(ranked.answer_count)') }} as fourth_moment
    from levels
    inner join ranked
        on levels.month = ranked.month
        {%- for dim in dims %}
        and levels.{{ dim }} = ranked.{{ dim }}
        {%- endfor %}
    group by levels.month, {% for dim in dims %}levels.{{ dim }}{{ ', ' if not loop.last }}{% endfor %}

),

clusters as (

    select
        month, {{ dims | join(', ') }},
        cluster_id,
        coalesce({{ cx_warehouse.steady_sum('level * answer_count') }}, 0.0) as level_sum,
        cast(sum(case when level is not null then answer_count else 0 end) as {{ dbt.type_bigint() }}) as level_count,
        cast(sum(case when level is null then answer_count else 0 end) as {{ dbt.type_bigint() }}) as out_of_scale_count
    from stated
    group by month, {{ dims | join(', ') }}, cluster_id

),

summed as (

    select
        month, {{ dims | join(', ') }},
        {{ cx_warehouse.count_if('level_count > 0') }} as customer_count,
        cast(sum(level_count) as {{ dbt.type_bigint() }}) as answer_count,
        cast(sum(out_of_scale_count) as {{ dbt.type_bigint() }}) as out_of_scale_count,
        {{ cx_warehouse.steady_sum('level_sum * level_sum') }} as sum_square,
        {{ cx_warehouse.steady_sum('level_sum * level_count') }} as sum_cross,
        {{ cx_warehouse.steady_sum('level_count * level_count') }} as count_square
    from clusters
    group by month, {{ dims | join(', ') }}

),

binned as (

    select
        levels.month, {% for dim in dims %}levels.{{ dim }}, {% endfor %}
        bins.bin_rank,
        cast(sum(levels.level_count) as {{ dbt.type_bigint() }}) as bin_level_count
    from levels
    inner join bins
        on levels.unit = bins.unit
        and (levels.level >= bins.bin_from or bins.bin_from is null)
        and (levels.level < bins.bin_to or bins.bin_to is null)
    group by levels.month, {% for dim in dims %}levels.{{ dim }}, {% endfor %}bins.bin_rank

),

references_binned as (

    select
        preceding.month, {% for dim in dims %}binned.{{ dim }}, {% endfor %}
        binned.bin_rank,
        cast(sum(binned.bin_level_count) as {{ dbt.type_bigint() }}) as bin_level_count
    from binned
    inner join preceding on binned.month = preceding.preceding_month
    group by preceding.month, {% for dim in dims %}binned.{{ dim }}, {% endfor %}binned.bin_rank

),

references_totalled as (

    select
        month, {{ dims | join(', ') }},
        cast(sum(bin_level_count) as {{ dbt.type_bigint() }}) as reference_count
    from references_binned
    group by month, {{ dims | join(', ') }}

),

-- Every bin of the unit counts, filled or not.
compared as (

    select
        ranked.month, {% for dim in dims %}ranked.{{ dim }}, {% endfor %}
        ranked.answer_count,
        references_totalled.reference_count,
        bins.bin_count,
        coalesce(binned.bin_level_count, 0) as bin_level_count,
        coalesce(references_binned.bin_level_count, 0) as reference_level_count
    from ranked
    inner join references_totalled
        on ranked.month = references_totalled.month
        {%- for dim in dims %}
        and ranked.{{ dim }} = references_totalled.{{ dim }}
        {%- endfor %}
    inner join bins on ranked.unit = bins.unit
    {%- for counts in ['binned', 'references_binned'] %}
    left join {{ counts }}
        on ranked.month = {{ counts }}.month
        {%- for dim in dims %}
        and ranked.{{ dim }} = {{ counts }}.{{ dim }}
        {%- endfor %}
        and bins.bin_rank = {{ counts }}.bin_rank
    {%- endfor %}

),

drifted as (

    select
        month, {{ dims | join(', ') }},
        {{ cx_warehouse.stability_index('bin_level_count', 'reference_level_count', 'answer_count', 'reference_count', 'bin_count') }} as drift,
        {{ cx_warehouse.stability_error('bin_level_count', 'reference_level_count', 'answer_count', 'reference_count', 'bin_count') }} as drift_error,
        (max(bin_count) - 1) * (
            {{ cx_warehouse.ratio('1', 'max(answer_count)') }} + {{ cx_warehouse.ratio('1', 'max(reference_count)') }}
        ) as drift_by_chance
    from compared
    group by month, {{ dims | join(', ') }}

),

-- Every period has a row, so that a page can say why there is no number.
cells as (

    select month, {{ dims | join(', ') }} from summed

    union all

    select
        periods.month,
        'all' as segment,
        'all' as touchpoint,
        'all' as item,
        'all' as unit,
        'all' as scale
    from periods
    left join (select month from summed group by month) as found on periods.month = found.month
    where found.month is null

),

estimated as (

    select
        cells.month, {% for dim in dims %}cells.{{ dim }}, {% endfor %}
        case
            when not sources.has_answers then 'source survey.answers is absent'
            when summed.month is null then 'nobody was asked what was expected'
            when cells.unit = 'unknown' then 'the unit of the answers cannot be read'
        end as withheld_reason,
        case when sources.has_answers then coalesce(summed.customer_count, 0) end as customer_count,
        case when sources.has_answers then coalesce(summed.answer_count, 0) end as answer_count,
        case when sources.has_answers then coalesce(summed.out_of_scale_count, 0) end as out_of_scale_count,
        case when sources.has_answers then coalesce(references_totalled.reference_count, 0) end as reference_count,
        ranked.level_mean,
        {{ cx_warehouse.clustered_error(
            'ranked.level_mean', 'summed.answer_count', 'summed.customer_count',
            'summed.sum_square', 'summed.sum_cross', 'summed.count_square'
        ) }} as mean_error,
        quantiles.t_975,
        sqrt(moments.second_moment * {{ cx_warehouse.ratio('ranked.answer_count', '(ranked.answer_count - 1)') }}) as standard_deviation,
        moments.second_moment,
        moments.fourth_moment,
        {%- for name in shares %}
        ranked.{{ name }}_below + ranked.{{ name }}_part * (ranked.{{ name }}_above - ranked.{{ name }}_below) as {{ name }},
        ranked.{{ name }}_low,
        ranked.{{ name }}_high,
        {%- endfor %}
        drifted.drift,
        greatest(drifted.drift - {{ cx_warehouse.z_95() }} * drifted.drift_error, case when drifted.drift is not null then 0e0 end) as drift_low,
        drifted.drift + {{ cx_warehouse.z_95() }} * drifted.drift_error as drift_high,
        drifted.drift_by_chance,
        assumptions.moderate_from,
        assumptions.large_from,
        periods.is_running,
        periods.month_start_date
    from cells
    cross join sources
    cross join assumptions
    inner join periods on cells.month = periods.month
    {%- for relation in ['summed', 'ranked', 'moments', 'references_totalled', 'drifted'] %}
    left join {{ relation }}
        on cells.month = {{ relation }}.month
        {%- for dim in dims %}
        and cells.{{ dim }} = {{ relation }}.{{ dim }}
        {%- endfor %}
    {%- endfor %}
    left join quantiles on {{ cx_warehouse.has_freedom('quantiles', 'summed.customer_count - 1') }}

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['month'] + dims) }} as expectation_spread_id,
        month, {{ dims | join(', ') }},
        'mean: Student t, clustered by customer; standard deviation: its fourth moment; P10, P50, P90: order statistics; drift: delta method; all but the mean ignore clustering; 95 %' as method,
        {{ cx_warehouse.estimate_status('customer_count', 'is_running') }} as status,
        coalesce(withheld_reason, {{ cx_warehouse.estimate_reason('customer_count') }}) as reason,
        {{ cx_warehouse.estimate_status('least(customer_count, reference_count)', 'is_running') }} as drift_status,
        case
            when withheld_reason is not null then withheld_reason
            when month = 'all' then 'nothing lies before the whole'
            when reference_count = 0 then 'nobody was asked in the 12 months before'
            when reference_count < {{ cx_warehouse.fewest_for_interval() }} then 'fewer than {{ cx_warehouse.fewest_for_interval() | trim }} answers in the 12 months before'
            else {{ cx_warehouse.estimate_reason('least(customer_count, reference_count)') }}
        end as drift_reason,
        -- A verdict needs the whole interval on one side of the mark.
        case
            when least(customer_count, reference_count) < {{ cx_warehouse.fewest_for_point() }} or drift is null then null
            when drift_low >= large_from then 'large'
            when drift_low >= moderate_from then 'moderate'
            when drift_high < moderate_from then 'stable'
            else 'unclear'
        end as drift_verdict,
        cast(answer_count as {{ dbt.type_bigint() }}) as answer_count,
        cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
        cast(out_of_scale_count as {{ dbt.type_bigint() }}) as out_of_scale_count,
        cast(reference_count as {{ dbt.type_bigint() }}) as reference_count,
        {{ cx_warehouse.point('level_mean', 'customer_count') }} as expected_mean,
        {{ cx_warehouse.bound('level_mean - t_975 * mean_error', 'customer_count') }} as expected_mean_low,
        {{ cx_warehouse.bound('level_mean + t_975 * mean_error', 'customer_count') }} as expected_mean_high,
        {%- set error = cx_warehouse.deviation_error('second_moment', 'fourth_moment', 'answer_count', 'standard_deviation') %}
        {{ cx_warehouse.point('standard_deviation', 'customer_count') }} as expected_deviation,
        {{ cx_warehouse.bound('greatest(standard_deviation - ' ~ cx_warehouse.z_95() ~ ' * ' ~ error ~ ', case when ' ~ error ~ ' is not null then 0e0 end)', 'customer_count') }} as expected_deviation_low,
        {{ cx_warehouse.bound('standard_deviation + ' ~ cx_warehouse.z_95() ~ ' * ' ~ error, 'customer_count') }} as expected_deviation_high,
        {%- for name in shares %}
        {{ cx_warehouse.point(name, 'customer_count') }} as expected_{{ name }},
        {{ cx_warehouse.bound(name ~ '_low', 'customer_count') }} as expected_{{ name }}_low,
        {{ cx_warehouse.bound(name ~ '_high', 'customer_count') }} as expected_{{ name }}_high,
        {%- endfor %}
        {{ cx_warehouse.point('drift', 'least(customer_count, reference_count)') }} as drift,
        {{ cx_warehouse.bound('drift_low', 'least(customer_count, reference_count)') }} as drift_low,
        {{ cx_warehouse.bound('drift_high', 'least(customer_count, reference_count)') }} as drift_high,
        {{ cx_warehouse.bound('drift_by_chance', 'least(customer_count, reference_count)') }} as drift_by_chance,
        month_start_date
    from estimated

)

select
    expectation_spread_id,
    month,
    {%- for dim in dims %}
    {{ dim }},
    {%- endfor %}
    method,
    status,
    reason,
    drift_status,
    drift_reason,
    drift_verdict,
    answer_count,
    customer_count,
    out_of_scale_count,
    reference_count,
    {%- for estimate in ['expected_mean', 'expected_deviation', 'expected_p10', 'expected_p50', 'expected_p90', 'drift'] %}
    {{ estimate }},
    {{ estimate }}_low,
    {{ estimate }}_high,
    {%- endfor %}
    drift_by_chance,
    month_start_date
from final
