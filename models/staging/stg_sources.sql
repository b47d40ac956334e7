-- Grain: one row per source table of the contract.
with

files as (

    select * from {{ source('ops', 'files') }}

),

-- Which landed tables feed a table of the contract: itself, and the exports of every chosen connector that fills it.
feeds as (

    {% for system, table in cx_warehouse.source_tables() -%}
    select
        '{{ system }}.{{ table }}' as source_table,
        '{{ system }}' as system,
        '{{ table }}' as table_name,
        '{{ system }}' as feeding_system,
        '{{ table }}' as feeding_table,
        {{ 'true' if (system ~ '.' ~ table) in var('cx_sources', {}) else 'false' }} as is_mapped
    union all
    {% endfor -%}
    {%- for tool in var('cx_connectors') -%}
    {%- set filled = var('cx_connector_tables')[tool] -%}
    {%- for source_table in filled -%}
    {%- for export in (filled[source_table] if filled is mapping else [none]) -%}
    select
        '{{ source_table }}',
        '{{ source_table.split(".")[0] }}',
        '{{ source_table.split(".")[1] }}',
        '{{ tool }}',
        {{ "'" ~ export ~ "'" if export else 'cast(null as ' ~ dbt.type_string() ~ ')' }},
        false
    union all
    {% endfor -%}
    {%- endfor -%}
    {%- endfor -%}
    select cast(null as {{ dbt.type_string() }}), null, null, null, null, null where false

),

latest_loads as (

    select
        system,
        table_name,
        max(load_id) as load_id
    from files
    group by system, table_name

),

final as (

    select
        feeds.source_table,
        feeds.system,
        feeds.table_name,
        {{ cx_warehouse.count_if("files.file_status = 'loaded'") }} as loaded_file_count,
        -- A file refused in an earlier load and mended since is no longer held against the table.
        {{ cx_warehouse.count_if("files.file_status = 'refused' and files.load_id = latest_loads.load_id") }} as refused_file_count,
        max(case when feeds.is_mapped or files.file_status in ('loaded', 'skipped') then 1 else 0 end) = 1 as is_present,
        max(case when files.file_status = 'loaded' then files.loaded_at end) as loaded_at
    from feeds
    left join files
        on feeds.feeding_system = files.system
        and (feeds.feeding_table = files.table_name or feeds.feeding_table is null)
    left join latest_loads
        on files.system = latest_loads.system
        and files.table_name = latest_loads.table_name
    group by feeds.source_table, feeds.system, feeds.table_name

)

select * from final
