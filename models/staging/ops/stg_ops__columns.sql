-- Grain: one row per loaded file and column.
select
    load_id,
    system,
    table_name,
    file,
    column_name,
    filled_count,
    empty_count,
    negative_count
from {{ source('ops', 'columns') }}
