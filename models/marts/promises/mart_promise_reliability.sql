-- Grain: one row per month × touchpoint × segment × region × service level × first or last promise, with roll-ups `all`.
-- Shares, quantiles and intervals do not add up, so every roll-up is computed from counts and sums, or from the promises (quantiles).
{%- set dims = ['touchpoint', 'segment', 'region', 'service_level'] %}
{%- set parts = ['promised', 'taken'] %}
{%- set spread = ['gap_days'] + parts %}
{%- set changes = [('gap_days', 'gap_days'), ('promised_days', 'promised'), ('taken_days', 'taken')] %}
{%- set measures = [
    ('promised_days', 'promised_days'),
    ('gap_days', 'gap_days'),
    ('promised', 'delivered_promised_days'),
    ('taken', 'delivered_taken_days'),
] %}
{%- set conditions = [
    ('due_count', "is_due"),
    ('kept_count', "is_due and outcome <> 'missed'"),
    ('exceeded_count', "is_due and outcome = 'exceeded'"),
    ('met_count', "is_due and outcome = 'met'"),
    ('missed_count', "is_due and outcome = 'missed'"),
    ('open_count', "outcome = 'open'"),
    ('overdue_open_count', "is_due and outcome_reason = 'nothing_came'"),
    ('unknown_count', "outcome = 'unknown'"),
    ('no_promise_count', "outcome_reason = 'no_promise'"),
    ('untold_count', "outcome_reason in ('feed_ended_before_due', 'actual_unknown')"),
    ('excluded_count', "outcome = 'excluded'"),
    ('missed_before_due_count', "outcome = 'missed' and not is_due"),
    ('delivered_count', "is_due and gap_days is not null"),
    ('delivered_late_count', "is_due and gap_days is not null and outcome = 'missed'"),
    ('otif_known_count', "is_due and is_on_time_in_full is not null"),
    ('otif_count', "is_due and is_on_time_in_full"),
    ('reprom_pair_count', "is_due and is_last_kept is not null"),
    ('reprom_gained_count', "is_due and outcome = 'missed' and is_last_kept"),
    ('reprom_lost_count', "is_due and outcome <> 'missed' and not is_last_kept"),
] %}
with

promises as (

    select * from {{ ref('int_promises_counted') }}

),

periods as (

    select
        month,
        is_running,
        month_start_date,
        case when month_start_date is not null then lag(month) over (order by month_start_date nulls last) end as previous_month
    from {{ ref('int_reporting_periods') }}

),

-- The 12 months before the last 12, where all of them are on record.
preceding as (

    select month, preceding_month
    from (
        select month, preceding_month, count(*) over (partition by month) as month_count
        from {{ ref('int_reporting_periods_preceded') }}
        where month = 'last_12_months'
    ) as counted
    where month_count = 12

),

available as (

    select * from {{ ref('int_metrics_available') }} where metric_id = 'kept_rate'

),

quantiles as (

    {{ cx_warehouse.t_quantiles() }}

),

-- Without a record of versions nobody knows what was promised anew.
sources as (

    select {{ cx_warehouse.is_present('fulfilment.promises') }} as has_versions

),

