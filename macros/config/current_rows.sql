{#- What became of every accepted version of every row at as_of: `current`, or why not. In force is the latest written by
    then, else the earliest; of two with the same instant the one whose content hash is greater, so that the order in
    which files arrive never matters. -#}
{% macro disposed_rows(system, table) %}
    {%- set columns = cx_warehouse.contract_columns(system, table) -%}
    {%- set key = cx_warehouse.key_column(system, table) -%}
    select
        ranked_versions.*,
        case
            when _problems is not null then 'rejected'
            when version_rank > 1 then 'superseded'
            when deleted_at <= as_of then 'deleted'
            when {{ cx_warehouse.is_bare_deletion(columns) }} then 'not_yet'
            {%- for column in columns if column.is_born %}
            when {{ cx_warehouse.date_as_instant(column.name) if column.type == 'date' else column.name }} > as_of then 'not_yet'
            {%- endfor %}
            else 'current'
        end as disposition
    from (
        -- Only what came more than once has to be ranked, see typed_rows.
        select versions.*, as_of_row.as_of, 1 as version_rank
        from {{ cx_warehouse.changed(ref('base_' ~ system ~ '__' ~ table)) }} as versions
        cross join {{ ref('stg_as_of') }} as as_of_row
        where not versions.is_repeated

        union all

        select
            versions.*,
            as_of_row.as_of,
            row_number() over (
                partition by {{ key }}, _problems is null
                order by
                    case
                        when version_at > as_of_row.as_of and {{ cx_warehouse.is_bare_deletion(columns) }} then 2
                        when version_at > as_of_row.as_of then 1
                        else 0
                    end,
                    case when version_at > as_of_row.as_of then null else version_at end desc nulls last,
                    version_at,
                    _row_hash desc,
                    _file desc,
                    _line desc
            ) as version_rank
        from {{ cx_warehouse.changed(ref('base_' ~ system ~ '__' ~ table)) }} as versions
        cross join {{ ref('stg_as_of') }} as as_of_row
        where versions.is_repeated
    ) as ranked_versions
{% endmacro %}


{#- Whether a version is a deletion that lacks what is required of a row, as it may: until it happens it says nothing that
    could be in force. -#}
{% macro is_bare_deletion(columns) -%}
    deleted_at is not null
    {%- set lacking = [] -%}
    {%- for column in columns if column.is_required and not column.is_key and column.name != 'updated_at' -%}
        {%- do lacking.append(cx_warehouse.is_unread(column)) -%}
    {%- endfor %}
    and ({{ lacking | join(' or ') }})
{%- endmacro %}


{#- The rows in force at as_of. Instants after as_of are null again. -#}
{% macro current_rows(system, table) %}
    {%- set columns = cx_warehouse.contract_columns(system, table) -%}
    select
        {%- for column in columns if column.name not in ('updated_at', 'deleted_at') %}
        {%- for part in cx_warehouse.typed_columns(column) %}
        {%- set instant = cx_warehouse.date_as_instant(part.name) if column.type == 'date' else part.name %}
        {{ 'case when ' ~ instant ~ ' <= as_of then ' ~ part.name ~ ' end as ' ~ part.name if column.is_happened else part.name }},
        {%- endfor %}
        {%- endfor %}
        {%- for column in columns if column.is_unreadable_told %}
        is_{{ column.name }}_unreadable,
        {%- endfor %}
        coalesce(version_at > as_of, false) as is_later_version,
        coalesce({{ cx_warehouse.latest_event(system, table) }} > as_of, false) as has_later_event,
        version_at,
        _load_id,
        _file,
        _line
    from ({{ cx_warehouse.disposed_rows(system, table) }}) as disposed
    where disposition = 'current'
{% endmacro %}
