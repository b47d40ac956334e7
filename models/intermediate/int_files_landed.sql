-- Grain: one row per load × source table (or connector export) in which the load brought or refused something new.
with

files as (

    select * from {{ ref('stg_ops__files') }}

),

final as (

    select
        load_id,
        system,
        table_name,
        max(loaded_at) as loaded_at,
        {{ cx_warehouse.count_if("file_status = 'loaded'") }} as file_count,
        {{ cx_warehouse.count_if("file_status = 'refused'") }} as refused_file_count,
        sum(case when file_status = 'loaded' then physical_line_count end) as physical_line_count,
        sum(case when file_status = 'loaded' then header_line_count end) as header_line_count,
        sum(case when file_status = 'loaded' then embedded_newline_count end) as embedded_newline_count,
        sum(case when file_status = 'loaded' then loaded_count else 0 end) as loaded_count,
        sum(case when file_status = 'loaded' then rejected_count else 0 end) as loader_rejected_count,
        sum(case when file_status = 'loaded' then duplicate_count else 0 end) as duplicate_count
    from files
    where file_status = 'loaded' or is_first_time
    group by load_id, system, table_name

)

select * from final
