-- Grain: one row per source table (or connector export) × column, over all files that were loaded.
with

columns as (

    select * from {{ ref('int_columns_filled') }}

)

select
    {{ cx_warehouse.surrogate_key(['system', 'table_name', 'column_name']) }} as load_column_id,
    system,
    table_name,
    column_name,
    filled_count,
    empty_count,
    negative_count
from columns
