-- Grain: one row per load and file considered, except files that were known already.
with

files as (

    select * from {{ source('ops', 'files') }}

),

final as (

    select
        load_id,
        system,
        table_name,
        file,
        file_hash,
        file_status,
        reason,
        physical_line_count,
        header_line_count,
        loaded_count,
        embedded_newline_count,
        rejected_count,
        duplicate_count,
        unknown_column_names,
        missing_column_names,
        -- A file that stays broken is refused again by every load; only the first time is news. One that could not be
        -- read at all has no hash, and is told by its name.
        row_number() over (
            partition by system, table_name, coalesce(file_hash, file), file_status
            order by load_id, file
        ) = 1 as is_first_time,
        loaded_at
    from files
    where file_status <> 'skipped'

)

select * from final
