-- Grain: one row per load × source table (or connector export) in which the load brought or refused something new.
-- landed = loaded + rejected by the loader; loaded = rejected by type + superseded + deleted + not yet + current.
with

landed as (

    select * from {{ ref('int_files_landed') }}

),

disposed as (

    select * from {{ ref('int_rows_disposed') }}

),

rejects as (

    select * from {{ ref('int_rejects_counted') }}

),

keys as (

    select load_id, system, table_name from landed
    union
    select load_id, system, table_name from disposed where load_id is not null

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['keys.load_id', 'keys.system', 'keys.table_name']) }} as load_audit_id,
        keys.load_id,
        keys.system,
        keys.table_name,
        rejects.rejected_by_reason,
        coalesce(landed.file_count, 0) as file_count,
        coalesce(landed.refused_file_count, 0) as refused_file_count,
        landed.physical_line_count,
        landed.header_line_count,
        landed.embedded_newline_count,
        landed.loaded_count + landed.loader_rejected_count as landed_count,
        coalesce(landed.loaded_count, disposed.typed_count) as loaded_count,
        landed.loader_rejected_count,
        disposed.rejected_count as typed_rejected_count,
        disposed.superseded_count,
        disposed.deleted_count,
        disposed.not_yet_count,
        disposed.current_count,
        disposed.orphaned_count,
        disposed.unmapped_count,
        disposed.unreadable_count,
        landed.duplicate_count,
        landed.loaded_at
    from keys
    left join landed
        on keys.load_id = landed.load_id and keys.system = landed.system and keys.table_name = landed.table_name
    left join disposed
        on keys.load_id = disposed.load_id and keys.system = disposed.system and keys.table_name = disposed.table_name
    left join rejects
        on keys.load_id = rejects.load_id and keys.system = rejects.system and keys.table_name = rejects.table_name

)

select
    load_audit_id,
    load_id,
    system,
    table_name,
    rejected_by_reason,
    cast(file_count as {{ dbt.type_bigint() }}) as file_count,
    cast(refused_file_count as {{ dbt.type_bigint() }}) as refused_file_count,
    cast(physical_line_count as {{ dbt.type_bigint() }}) as physical_line_count,
    cast(header_line_count as {{ dbt.type_bigint() }}) as header_line_count,
    cast(embedded_newline_count as {{ dbt.type_bigint() }}) as embedded_newline_count,
    cast(landed_count as {{ dbt.type_bigint() }}) as landed_count,
    cast(loaded_count as {{ dbt.type_bigint() }}) as loaded_count,
    cast(loader_rejected_count as {{ dbt.type_bigint() }}) as loader_rejected_count,
    cast(typed_rejected_count as {{ dbt.type_bigint() }}) as typed_rejected_count,
    cast(superseded_count as {{ dbt.type_bigint() }}) as superseded_count,
    cast(deleted_count as {{ dbt.type_bigint() }}) as deleted_count,
    cast(not_yet_count as {{ dbt.type_bigint() }}) as not_yet_count,
    cast(current_count as {{ dbt.type_bigint() }}) as current_count,
    cast(orphaned_count as {{ dbt.type_bigint() }}) as orphaned_count,
    cast(unmapped_count as {{ dbt.type_bigint() }}) as unmapped_count,
    cast(unreadable_count as {{ dbt.type_bigint() }}) as unreadable_count,
    cast(duplicate_count as {{ dbt.type_bigint() }}) as duplicate_count,
    loaded_at
from final