-- Counts and exact sums add up, so the roll-ups need not read the promises again.
finest as (

    select
        month,
        promise_version,
        {{ dims | join(', ') }},
        {%- for name, column in measures %}
        {%- set measured = '(case when is_due then ' ~ column ~ ' end)' %}
        count({{ measured }}) as {{ name }}_count,
        {{ cx_warehouse.steady_part(measured) }} as {{ name }}_sum,
        {{ cx_warehouse.steady_part(measured ~ ' * ' ~ measured) }} as {{ name }}_squares,
        {%- endfor %}
        {%- for name, condition in conditions %}
        {{ cx_warehouse.count_if(condition) }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from promises
    group by month, promise_version, {{ dims | join(', ') }}

),

quantiled as (

    select * from {{ ref('int_promises_quantiled') }}

),

cells as (

    select
        month,
        promise_version,
        {%- for dim in dims %}
        case when grouping({{ dim }}) = 1 then 'all' else {{ dim }} end as {{ dim }},
        {%- endfor %}
        {%- for name, _ in measures %}
        {{ cx_warehouse.steady_avg_of_parts(name ~ '_sum', name ~ '_count') }} as {{ name }}_mean,
        {{ cx_warehouse.steady_deviation_of_parts(name ~ '_squares', name ~ '_sum', name ~ '_count') }} as {{ name }}_deviation,
        {%- endfor %}
        {%- for name, _ in conditions %}
        cast(sum({{ name }}) as {{ dbt.type_bigint() }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from finest
    group by month, promise_version, cube ({{ dims | join(', ') }})

),

-- Where most of what came due is not told of, what is known is no sample of it: the cancelled are, and what never came.
known as (

    select * from cells where untold_count <= due_count

),

earlier as (

    select
        preceding.month,
        finest.promise_version,
        {%- for dim in dims %}
        case when grouping(finest.{{ dim }}) = 1 then 'all' else finest.{{ dim }} end as {{ dim }},
        {%- endfor %}
        {%- for name in spread %}
        {{ cx_warehouse.steady_avg_of_parts('finest.' ~ name ~ '_sum', 'finest.' ~ name ~ '_count') }} as {{ name }}_mean,
        {{ cx_warehouse.steady_deviation_of_parts(
            'finest.' ~ name ~ '_squares', 'finest.' ~ name ~ '_sum', 'finest.' ~ name ~ '_count'
        ) }} as {{ name }}_deviation,
        {%- endfor %}
        cast(sum(finest.delivered_count) as {{ dbt.type_bigint() }}) as delivered_count
    from finest
    inner join preceding on finest.month = preceding.preceding_month
    group by preceding.month, finest.promise_version, cube (
        {%- for dim in dims %}finest.{{ dim }}{{ ', ' if not loop.last }}{% endfor -%}
    )

),

previous as (

    select
        periods.month, known.promise_version, {% for dim in dims %}known.{{ dim }}, {% endfor %}
        known.delivered_count, known.gap_days_mean, known.gap_days_deviation
        {%- for part in parts %}, known.{{ part }}_mean, known.{{ part }}_deviation{% endfor %}
    from known
    inner join periods on known.month = periods.previous_month

    union all

    select
        month, promise_version, {{ dims | join(', ') }},
        delivered_count, gap_days_mean, gap_days_deviation
        {%- for part in parts %}, {{ part }}_mean, {{ part }}_deviation{% endfor %}
    from earlier

),

-- Changes against the period before, where both have enough to say so.
compared as (

    select
        known.month,
        known.promise_version,
        {%- for dim in dims %}
        known.{{ dim }},
        {%- endfor %}
        {%- for name, mean in changes %}
        {%- set sides = [
            'known.' ~ mean ~ '_deviation', 'known.delivered_count', 'previous.' ~ mean ~ '_deviation', 'previous.delivered_count'
        ] %}
        known.{{ mean }}_mean - previous.{{ mean }}_mean as {{ name }}_change,
        {{ cx_warehouse.change_error(*sides) }} as {{ name }}_error,
        {{ cx_warehouse.change_freedom(*sides) }} as {{ name }}_freedom,
        {%- endfor %}
        least(known.delivered_count, previous.delivered_count) as fewer_count
    from known
    inner join previous
        on known.month = previous.month
        and known.promise_version = previous.promise_version
        {%- for dim in dims %}
        and known.{{ dim }} = previous.{{ dim }}
        {%- endfor %}
    where least(known.delivered_count, previous.delivered_count) >= {{ cx_warehouse.fewest_for_interval() }}

),

changed as (

    select
        compared.month,
        compared.promise_version,
        {%- for dim in dims %}
        compared.{{ dim }},
        {%- endfor %}
        {%- for name, _ in changes %}
        {%- set half_width = name ~ '_quantiles.t_975 * compared.' ~ name ~ '_error' %}
        {{ cx_warehouse.point('compared.' ~ name ~ '_change', 'compared.fewer_count') }} as {{ name }}_change,
        compared.{{ name }}_change - {{ half_width }} as {{ name }}_change_low,
        compared.{{ name }}_change + {{ half_width }} as {{ name }}_change_high{{ ',' if not loop.last }}
        {%- endfor %}
    from compared
    {%- for name, _ in changes %}
    left join quantiles as {{ name }}_quantiles on {{ cx_warehouse.has_freedom(name ~ '_quantiles', 'compared.' ~ name ~ '_freedom') }}
    {%- endfor %}

),

-- A page must be able to say why there is nothing, so the totals are there even without one promise.
skeleton as (

    select
        periods.month,
        versions.promise_version,
        'all' as touchpoint,
        'all' as segment,
        'all' as region,
        'all' as service_level
    from periods
    cross join (select 'first' as promise_version union all select 'last' as promise_version) as versions
    where periods.month_start_date is null

),

keys as (

    select month, promise_version, touchpoint, segment, region, service_level from cells
    union
    select month, promise_version, touchpoint, segment, region, service_level from skeleton

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['keys.month', 'keys.promise_version', 'keys.touchpoint', 'keys.segment', 'keys.region', 'keys.service_level']) }} as promise_reliability_id,
        keys.month,
        keys.promise_version,
        keys.touchpoint,
        keys.segment,
        keys.region,
        keys.service_level,
        'Wilson 95 %; means: Student t 95 %; quantiles: order statistics 95 %; change: Welch 95 %; inflation: Bonett–Price 95 %; all ignore that a customer may hold several promises' as method,
        {{ cx_warehouse.estimate_status('known.due_count', 'periods.is_running') }} as status,
        case
            when coalesce(cells.due_count, 0) = 0 and not available.is_available then available.reason
            when coalesce(cells.due_count, 0) = 0 and cells.unknown_count > cells.no_promise_count
                then 'of no promise that has come due is it known whether it was kept'
            when coalesce(cells.due_count, 0) = 0 then 'no promise has come due'
            when known.month is null then {{ cx_warehouse.little_told() }}
            when periods.is_running and known.due_count >= 30 then 'the month is still running'
            else {{ cx_warehouse.estimate_reason('known.due_count') }}
        end as reason,
        cells.due_count,
        cells.kept_count,
        cells.exceeded_count,
        cells.met_count,
        cells.missed_count,
        cells.open_count,
        cells.overdue_open_count,
        cells.unknown_count,
        cells.no_promise_count,
        cells.excluded_count,
        cells.missed_before_due_count,
        cells.delivered_count,
        cells.delivered_late_count,
        cells.otif_known_count,
        cells.otif_count,
        {{ cx_warehouse.point(cx_warehouse.kept_rate('known.kept_count', 'known.missed_count'), 'known.due_count') }} as kept_rate,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('known.kept_count', 'known.due_count'), 'known.due_count') }} as kept_rate_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('known.kept_count', 'known.due_count'), 'known.due_count') }} as kept_rate_high,
        {{ cx_warehouse.point(cx_warehouse.miss_rate('known.kept_count', 'known.missed_count'), 'known.due_count') }} as missed_rate,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('known.missed_count', 'known.due_count'), 'known.due_count') }} as missed_rate_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('known.missed_count', 'known.due_count'), 'known.due_count') }} as missed_rate_high,
        {%- for name in ['exceeded', 'met'] %}
        {{ cx_warehouse.point(cx_warehouse.ratio('known.' ~ name ~ '_count', 'known.due_count'), 'known.due_count') }} as {{ name }}_rate,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('known.' ~ name ~ '_count', 'known.due_count'), 'known.due_count') }} as {{ name }}_rate_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('known.' ~ name ~ '_count', 'known.due_count'), 'known.due_count') }} as {{ name }}_rate_high,
        {%- endfor %}
        {{ cx_warehouse.point(cx_warehouse.ratio('known.otif_count', 'known.otif_known_count'), 'known.otif_known_count') }} as otif_rate,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('known.otif_count', 'known.otif_known_count'), 'known.otif_known_count') }} as otif_rate_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('known.otif_count', 'known.otif_known_count'), 'known.otif_known_count') }} as otif_rate_high,
        {%- for name, mean, observations, student in [
            ('promised_days_mean', 'promised_days', 'due_count', 'due_quantiles'),
            ('gap_days_mean', 'gap_days', 'delivered_count', 'quantiles'),
            ('delivered_promised_days_mean', 'promised', 'delivered_count', 'quantiles'),
            ('delivered_taken_days_mean', 'taken', 'delivered_count', 'quantiles'),
        ] %}
        {%- set half_width = student ~ '.t_975 * known.' ~ mean ~ '_deviation / sqrt(known.' ~ observations ~ ')' %}
        {{ cx_warehouse.point('known.' ~ mean ~ '_mean', 'known.' ~ observations) }} as {{ name }},
        {{ cx_warehouse.bound('known.' ~ mean ~ '_mean - ' ~ half_width, 'known.' ~ observations) }} as {{ name }}_low,
        {{ cx_warehouse.bound('known.' ~ mean ~ '_mean + ' ~ half_width, 'known.' ~ observations) }} as {{ name }}_high,
        {%- endfor %}
        {%- for name in ['gap_days_p5', 'gap_days_p50'] %}
        {{ cx_warehouse.point('quantiled.' ~ name, 'known.delivered_count') }} as {{ name }},
        {{ cx_warehouse.bound('quantiled.' ~ name ~ '_low', 'known.delivered_count') }} as {{ name }}_low,
        {{ cx_warehouse.bound('quantiled.' ~ name ~ '_high', 'known.delivered_count') }} as {{ name }}_high,
        {%- endfor %}
        previous.delivered_count as previous_delivered_count,
        {%- for name, _ in changes %}
        changed.{{ name }}_change,
        changed.{{ name }}_change_low,
        changed.{{ name }}_change_high,
        {%- endfor %}
        {%- set pairs = "case when keys.promise_version = 'first' and sources.has_versions then known.reprom_pair_count end" %}
        {{ pairs }} as reprom_pair_count,
        {{ cx_warehouse.point(
            cx_warehouse.ratio('(known.reprom_gained_count - known.reprom_lost_count)', 'known.reprom_pair_count'), pairs
        ) }} as reprom_inflation,
        {{ cx_warehouse.bound(cx_warehouse.paired_difference_low('known.reprom_gained_count', 'known.reprom_lost_count', 'known.reprom_pair_count'), pairs) }} as reprom_inflation_low,
        {{ cx_warehouse.bound(cx_warehouse.paired_difference_high('known.reprom_gained_count', 'known.reprom_lost_count', 'known.reprom_pair_count'), pairs) }} as reprom_inflation_high,
        periods.month_start_date
    from keys
    cross join available
    cross join sources
    inner join periods on keys.month = periods.month
    left join cells
        on keys.month = cells.month
        and keys.promise_version = cells.promise_version
        and keys.touchpoint = cells.touchpoint
        and keys.segment = cells.segment
        and keys.region = cells.region
        and keys.service_level = cells.service_level
    left join known
        on keys.month = known.month
        and keys.promise_version = known.promise_version
        and keys.touchpoint = known.touchpoint
        and keys.segment = known.segment
        and keys.region = known.region
        and keys.service_level = known.service_level
    left join quantiled
        on keys.month = quantiled.month
        and keys.promise_version = quantiled.promise_version
        and keys.touchpoint = quantiled.touchpoint
        and keys.segment = quantiled.segment
        and keys.region = quantiled.region
        and keys.service_level = quantiled.service_level
    left join previous
        on keys.month = previous.month
        and keys.promise_version = previous.promise_version
        and keys.touchpoint = previous.touchpoint
        and keys.segment = previous.segment
        and keys.region = previous.region
        and keys.service_level = previous.service_level
    left join changed
        on keys.month = changed.month
        and keys.promise_version = changed.promise_version
        and keys.touchpoint = changed.touchpoint
        and keys.segment = changed.segment
        and keys.region = changed.region
        and keys.service_level = changed.service_level
    left join quantiles on {{ cx_warehouse.has_freedom('quantiles', 'known.delivered_count - 1') }}
    left join quantiles as due_quantiles on {{ cx_warehouse.has_freedom('due_quantiles', 'known.due_count - 1') }}

)

