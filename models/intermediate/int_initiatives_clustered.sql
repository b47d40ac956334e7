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

events as (

    select
        scored.estimate_id,
        scored.metric_id,
        scored.scale,
        observed.cluster_id,
        case when scored.arm = 'treated' and observed.observation_count > 0 and not scored.is_after then 1 else 0 end as is_treated_before,
        case when scored.arm = 'treated' and observed.observation_count > 0 and scored.is_after then 1 else 0 end as is_treated_after,
        case when observed.observation_count > 0 then 1 else 0 end as is_counted,
        case when observed.observation_count > 0 and not scored.is_after then 1 else 0 end as is_counted_before,
        {% for estimate in estimates -%}
        observed.value_sum * scored.{{ estimate }}_value_score - observed.observation_count * scored.{{ estimate }}_count_score as {{ estimate }}_score
        {{- ',' if not loop.last }}
        {% endfor %}
    from observed
    inner join assigned
        on observed.region = assigned.region
        and observed.segment = assigned.segment
        and observed.service_level = assigned.service_level
    inner join scored
        on assigned.initiative_id = scored.initiative_id
        and assigned.design = scored.design
        and assigned.arm = scored.arm
        and observed.metric_id = scored.metric_id
        and observed.month_number = scored.month_number

),

entries as (

    select entered_month from standing group by entered_month

),

-- Those who were there before the first month compared count from that month on.
entry_scores as (

    select scored.*, entries.entered_month
    from scored
    inner join entries
        on entries.entered_month = scored.month_number
        or (scored.is_first_month and entries.entered_month < scored.month_number)
    where {{ cx_warehouse.is_customer_month_metric('scored.metric_id') }}

),

presences as (

    select
        entry_scores.estimate_id,
        entry_scores.metric_id,
        entry_scores.scale,
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
    inner join assigned
        on standing.region = assigned.region
        and standing.segment = assigned.segment
        and standing.service_level = assigned.service_level
    inner join entry_scores
        on assigned.initiative_id = entry_scores.initiative_id
        and assigned.design = entry_scores.design
        and assigned.arm = entry_scores.arm
        and standing.entered_month = entry_scores.entered_month

),

together as (

    select * from events
    union all
    select * from presences

),

clusters as (

    select
        estimate_id,
        metric_id,
        scale,
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
    group by estimate_id, metric_id, scale, cluster_id

),

summed as (

    select
        estimate_id,
        metric_id,
        scale,
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
    group by estimate_id, metric_id, scale

),

final as (

    select
        estimate_id,
        metric_id,
        cast(cluster_count as {{ dbt.type_bigint() }}) as cluster_count,
        cast(treated_before_customer_count as {{ dbt.type_bigint() }}) as treated_before_customer_count,
        cast(treated_after_customer_count as {{ dbt.type_bigint() }}) as treated_after_customer_count,
        cast(treated_customer_count as {{ dbt.type_bigint() }}) as treated_customer_count,
        {% for estimate, clusters in estimates.items() -%}
        -- Nothing that varies would say that nothing is uncertain.
        nullif(sqrt({{ cx_warehouse.ratio(clusters, clusters ~ ' - 1') }} * {{ estimate }}_squares) / nullif(scale, 0e0), 0e0) as {{ estimate }}_error
        {{- ',' if not loop.last }}
        {% endfor %}
    from summed

)

select * from final
