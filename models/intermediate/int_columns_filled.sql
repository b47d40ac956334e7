-- Grain: one row per source table (or connector export) × column, over all files that were loaded.
with

columns as (

    select * from {{ ref('stg_ops__columns') }}

),

final as (

    select
        system,
        table_name,
        column_name,
        cast(sum(filled_count) as {{ dbt.type_bigint() }}) as filled_count,
        cast(sum(empty_count) as {{ dbt.type_bigint() }}) as empty_count,
        cast(sum(negative_count) as {{ dbt.type_bigint() }}) as negative_count
    from columns
    group by system, table_name, column_name

)

select * from final
