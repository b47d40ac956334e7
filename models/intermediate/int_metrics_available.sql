-- Grain: one row per metric.
-- A metric can be had when all tables of one of its groups are there: groups stand between bars, tables between semicolons.
with

metrics as (

    select * from {{ ref('ref_metrics') }}

),

sources as (

    select * from {{ ref('int_sources_observed') }}

),

loads as (

    select * from {{ ref('stg_sources') }}

),

groups as (

    {% for number in [1, 2, 3] -%}
    select
        metric_id,
        {{ number }} as group_number,
        {{ cx_warehouse.split_part('required_tables', '|', number) }} as required_group
    from metrics
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

required as (

    select
        groups.metric_id,
        groups.group_number,
        sources.source_table,
        sources.is_present,
        sources.observed_until,
        loads.refused_file_count
    from groups
    inner join sources
        on position(concat(';', sources.source_table, ';') in concat(';', groups.required_group, ';')) > 0
    inner join loads on sources.source_table = loads.source_table

),

judged as (

    select
        metric_id,
        group_number,
        count(*) as required_count,
        {{ cx_warehouse.count_if('not is_present') }} as absent_count,
        {{ cx_warehouse.joined_text("case when not is_present then source_table end", ', ') }} as absent_tables,
        {{ cx_warehouse.joined_text("case when refused_file_count > 0 then source_table end", ', ') }} as refused_tables,
        min(observed_until) as observed_until
    from required
    group by metric_id, group_number

),

ranked as (

    select
        judged.*,
        row_number() over (partition by metric_id order by absent_count, group_number) as group_rank
    from judged

),

final as (

    select
        metrics.metric_id,
        metrics.required_tables,
        ranked.absent_tables,
        ranked.refused_tables,
        coalesce(ranked.absent_count, 0) = 0 as is_available,
        case
            when ranked.absent_count > 0 then concat('source missing: ', ranked.absent_tables)
        end as reason,
        ranked.observed_until
    from metrics
    left join ranked on metrics.metric_id = ranked.metric_id and ranked.group_rank = 1

)

select * from final
