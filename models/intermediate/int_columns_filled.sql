-- Grain: one row per source table (or connector export) × column, over all files that were loaded.
with

columns as (

    select * from {{ ref('stg_ops__columns') }}

),

files as (

    select * from {{ ref('stg_ops__files') }} where file_status = 'loaded'

),

final as (

    select
        columns.system,
        columns.table_name,
        columns.column_name,
        cast(sum(columns.filled_count) as {{ dbt.type_bigint() }}) as filled_count,
        cast(sum(columns.empty_count) as {{ dbt.type_bigint() }}) as empty_count,
        cast(sum(columns.negative_count) as {{ dbt.type_bigint() }}) as negative_count,
        -- A column that is there and empty says that nothing happened; one that is not there says nothing.
        {{ cx_warehouse.count_if("
            files.file is not null
            and concat(',', coalesce(files.missing_column_names, ''), ',') not like concat('%,', columns.column_name, ',%')
        ") }} > 0 as was_handed_over
    from columns
    left join files
        on columns.load_id = files.load_id
        and columns.system = files.system
        and columns.table_name = files.table_name
        and columns.file = files.file
    group by columns.system, columns.table_name, columns.column_name

)

select * from final
