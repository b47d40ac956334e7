-- Grain: one row per estimate (initiative or all) × metric, with its errors clustered by customer.
-- Source of the errors: Liang, Zeger (1986), Biometrika 73, 13–22, with factor clusters ÷ (clusters − 1).
{#- What is asked of the months before the start has the clusters of these months. #}
{%- set estimates = {'effect': 'cluster_count', 'placebo': 'before_cluster_count', 'trend': 'before_cluster_count'} %}
with

observed as (

    select * from {{ ref('int_outcomes_observed') }}

),

standing as (

    select * from {{ ref('int_customers_standing') }}

),

assigned as (

    select * from {{ ref('int_initiatives_assigned') }}

),

scored as (

    select * from {{ ref('int_initiatives_scored') }}

),

-- Numbers in place of names, of which there would be some in every row.
estimates as (

    select
        estimate_id,
        metric_id,
        max(scale) as scale,
        cast(row_number() over (order by estimate_id, metric_id) as integer) as estimate_number
    from scored
    group by estimate_id, metric_id

),

-- What each part of the shop counts for in each month.
weighed as (

    select
        estimates.estimate_number,
        scored.metric_id,
        scored.month_number,
        scored.arm,
        scored.is_after,
        scored.earlier_month_number,
        assigned.touchpoint,
        assigned.region,
        assigned.segment,
        assigned.service_level,
        {% for estimate in estimates -%}
        scored.{{ estimate }}_value_score,
        scored.{{ estimate }}_count_score,
        scored.{{ estimate }}_count_score_onward{{ ',' if not loop.last }}
        {% endfor %}
    from scored
    inner join estimates
        on scored.estimate_id = estimates.estimate_id
        and scored.metric_id = estimates.metric_id
    inner join assigned
        on scored.initiative_id = assigned.initiative_id
        and scored.design = assigned.design
        and scored.arm = assigned.arm

),

events as (

    select
        weighed.estimate_number,
        observed.cluster_id,
        case when weighed.arm = 'treated' and observed.observation_count > 0 and not weighed.is_after then 1 else 0 end as is_treated_before,
        case when weighed.arm = 'treated' and observed.observation_count > 0 and weighed.is_after then 1 else 0 end as is_treated_after,
        case when observed.observation_count > 0 then 1 else 0 end as is_counted,
        case when observed.observation_count > 0 and not weighed.is_after then 1 else 0 end as is_counted_before,
        {% for estimate in estimates -%}
        observed.value_sum * weighed.{{ estimate }}_value_score - observed.observation_count * weighed.{{ estimate }}_count_score as {{ estimate }}_score
        {{- ',' if not loop.last }}
        {% endfor %}
    from observed
    inner join weighed
        on observed.metric_id = weighed.metric_id
        and observed.month_number = weighed.month_number
        and observed.region = weighed.region
        and observed.segment = weighed.segment
        and observed.service_level = weighed.service_level
        and (observed.touchpoint is null or observed.touchpoint = weighed.touchpoint)

),

entries as (

    select entered_month from standing group by entered_month

),

-- Who was there before the first month compared counts from that month on, and who came in the month of a start that
-- counts on neither side from the one after it.
entry_scores as (

    select weighed.*, entries.entered_month
    from weighed
    inner join entries
        on entries.entered_month <= weighed.month_number
        and (weighed.earlier_month_number is null or entries.entered_month > weighed.earlier_month_number)
    where {{ cx_warehouse.is_customer_month_metric('weighed.metric_id') }}

),

presences as (

    select
        entry_scores.estimate_number,
        standing.cluster_id,
        case when entry_scores.arm = 'treated' and not entry_scores.is_after then 1 else 0 end as is_treated_before,
        case when entry_scores.arm = 'treated' then 1 else 0 end as is_treated_after,
        1 as is_counted,
        case when entry_scores.is_after then 0 else 1 end as is_counted_before,
        {% for estimate in estimates -%}
        -entry_scores.{{ estimate }}_count_score_onward as {{ estimate }}_score
        {{- ',' if not loop.last }}
        {% endfor %}
    from standing
    inner join entry_scores
        on standing.region = entry_scores.region
        and standing.segment = entry_scores.segment
        and standing.service_level = entry_scores.service_level
        and standing.entered_month = entry_scores.entered_month

),

together as (

    select * from events
    union all
    select * from presences

),

clusters as (

    select
        estimate_number,
        cluster_id,
        max(is_treated_before) as is_treated_before,
        max(is_treated_after) as is_treated_after,
        max(is_counted) as is_counted,
        max(is_counted_before) as is_counted_before,
        {% for estimate in estimates -%}
        {{ cx_warehouse.steady_sum(estimate ~ '_score') }} as {{ estimate }}_score
        {{- ',' if not loop.last }}
        {% endfor %}
    from together
    group by estimate_number, cluster_id

),

summed as (

    select
        estimate_number,
        sum(is_counted) as cluster_count,
        sum(is_counted_before) as before_cluster_count,
        sum(is_treated_before) as treated_before_customer_count,
        sum(is_treated_after) as treated_after_customer_count,
        sum(greatest(is_treated_before, is_treated_after)) as treated_customer_count,
        {% for estimate in estimates -%}
        {{ cx_warehouse.steady_sum(estimate ~ '_score * ' ~ estimate ~ '_score') }} as {{ estimate }}_squares
        {{- ',' if not loop.last }}
        {% endfor %}
    from clusters
    group by estimate_number

),

final as (

    select
        estimates.estimate_id,
        estimates.metric_id,
        cast(summed.cluster_count as {{ dbt.type_bigint() }}) as cluster_count,
        cast(summed.treated_before_customer_count as {{ dbt.type_bigint() }}) as treated_before_customer_count,
        cast(summed.treated_after_customer_count as {{ dbt.type_bigint() }}) as treated_after_customer_count,
        cast(summed.treated_customer_count as {{ dbt.type_bigint() }}) as treated_customer_count,
        {% for estimate, clusters in estimates.items() -%}
        -- Nothing that varies would say that nothing is uncertain.
        nullif(sqrt({{ cx_warehouse.ratio('summed.' ~ clusters, 'summed.' ~ clusters ~ ' - 1') }} * summed.{{ estimate }}_squares) / nullif(estimates.scale, 0e0), 0e0) as {{ estimate }}_error
        {{- ',' if not loop.last }}
        {% endfor %}
    from summed
    inner join estimates on summed.estimate_number = estimates.estimate_number

)

select * from final
