-- Grain: one row per load and source table of the contract: what became of the rows it brought.
with

{% for system, table in cx_warehouse.source_tables() -%}
{{ table }} as (

    select
        _load_id,
        disposition,
        count(*) as row_count,
        sum(_unreadable_count) as unreadable_count
    from ({{ cx_warehouse.disposed_rows(system, table) }}) as disposed
    group by _load_id, disposition

),

{{ table }}_flagged as (

    select
        _load_id,
        {{ cx_warehouse.count_if('is_orphan') }} as orphaned_count,
        {{ cx_warehouse.count_if('is_unmapped') }} as unmapped_count
    from {{ ref('stg_' ~ system ~ '__' ~ table) }}
    group by _load_id

),

{% endfor -%}

dispositions as (

    {% for system, table in cx_warehouse.source_tables() -%}
    select '{{ system }}' as system, '{{ table }}' as table_name, {{ table }}.* from {{ table }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

flags as (

    {% for system, table in cx_warehouse.source_tables() -%}
    select '{{ system }}' as system, '{{ table }}' as table_name, {{ table }}_flagged.* from {{ table }}_flagged
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

summed as (

    select
        system,
        table_name,
        _load_id as load_id,
        cast(sum(row_count) as {{ dbt.type_bigint() }}) as typed_count,
        {%- for disposition in ['rejected', 'superseded', 'deleted', 'not_yet', 'current'] %}
        cast(sum(case when disposition = '{{ disposition }}' then row_count else 0 end) as {{ dbt.type_bigint() }}) as {{ disposition }}_count,
        {%- endfor %}
        cast(sum(unreadable_count) as {{ dbt.type_bigint() }}) as unreadable_count
    from dispositions
    group by system, table_name, _load_id

),

final as (

    select
        summed.*,
        coalesce(flags.orphaned_count, 0) as orphaned_count,
        coalesce(flags.unmapped_count, 0) as unmapped_count
    from summed
    left join flags
        on summed.system = flags.system
        and summed.table_name = flags.table_name
        and summed.load_id = flags._load_id

)

select * from final
