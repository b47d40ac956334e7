-- Grain: one row per index kind × comparison.
-- How much slower the first named come back than the second, over the whole follow-up: one number where rates need five.
with

sources as (

    {{ cx_warehouse.misses_withheld() }}

),

-- Amends are judged where they would be on record.
needed as (

    select {{ cx_warehouse.is_present('fulfilment.adjustments') }} as has_adjustments

),

hazards as (

    select * from {{ ref('int_hazards_compared') }} where from_days = 0 and to_days is null

),

cells as (

    select index_kinds.index_kind, comparisons.comparison, comparisons.grade, comparisons.is_recovery
    from (select 'first_order' as index_kind union all select 'every_order' as index_kind) as index_kinds
    cross join (
        select 'missed_and_kept' as comparison, 'C' as grade, false as is_recovery
        union all
        select 'outside_cause_and_kept' as comparison, 'B' as grade, false as is_recovery
        union all
        select 'compensated_and_kept' as comparison, 'C' as grade, true as is_recovery
        union all
        select 'uncompensated_and_kept' as comparison, 'C' as grade, true as is_recovery
        union all
        select 'compensated_and_uncompensated' as comparison, 'C' as grade, true as is_recovery
    ) as comparisons

),

joined as (

    select
        cells.index_kind,
        cells.comparison,
        cells.grade,
        coalesce(
            sources.withheld_reason,
            case when cells.is_recovery and not needed.has_adjustments then 'source fulfilment.adjustments is absent' end
        ) as withheld_reason,
        {% for column in ['exposed_count', 'unexposed_count', 'exposed_reordered_count', 'unexposed_reordered_count', 'exposed_customer_count', 'unexposed_customer_count', 'matched_reordered_count'] -%}
        case
            when sources.is_countable and (needed.has_adjustments or not cells.is_recovery)
                then coalesce(hazards.{{ column }}, 0)
        end as {{ column }},
        {% endfor -%}
        case
            when sources.withheld_reason is null and hazards.log_hazard_ratio_variance > 0
                then least(hazards.exposed_customer_count, hazards.unexposed_customer_count, hazards.matched_reordered_count)
            when sources.withheld_reason is null then 0
        end as fewer_count,
        hazards.log_hazard_ratio,
        hazards.log_hazard_ratio_variance
    from cells
    cross join sources
    cross join needed
    left join hazards on cells.index_kind = hazards.index_kind and cells.comparison = hazards.comparison

),

tested as (

    select
        joined.*,
        case
            when fewer_count >= {{ cx_warehouse.fewest_for_interval() }}
                then 2e0 * {{ cx_warehouse.normal_tail('abs(' ~ cx_warehouse.ratio('log_hazard_ratio', 'sqrt(log_hazard_ratio_variance)') ~ ')') }}
        end as p_value
    from joined

),

ranked as (

    select
        tested.*,
        row_number() over (
            partition by index_kind order by case when p_value is null then 1 else 0 end, p_value, comparison
        ) as p_rank,
        count(p_value) over (partition by index_kind) as comparison_count
    from tested

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['index_kind', 'comparison']) }} as miss_hazard_id,
        index_kind,
        comparison,
        case index_kind
            when 'first_order' then 'Cox regression, a baseline per stratum of orders alike at the landmark, ties by Efron; 95 %, each customer once'
            else 'Cox regression, a baseline per stratum of orders alike at the landmark, ties by Efron; 95 %, clustered by customer (Lin and Wei)'
        end as method,
        grade,
        {{ cx_warehouse.estimate_status('fewer_count', 'false') }} as status,
        coalesce(
            withheld_reason,
            case
                when comparison = 'outside_cause_and_kept' and exposed_count = 0
                    then 'no miss has a cause on record that the firm does not control'
                when fewer_count = 0 and least(exposed_customer_count, unexposed_customer_count, matched_reordered_count) >= {{ cx_warehouse.fewest_for_interval() }}
                    then 'while both were followed only one of the two came back, so there is no ratio'
            end,
            {{ cx_warehouse.estimate_reason('fewer_count') }}
        ) as reason,
        cast(exposed_count as {{ dbt.type_bigint() }}) as first_order_count,
        cast(unexposed_count as {{ dbt.type_bigint() }}) as second_order_count,
        cast(exposed_reordered_count as {{ dbt.type_bigint() }}) as first_reordered_count,
        cast(unexposed_reordered_count as {{ dbt.type_bigint() }}) as second_reordered_count,
        cast(exposed_customer_count as {{ dbt.type_bigint() }}) as first_customer_count,
        cast(unexposed_customer_count as {{ dbt.type_bigint() }}) as second_customer_count,
        cast(matched_reordered_count as {{ dbt.type_bigint() }}) as matched_reordered_count,
        {{ cx_warehouse.point('exp(log_hazard_ratio)', 'fewer_count') }} as hazard_ratio,
        {{ cx_warehouse.bound('exp(log_hazard_ratio - ' ~ cx_warehouse.z_95() ~ ' * sqrt(log_hazard_ratio_variance))', 'fewer_count') }} as hazard_ratio_low,
        {{ cx_warehouse.bound('exp(log_hazard_ratio + ' ~ cx_warehouse.z_95() ~ ' * sqrt(log_hazard_ratio_variance))', 'fewer_count') }} as hazard_ratio_high,
        p_value,
        {{ cx_warehouse.q_value('p_value', 'p_rank', 'comparison_count', ['index_kind']) }} as q_value
    from ranked

)

select
    miss_hazard_id,
    index_kind,
    comparison,
    method,
    grade,
    status,
    reason,
    first_order_count,
    second_order_count,
    first_reordered_count,
    second_reordered_count,
    first_customer_count,
    second_customer_count,
    matched_reordered_count,
    hazard_ratio,
    hazard_ratio_low,
    hazard_ratio_high,
    p_value,
    q_value
from final
