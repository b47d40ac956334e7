-- Grain: one row per rejected row (or refused file) and reason.
with

rejects as (

    select * from {{ ref('stg_rejects') }}

),

-- One line of an export may hold several rows of a table, such as two questions answered in the same words.
numbered as (

    select
        rejects.*,
        row_number() over (
            partition by load_id, system, table_name, file, line, column_name, reason_kind, found
            order by expected, reason
        ) as occurrence
    from rejects

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['load_id', 'system', 'table_name', 'file', 'line', 'column_name', 'reason_kind', 'found', 'occurrence']) }} as reject_id,
        numbered.*
    from numbered

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
