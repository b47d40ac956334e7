-- Grain: one row per load × source table with rejects.
with

rejects as (

    select * from {{ ref('stg_rejects') }}

),

reasons as (

    select
        load_id,
        system,
        table_name,
        reason_kind,
        count(*) as reject_count
    from rejects
    group by load_id, system, table_name, reason_kind

),

worded as (

    select
        load_id,
        system,
        table_name,
        concat(reason_kind, ': ', cast(reject_count as {{ dbt.type_string() }})) as words
    from reasons

),

final as (

    select
        load_id,
        system,
        table_name,
        {{ cx_warehouse.joined_text('words', ', ') }} as rejected_by_reason
    from worded
    group by load_id, system, table_name

)

select * from final
