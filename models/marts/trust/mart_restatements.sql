-- Grain: one row per published number (metric, table, column, scope, period) and the version in which it changed.
-- A model cannot see the version before, so the build leaves the table empty; cx_warehouse/restatements.py fills it before
-- publication and carries on what earlier versions wrote.
with

as_of_row as (

    select * from {{ ref('stg_as_of') }}

),

final as (

    select
        cast(null as {{ dbt.type_string() }}) as restatement_id,
        cast(null as {{ dbt.type_string() }}) as metric_id,
        cast(null as {{ dbt.type_string() }}) as table_name,
        cast(null as {{ dbt.type_string() }}) as column_name,
        cast(null as {{ dbt.type_string() }}) as scope,
        cast(null as {{ dbt.type_string() }}) as period,
        cast(null as {{ dbt.type_string() }}) as version,
        cast(null as {{ dbt.type_string() }}) as previous_version,
        cast(null as {{ dbt.type_string() }}) as cause,
        cast(null as {{ dbt.type_string() }}) as cause_reason,
        cast(null as double) as old_value,
        cast(null as double) as new_value
    from as_of_row
    where 1 = 0

)

select
    restatement_id,
    metric_id,
    table_name,
    column_name,
    scope,
    period,
    version,
    previous_version,
    cause,
    cause_reason,
    old_value,
    new_value
from final
