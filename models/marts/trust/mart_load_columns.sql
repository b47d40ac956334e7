-- Grain: one row per source table (or connector export) × column, over all files that were loaded.
with

columns as (

    select * from {{ source('ops', 'columns') }}

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['system', 'table_name', 'column_name']) }} as load_column_id,
        system,
        table_name,
        column_name,
        sum(filled_count) as filled_count,
        sum(empty_count) as empty_count,
        sum(negative_count) as negative_count
    from columns
    group by system, table_name, column_name

)

select
    load_column_id,
    system,
    table_name,
    column_name,
    cast(filled_count as {{ dbt.type_bigint() }}) as filled_count,
    cast(empty_count as {{ dbt.type_bigint() }}) as empty_count,
    cast(negative_count as {{ dbt.type_bigint() }}) as negative_count
from final
