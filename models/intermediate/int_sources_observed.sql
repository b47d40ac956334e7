-- Grain: one row per source table of the contract.
-- Follow-up for an outcome ends where the table that would have recorded it ends, so that a feed that stopped early does
-- not look like silence.
with

sources as (

    select * from {{ ref('stg_sources') }}

),

as_of_row as (

    select * from {{ ref('stg_as_of') }}

),

observed as (

    {% for system, table in cx_warehouse.source_tables() -%}
    select
        '{{ system }}.{{ table }}' as source_table,
        count(*) as current_count,
        max({{ cx_warehouse.latest_event(system, table) }}) as observed_until
    from {{ ref('stg_' ~ system ~ '__' ~ table) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        sources.source_table,
        sources.is_present,
        observed.current_count,
        -- A table of definitions has no events of its own and is as fresh as the rest.
        coalesce(observed.observed_until, as_of_row.as_of) as observed_until,
        observed.observed_until as newest_event_at
    from sources
    inner join observed on sources.source_table = observed.source_table
    cross join as_of_row

)

select * from final
