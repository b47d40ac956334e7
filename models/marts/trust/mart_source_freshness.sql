-- Grain: one row per source table of the contract.
-- Days are counted to as_of and not to today: a build says how far its own data reach, the app says how old the build is.
with

sources as (

    select * from {{ ref('int_sources_observed') }}

),

contract as (

    {% for system, table in cx_warehouse.source_tables() -%}
    select
        '{{ system }}.{{ table }}' as source_table,
        cast({{ cx_warehouse.most_days_behind(system, table) }} as {{ dbt.type_bigint() }}) as most_days_behind
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

as_of_row as (

    select * from {{ ref('stg_as_of') }}

),

final as (

    select
        sources.source_table,
        sources.is_present,
        sources.current_count,
        contract.most_days_behind,
        {{ cx_warehouse.days_between('sources.newest_event_at', 'as_of_row.as_of') }} as days_behind,
        sources.newest_event_at,
        as_of_row.as_of
    from sources
    inner join contract on sources.source_table = contract.source_table
    cross join as_of_row

)

select
    source_table,
    case when is_present then cast(current_count as {{ dbt.type_bigint() }}) end as current_count,
    most_days_behind,
    days_behind,
    is_present,
    newest_event_at,
    as_of
from final