select
    promise_reliability_id,
    month,
    promise_version,
    touchpoint,
    segment,
    region,
    service_level,
    method,
    status,
    reason,
    due_count,
    kept_count,
    exceeded_count,
    met_count,
    missed_count,
    open_count,
    overdue_open_count,
    unknown_count,
    no_promise_count,
    excluded_count,
    missed_before_due_count,
    delivered_count,
    delivered_late_count,
    otif_known_count,
    otif_count,
    kept_rate,
    kept_rate_low,
    kept_rate_high,
    missed_rate,
    missed_rate_low,
    missed_rate_high,
    exceeded_rate,
    exceeded_rate_low,
    exceeded_rate_high,
    met_rate,
    met_rate_low,
    met_rate_high,
    otif_rate,
    otif_rate_low,
    otif_rate_high,
    promised_days_mean,
    promised_days_mean_low,
    promised_days_mean_high,
    gap_days_mean,
    gap_days_mean_low,
    gap_days_mean_high,
    gap_days_p5,
    gap_days_p5_low,
    gap_days_p5_high,
    gap_days_p50,
    gap_days_p50_low,
    gap_days_p50_high,
    delivered_promised_days_mean,
    delivered_promised_days_mean_low,
    delivered_promised_days_mean_high,
    delivered_taken_days_mean,
    delivered_taken_days_mean_low,
    delivered_taken_days_mean_high,
    previous_delivered_count,
    gap_days_change,
    gap_days_change_low,
    gap_days_change_high,
    promised_days_change,
    promised_days_change_low,
    promised_days_change_high,
    taken_days_change,
    taken_days_change_low,
    taken_days_change_high,
    reprom_pair_count,
    reprom_inflation,
    reprom_inflation_low,
    reprom_inflation_high,
    month_start_date
from final
