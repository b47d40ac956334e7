-- Grain: one row per outcome × driver.
-- Johnson's relative weights of all drivers on complete cases. The interval is a jackknife that leaves out one of sixteen
-- groups of customers at a time, so that orders of one customer stay together.
{%- set drivers = cx_warehouse.drivers() %}
with

correlated as (

    select * from {{ ref('int_drivers_correlated') }}

),

weighed as (

    select * from {{ ref('int_drivers_weighed') }}

),

available as (

    select * from {{ ref('int_metrics_available') }} where metric_id = 'driver_weight'

),

quantiles as (

    select * from {{ ref('ref_student_t') }}

),

keys as (

    {% for outcome, outcome_words in cx_warehouse.driven_outcomes() -%}
    {% set outer_loop = loop -%}
    {% for name, words, good in drivers -%}
    select '{{ outcome }}' as outcome, '{{ outcome_words }}' as outcome_name, '{{ name }}' as driver, '{{ words }}' as driver_name
    {{ 'union all' if not (outer_loop.last and loop.last) }}
    {% endfor -%}
    {% endfor %}

),

long as (

    {% for name, words, good in drivers -%}
    select
        correlated.outcome,
        correlated.left_out,
        '{{ name }}' as driver,
        correlated.case_count,
        correlated.row_count,
        correlated.good_{{ loop.index }} as good_count,
        correlated.is_present_{{ loop.index }} as is_present,
        correlated.is_varying_{{ loop.index }} as is_varying,
        correlated.is_outcome_varying,
        correlated.r_{{ loop.index }} as correlation,
        weighed.weight_{{ loop.index }} as weight,
        weighed.r_squared,
        weighed.root_error
    from correlated
    inner join weighed
        on correlated.outcome = weighed.outcome
        and correlated.left_out = weighed.left_out
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

wholes as (

    select * from long where left_out = 'none'

),

means as (

    select
        outcome,
        driver,
        count(*) as group_count,
        {{ cx_warehouse.steady_avg('weight') }} as weight_mean,
        {{ cx_warehouse.steady_avg('r_squared') }} as r_squared_mean
    from long
    where left_out <> 'none'
    group by outcome, driver

),

-- Squares of what is small lose all ten decimals, so they are summed in a hundred-thousandth of the unit.
errors as (

    select
        means.outcome,
        means.driver,
        max(means.group_count) as group_count,
        sqrt({{ cx_warehouse.ratio('(max(means.group_count) - 1)', 'max(means.group_count)') }}
            * {{ cx_warehouse.steady_sum('1e10 * (long.weight - means.weight_mean) * (long.weight - means.weight_mean)') }}) / 100000.0 as weight_error,
        sqrt({{ cx_warehouse.ratio('(max(means.group_count) - 1)', 'max(means.group_count)') }}
            * {{ cx_warehouse.steady_sum('1e10 * (long.r_squared - means.r_squared_mean) * (long.r_squared - means.r_squared_mean)') }}) / 100000.0 as r_squared_error
    from means
    inner join long
        on means.outcome = long.outcome
        and means.driver = long.driver
        and long.left_out <> 'none'
    group by means.outcome, means.driver

),

judged as (

    select
        wholes.*,
        errors.weight_error,
        errors.r_squared_error,
        quantiles.t_975,
        case
            when wholes.row_count < 5 * {{ drivers | length }} then 'fewer than {{ 5 * (drivers | length) }} complete cases'
            when not wholes.is_present then 'not on record for any case'
            when not wholes.is_varying then 'it does not vary'
            when not wholes.is_outcome_varying then 'the outcome does not vary'
            when not coalesce(wholes.root_error < 1e-6, false) then 'some drivers say the same, so that their weights cannot be told apart'
            when errors.group_count < 2 then 'customers of one group only: no interval'
        end as withheld_reason
    from wholes
    left join errors on wholes.outcome = errors.outcome and wholes.driver = errors.driver
    left join quantiles on quantiles.degrees_of_freedom = errors.group_count - 1

),

-- Against the other drivers of the same outcome: what weighs more than an equal share, what is right more often than half.
compared as (

    select
        outcome,
        {{ cx_warehouse.ratio('max(r_squared)', 'count(*)') }} as equal_weight,
        {{ cx_warehouse.quantile(cx_warehouse.ratio('good_count', 'row_count'), 0.5) }} as middle_performance
    from judged
    where withheld_reason is null
    group by outcome

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['keys.outcome', 'keys.driver']) }} as driver_id,
        keys.outcome,
        keys.outcome_name,
        keys.driver,
        keys.driver_name,
        'Johnson''s relative weights; jackknife over groups of customers, Student t 95 %' as method,
        'D' as grade,
        case when judged.outcome is null or judged.withheld_reason is not null then 'withheld' else 'final' end as status,
        case
            when judged.outcome is null and not available.is_available then available.reason
            when judged.outcome is null then 'no case of which the outcome and all drivers are known'
            else judged.withheld_reason
        end as reason,
        case
            when judged.withheld_reason is not null or judged.outcome is null then null
            when judged.weight >= compared.equal_weight and {{ cx_warehouse.ratio('judged.good_count', 'judged.row_count') }} < compared.middle_performance then 'concentrate_here'
            when judged.weight >= compared.equal_weight then 'keep_it_up'
            when {{ cx_warehouse.ratio('judged.good_count', 'judged.row_count') }} < compared.middle_performance then 'low_priority'
            else 'possible_overkill'
        end as quadrant,
        judged.row_count as complete_count,
        judged.case_count - judged.row_count as dropped_count,
        case when judged.withheld_reason is null then judged.weight end as weight,
        case when judged.withheld_reason is null then greatest(judged.weight - judged.t_975 * judged.weight_error, 0e0) end as weight_low,
        case when judged.withheld_reason is null then least(judged.weight + judged.t_975 * judged.weight_error, 1e0) end as weight_high,
        -- A weight is never below 0: where nothing of its interval is above, it cannot be told from none.
        case
            when judged.withheld_reason is null and judged.weight <= judged.t_975 * judged.weight_error
                then {{ cx_warehouse.needed_count('judged.row_count', 'judged.weight', 'judged.weight_error') }}
        end as needed_observation_count,
        case when judged.withheld_reason is null then {{ cx_warehouse.ratio('judged.weight', 'judged.r_squared') }} end as weight_share,
        case when judged.withheld_reason is null then judged.r_squared end as r_squared,
        case when judged.withheld_reason is null then greatest(judged.r_squared - judged.t_975 * judged.r_squared_error, 0e0) end as r_squared_low,
        case when judged.withheld_reason is null then least(judged.r_squared + judged.t_975 * judged.r_squared_error, 1e0) end as r_squared_high,
        case when judged.withheld_reason is null then judged.correlation end as correlation,
        case when judged.withheld_reason is null then {{ cx_warehouse.ratio('judged.good_count', 'judged.row_count') }} end as performance_rate
    from keys
    cross join available
    left join judged on keys.outcome = judged.outcome and keys.driver = judged.driver
    left join compared on keys.outcome = compared.outcome

)

select
    driver_id,
    outcome,
    outcome_name,
    driver,
    driver_name,
    method,
    grade,
    status,
    reason,
    quadrant,
    complete_count,
    dropped_count,
    needed_observation_count,
    weight,
    weight_low,
    weight_high,
    weight_share,
    r_squared,
    r_squared_low,
    r_squared_high,
    correlation,
    performance_rate
from final
