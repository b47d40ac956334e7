-- Grain: one row per index kind × kind of estimate × horizon.
-- One question, three answers of different strength: everybody as they are, like with like, and misses that nobody at the
-- firm had a hand in.
{%- set horizons = [30, 60, 90, 180, 365] %}
with

sources as (

    {{ cx_warehouse.misses_withheld() }}

),

estimates as (

    select
        index_kind,
        'km_difference' as estimate_kind,
        horizon_days,
        missed_order_count,
        kept_order_count,
        missed_customer_count,
        kept_customer_count,
        cast(null as {{ dbt.type_bigint() }}) as stratum_count,
        cast(null as double) as matched_rate,
        cast(null as double) as matched_missed_rate,
        least(missed_customer_count, kept_customer_count) as fewer_count,
        retained_difference as risk_difference,
        retained_difference_variance as risk_difference_variance
    from {{ ref('int_curves_compared') }}

    union all

    select
        index_kind,
        case comparison when 'missed_and_kept' then 'adjusted' else 'outside_cause' end as estimate_kind,
        horizon_days,
        exposed_count as missed_order_count,
        unexposed_count as kept_order_count,
        exposed_customer_count as missed_customer_count,
        unexposed_customer_count as kept_customer_count,
        stratum_count,
        {{ cx_warehouse.ratio('matched_count', 'exposed_count + unexposed_count') }} as matched_rate,
        {{ cx_warehouse.ratio('matched_exposed_count', 'exposed_count') }} as matched_missed_rate,
        least(exposed_customer_count, unexposed_customer_count, matched_exposed_count, matched_unexposed_count) as fewer_count,
        difference as risk_difference,
        difference_variance as risk_difference_variance
    from {{ ref('int_risks_compared') }}
    where comparison in ('missed_and_kept', 'outside_cause_and_kept')

),

-- A row per cell even without orders, so that a page can say why there is no number.
cells as (

    select index_kinds.index_kind, estimate_kinds.estimate_kind, estimate_kinds.grade, estimate_kinds.method, horizons.horizon_days
    from (select 'first_order' as index_kind union all select 'every_order' as index_kind) as index_kinds
    cross join (
        select
            'km_difference' as estimate_kind,
            'D' as grade,
            'difference of Kaplan–Meier curves, 95 %, not adjusted' as method
        union all
        select
            'adjusted' as estimate_kind,
            'C' as grade,
            'Mantel–Haenszel over strata of segment, service level, region, order number, month due and earlier spend, each as fine as 20 orders allow; 95 %, clustered by customer' as method
        union all
        select
            'outside_cause' as estimate_kind,
            'B' as grade,
            'misses whose cause the firm does not control against kept promises due in the same region and week, within segment and service level where 8 orders allow; Mantel–Haenszel, 95 %, clustered by customer' as method
    ) as estimate_kinds
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
        cells.estimate_kind,
        cells.grade,
        cells.method,
        cells.horizon_days,
        sources.withheld_reason,
        {% for column in ['missed_order_count', 'kept_order_count', 'missed_customer_count', 'kept_customer_count'] -%}
        case when sources.is_countable then coalesce(estimates.{{ column }}, 0) end as {{ column }},
        {% endfor -%}
        estimates.stratum_count,
        estimates.matched_rate,
        estimates.matched_missed_rate,
        estimates.fewer_count as compared_count,
        -- Without an interval there is no estimate.
        case when sources.withheld_reason is null then case when estimates.risk_difference_variance > 0 then estimates.fewer_count else 0 end end as fewer_count,
        estimates.risk_difference,
        estimates.risk_difference_variance
    from cells
    cross join sources
    left join estimates
        on cells.index_kind = estimates.index_kind
        and cells.estimate_kind = estimates.estimate_kind
        and cells.horizon_days = estimates.horizon_days

),

tested as (

    select
        joined.*,
        case
            when fewer_count >= {{ cx_warehouse.fewest_for_interval() }}
                then 2e0 * {{ cx_warehouse.normal_tail('abs(' ~ cx_warehouse.ratio('risk_difference', 'sqrt(risk_difference_variance)') ~ ')') }}
        end as p_value
    from joined

),

ranked as (

    select
        tested.*,
        row_number() over (
            partition by index_kind order by case when p_value is null then 1 else 0 end, p_value, estimate_kind, horizon_days
        ) as p_rank,
        count(p_value) over (partition by index_kind) as comparison_count
    from tested

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['index_kind', 'estimate_kind', 'horizon_days']) }} as gap_retention_estimate_id,
        index_kind,
        estimate_kind,
        method,
        grade,
        {{ cx_warehouse.estimate_status('fewer_count', 'false') }} as status,
        coalesce(
            withheld_reason,
            case
                when estimate_kind = 'outside_cause' and missed_order_count = 0
                    then 'no miss followed that long has a cause on record that the firm does not control'
                when risk_difference is null and compared_count >= {{ cx_warehouse.fewest_for_interval() }}
                    then 'on one side nobody was left to follow for that long'
                when fewer_count = 0 and compared_count >= {{ cx_warehouse.fewest_for_interval() }}
                    then 'nothing varies, so there is no interval'
            end,
            {{ cx_warehouse.estimate_reason('fewer_count') }}
        ) as reason,
        cast(horizon_days as {{ dbt.type_bigint() }}) as horizon_days,
        cast(missed_order_count as {{ dbt.type_bigint() }}) as missed_order_count,
        cast(kept_order_count as {{ dbt.type_bigint() }}) as kept_order_count,
        cast(missed_customer_count as {{ dbt.type_bigint() }}) as missed_customer_count,
        cast(kept_customer_count as {{ dbt.type_bigint() }}) as kept_customer_count,
        cast(stratum_count as {{ dbt.type_bigint() }}) as stratum_count,
        matched_rate,
        matched_missed_rate,
        {{ cx_warehouse.point('risk_difference', 'fewer_count') }} as risk_difference,
        {{ cx_warehouse.bound('risk_difference - ' ~ cx_warehouse.z_95() ~ ' * sqrt(risk_difference_variance)', 'fewer_count') }} as risk_difference_low,
        {{ cx_warehouse.bound('risk_difference + ' ~ cx_warehouse.z_95() ~ ' * sqrt(risk_difference_variance)', 'fewer_count') }} as risk_difference_high,
        case
            when abs(risk_difference) <= {{ cx_warehouse.z_95() }} * sqrt(risk_difference_variance)
                then {{ cx_warehouse.bound(cx_warehouse.needed_count('missed_order_count', 'risk_difference', 'sqrt(risk_difference_variance)'), 'fewer_count') }}
        end as needed_observation_count,
        p_value,
        {{ cx_warehouse.q_value('p_value', 'p_rank', 'comparison_count', ['index_kind']) }} as q_value
    from ranked

)

select
    gap_retention_estimate_id,
    index_kind,
    estimate_kind,
    method,
    grade,
    status,
    reason,
    horizon_days,
    missed_order_count,
    kept_order_count,
    missed_customer_count,
    kept_customer_count,
    stratum_count,
    needed_observation_count,
    matched_rate,
    matched_missed_rate,
    risk_difference,
    risk_difference_low,
    risk_difference_high,
    p_value,
    q_value
from final
