{#- The version of every row that was in force at as_of: the latest written by then, else the earliest; of two with the
    same instant the one whose content hash is greater, so that the order in which files arrive never matters. Deleted
    rows and rows not born yet are gone, and instants after as_of are null again. -#}
{% macro current_rows(system, table) %}
    {%- set columns = cx_warehouse.contract_columns(system, table) -%}
    {%- set key = columns | selectattr('is_key') | map(attribute='name') | first | default('null') -%}
    select
        {%- for column in columns if column.name not in ('updated_at', 'deleted_at') %}
        {%- for part in cx_warehouse.typed_columns(column) %}
        {%- set instant = cx_warehouse.date_as_instant(part.name) if column.type == 'date' else part.name %}
        {{ 'case when ' ~ instant ~ ' <= as_of then ' ~ part.name ~ ' end as ' ~ part.name if column.is_happened else part.name }},
        {%- endfor %}
        {%- endfor %}
        coalesce(version_at > as_of, false) as is_later_version,
        coalesce({{ cx_warehouse.latest_event(system, table) }} > as_of, false) as has_later_event,
        version_at,
        _file,
        _line,
        _row_hash
    from (
        select
            versions.*,
            as_of_row.as_of,
            row_number() over (
                partition by {{ key }}
                order by
                    case when version_at > as_of_row.as_of then 1 else 0 end,
                    case when version_at > as_of_row.as_of then null else version_at end desc nulls last,
                    version_at,
                    _row_hash desc,
                    _file desc,
                    _line desc
            ) as version_rank
        from {{ ref('base_' ~ system ~ '__' ~ table) }} as versions
        cross join {{ ref('stg_as_of') }} as as_of_row
        where _problems is null
    ) as ranked_versions
    where
        version_rank = 1
        and (deleted_at is null or deleted_at > as_of)
        {%- for column in columns if column.is_born %}
        and ({{ column.name }} is null or {{ cx_warehouse.date_as_instant(column.name) if column.type == 'date' else column.name }} <= as_of)
        {%- endfor %}
{% endmacro %}
