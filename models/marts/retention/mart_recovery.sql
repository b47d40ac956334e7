-- Grain: one row per index kind × comparison × horizon.
-- The clock starts when it is settled whether amends were made: the days before belong to nobody, since who came back in
-- them could not be made amends any more.
{%- set horizons = [30, 60, 90, 180, 365] %}
with

sources as (

    {{ cx_warehouse.misses_withheld(['fulfilment.adjustments']) }}

),

risks as (

    select * from {{ ref('int_risks_compared') }}

),

assumed as (

    select base as recovery_days from {{ ref('ref_assumptions') }} where assumption = 'recovery_within_days'

),

cells as (

    select index_kinds.index_kind, comparisons.comparison, horizons.horizon_days
    from (select 'first_order' as index_kind union all select 'every_order' as index_kind) as index_kinds
    cross join (
        select 'compensated_and_uncompensated' as comparison
        union all
        select 'compensated_and_kept' as comparison
        union all
        select 'uncompensated_and_kept' as comparison
    ) as comparisons
    cross join (
        {% for horizon in horizons -%}
        select {{ horizon }} as horizon_days
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as horizons

),

joined as (

    select
        cells.index_kind,
        cells.comparison,
        cells.horizon_days,
        assumed.recovery_days,
        sources.withheld_reason,
        {% for column in ['exposed_count', 'unexposed_count', 'exposed_success_count', 'unexposed_success_count', 'exposed_customer_count', 'unexposed_customer_count'] -%}
        case when sources.withheld_reason is null then coalesce(risks.{{ column }}, 0) end as {{ column }},
        {% endfor -%}
        {{ cx_warehouse.ratio('risks.matched_count', 'risks.exposed_count + risks.unexposed_count') }} as matched_rate,
        least(
            risks.exposed_customer_count, risks.unexposed_customer_count, risks.matched_exposed_count, risks.matched_unexposed_count
        ) as compared_count,
        case
            when risks.difference_variance > 0
                then least(risks.exposed_customer_count, risks.unexposed_customer_count, risks.matched_exposed_count, risks.matched_unexposed_count)
            when sources.withheld_reason is null then 0
        end as fewer_count,
        risks.difference,
        risks.difference_variance
    from cells
    cross join sources
    cross join assumed
    left join risks
        on cells.index_kind = risks.index_kind
        and cells.comparison = risks.comparison
        and cells.horizon_days = risks.horizon_days

),

tested as (

    select
        joined.*,
        case
            when fewer_count >= {{ cx_warehouse.fewest_for_interval() }}
                then 2e0 * {{ cx_warehouse.normal_tail('abs(' ~ cx_warehouse.ratio('difference', 'sqrt(difference_variance)') ~ ')') }}
        end as p_value
    from joined

),

ranked as (

    select
        tested.*,
        row_number() over (
            partition by index_kind order by case when p_value is null then 1 else 0 end, p_value, comparison, horizon_days
        ) as p_rank,
        count(p_value) over (partition by index_kind) as comparison_count
    from tested

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['index_kind', 'comparison', 'horizon_days']) }} as recovery_id,
        index_kind,
        comparison,
        'rates: Wilson, 95 %, clustering by customer ignored; difference: Mantel–Haenszel over strata of orders alike at the landmark, 95 %, clustered by customer' as method,
        'C' as grade,
        {{ cx_warehouse.estimate_status('fewer_count', 'false') }} as status,
        coalesce(
            withheld_reason,
            case
                when fewer_count = 0 and compared_count >= {{ cx_warehouse.fewest_for_interval() }} then 'nothing varies, so there is no interval'
            end,
            {{ cx_warehouse.estimate_reason('fewer_count') }}
        ) as reason,
        cast(horizon_days as {{ dbt.type_bigint() }}) as horizon_days,
        cast(exposed_count as {{ dbt.type_bigint() }}) as first_order_count,
        cast(unexposed_count as {{ dbt.type_bigint() }}) as second_order_count,
        cast(exposed_success_count as {{ dbt.type_bigint() }}) as first_retained_count,
        cast(unexposed_success_count as {{ dbt.type_bigint() }}) as second_retained_count,
        cast(exposed_customer_count as {{ dbt.type_bigint() }}) as first_customer_count,
        cast(unexposed_customer_count as {{ dbt.type_bigint() }}) as second_customer_count,
        cast(recovery_days as double) as recovery_days,
        matched_rate,
        {% for side, group in [('first', 'exposed'), ('second', 'unexposed')] -%}
        {{ cx_warehouse.point(cx_warehouse.retention_rate(group ~ '_success_count', group ~ '_count'), group ~ '_customer_count') }} as {{ side }}_retained_rate,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low(group ~ '_success_count', group ~ '_count'), group ~ '_customer_count') }} as {{ side }}_retained_rate_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high(group ~ '_success_count', group ~ '_count'), group ~ '_customer_count') }} as {{ side }}_retained_rate_high,
        {% endfor -%}
        {{ cx_warehouse.point('difference', 'fewer_count') }} as risk_difference,
        {{ cx_warehouse.bound('difference - ' ~ cx_warehouse.z_95() ~ ' * sqrt(difference_variance)', 'fewer_count') }} as risk_difference_low,
        {{ cx_warehouse.bound('difference + ' ~ cx_warehouse.z_95() ~ ' * sqrt(difference_variance)', 'fewer_count') }} as risk_difference_high,
        case
            when abs(difference) <= {{ cx_warehouse.z_95() }} * sqrt(difference_variance)
                then {{ cx_warehouse.bound(cx_warehouse.needed_count('exposed_count', 'difference', 'sqrt(difference_variance)'), 'fewer_count') }}
        end as needed_observation_count,
        p_value,
        {{ cx_warehouse.q_value('p_value', 'p_rank', 'comparison_count', ['index_kind']) }} as q_value
    from ranked

)

select
    recovery_id,
    index_kind,
    comparison,
    method,
    grade,
    status,
    reason,
    horizon_days,
    first_order_count,
    second_order_count,
    first_retained_count,
    second_retained_count,
    first_customer_count,
    second_customer_count,
    needed_observation_count,
    recovery_days,
    matched_rate,
    first_retained_rate,
    first_retained_rate_low,
    first_retained_rate_high,
    second_retained_rate,
    second_retained_rate_low,
    second_retained_rate_high,
    risk_difference,
    risk_difference_low,
    risk_difference_high,
    p_value,
    q_value
from final
