-- Grain: one row per rejected row (or refused file) and reason.
with

rejects as (

    select * from {{ ref('stg_rejects') }}

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['load_id', 'system', 'table_name', 'file', 'line', 'column_name', 'reason_kind', 'found']) }} as reject_id,
        rejects.*
    from rejects

)

select
    reject_id,
    load_id,
    system,
    table_name,
    file,
    line,
    column_name,
    found,
    expected,
    reason_kind,
    reason
from final
