-- Grain: one row per initiative × metric by which it is judged: what it aims at, and what every initiative is asked.
with

initiatives as (

    select * from {{ ref('int_initiatives_windowed') }}

),

metrics as (

    select 'miss_rate' as metric_id
    union all
    select 'contact_rate' as metric_id
    {% for metric_id in cx_warehouse.customer_month_metrics() -%}
    union all
    select '{{ metric_id }}' as metric_id
    {% endfor %}

),

asked as (

    select initiatives.initiative_id, metrics.metric_id
    from initiatives
    cross join metrics

    union

    select initiative_id, target_metric as metric_id
    from initiatives
    where target_metric is not null

),

final as (

    select
        asked.initiative_id,
        asked.metric_id,
        coalesce(asked.metric_id = initiatives.target_metric, false) as is_target
    from asked
    inner join initiatives on asked.initiative_id = initiatives.initiative_id

)

select * from final
