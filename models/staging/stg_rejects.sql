-- Grain: one row per rejected row (or refused file) and reason.
with

{% for system, table in cx_warehouse.source_tables() -%}
{{ table }} as (

    {{ cx_warehouse.split_problems('(select _load_id, _file, _line, _problems from ' ~ ref('base_' ~ system ~ '__' ~ table) ~ ' where _problems is not null) as rejected') }}

),

{% endfor -%}

typed as (

    {% for system, table in cx_warehouse.source_tables() -%}
    select
        _load_id as load_id,
        '{{ system }}' as system,
        '{{ table }}' as table_name,
        _file as file,
        _line as line,
        column_name,
        found,
        expected,
        reason_kind
    from {{ table }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- A file that stays broken is refused again by every load; it is one reject. A line is rejected with the content that was
-- loaded, so the same line of another load is of another content under the same name.
loader as (

    select
        min(load_id) as load_id,
        system,
        table_name,
        file,
        line,
        column_name,
        found,
        expected,
        reason_kind,
        max(reason) as reason
    from {{ source('ops', 'rejects') }}
    group by
        system, table_name, file, line, column_name, found, expected, reason_kind,
        case when line is not null then load_id end

),

final as (

    select
        load_id,
        system,
        table_name,
        file,
        line,
        column_name,
        found,
        expected,
        reason_kind,
        concat(
            file, ', line ', coalesce(cast(line as {{ dbt.type_string() }}), '?'), ', column ', column_name, ': found ', found,
            ', expected ', expected, '. Mend the row and land it again.'
        ) as reason
    from typed

    union all

    select load_id, system, table_name, file, line, column_name, found, expected, reason_kind, reason from loader

)

select * from final
