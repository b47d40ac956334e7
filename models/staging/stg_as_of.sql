-- Grain: one row, the instant at which time stops.
-- A promise, a deadline, a validity or an updated_at is not something that happened, so none of them moves it.
with

{% for system, table in cx_warehouse.source_tables() -%}
{{ table }} as (

    select max({{ cx_warehouse.latest_event(system, table) }}) as latest_event_at
    from {{ ref('base_' ~ system ~ '__' ~ table) }}
    where is_latest_version and deleted_at is null

),

{% endfor -%}

events as (

    {% for system, table in cx_warehouse.source_tables() -%}
    select latest_event_at from {{ table }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- Events dated after the load cannot have happened yet. Relations mapped by the user have no load, hence no cap.
loads as (

    select max(loaded_at) as loaded_at from {{ source('ops', 'files') }} where file_status = 'loaded'

),

final as (

    select
        {% if var('cx_as_of') -%}
        cast({{ cx_warehouse.read_instant("'" ~ var('cx_as_of') ~ "'") }} as {{ dbt.type_timestamp() }}) as as_of,
        {%- else -%}
        least(
            (select max(latest_event_at) from events),
            coalesce(loads.loaded_at, (select max(latest_event_at) from events))
        ) as as_of,
        {%- endif %}
        {{ 'true' if var('cx_as_of') else 'false' }} as is_named,
        loads.loaded_at
    from loads

)

select as_of, is_named, loaded_at from final
