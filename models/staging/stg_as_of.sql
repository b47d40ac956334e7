-- Grain: one row, the instant at which time stops.
-- A promise, a deadline, a validity or an updated_at is not something that happened, so none of them moves it.
-- Nor is an event dated after the load: it cannot have happened yet, and one mistyped year must not make all else look old.
with

-- Relations mapped by the user have no load, hence no cap.
loads as (

    select
        max(loaded_at) as loaded_at,
        coalesce(max(loaded_at), cast('9999-12-31' as {{ dbt.type_timestamp() }})) as known_until
    from {{ source('ops', 'files') }}
    where file_status = 'loaded'

),

{% for system, table in cx_warehouse.source_tables() -%}
{{ table }} as (

    select max({{ cx_warehouse.latest_event(system, table, 'loads.known_until') }}) as latest_event_at
    from {{ ref('base_' ~ system ~ '__' ~ table) }}
    cross join loads
    where is_latest_version and deleted_at is null

),

{% endfor -%}

events as (

    {% for system, table in cx_warehouse.source_tables() -%}
    select latest_event_at from {{ table }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        {% if var('cx_as_of') -%}
        cast({{ cx_warehouse.read_instant("'" ~ var('cx_as_of') ~ "'") }} as {{ dbt.type_timestamp() }}) as as_of,
        {%- else -%}
        (select max(latest_event_at) from events) as as_of,
        {%- endif %}
        {{ 'true' if var('cx_as_of') else 'false' }} as is_named,
        loads.loaded_at
    from loads

)

select as_of, is_named, loaded_at from final
