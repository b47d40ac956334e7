-- Grain: one row per customer, order or contact of which something may differ from what the last build made; empty where all is built.
-- Changed is what came with a new load, what was still open at the end of the last build, and whoever shares an order, a contact or
-- an id with either, in any version of any row: so what a row was linked with before counts, too.
{%- set last_build = cx_warehouse.last_build() %}
{%- set kinds = cx_warehouse.id_kinds() %}
{%- set tables = [] %}
{%- for system, table in cx_warehouse.source_tables() %}
    {%- set columns = cx_warehouse.contract_columns(system, table) %}
    {%- set rows = ref('base_' ~ system ~ '__' ~ table) %}
    {%- set ids = cx_warehouse.id_columns(columns | map(attribute='name') | list) %}
    {%- if ids %}
        {%- do tables.append({
            'name': table, 'rows': rows, 'key': cx_warehouse.key_column(system, table), 'ids': ids,
            'instants': cx_warehouse.instants(system, table)
        }) %}
    {%- endif %}
{%- endfor %}
{%- set remembered = ref('stg_builds_remembered') %}
{%- if not last_build %}
select cast(null as {{ dbt.type_string() }}) as id_kind, cast(null as {{ dbt.type_string() }}) as id where false
{%- else %}
with recursive

settled as (

    select max(settled_until) as settled_until from {{ remembered }}

),

{% for table in tables -%}
-- A row that names nobody may be a version of one that does.
{{ table.name }}_touched as (

    select versions.{{ table.key }}
    from {{ table.rows }} as versions
    cross join settled
    where
        versions._load_id not in (select load_id from {{ remembered }})
        or greatest({{ table.instants | join(', ') }}) > settled.settled_until
        or (versions.is_repeated and coalesce({{ table.ids | join(', ') }}) is null)

),

{% endfor -%}

touched as (

    {% for table in tables -%}
    {% for id in table.ids -%}
    select '{{ kinds[id] }}' as id_kind, {{ id }} as id
    from {{ table.rows }}
    where {{ table.key }} in (select {{ table.key }} from {{ table.name }}_touched)
    union
    {% endfor -%}
    {% endfor -%}
    {% for promises, is_open in [('int_promises_resolved', 'greatest(due_at, deadline_at)'), ('int_promises_implied', 'due_at')] -%}
    {% for id in ['customer_id', 'order_id', 'contact_id'] -%}
    select '{{ kinds[id] }}', {{ id }}
    from {{ cx_warehouse.relation_named(promises) }}
    cross join settled
    where {{ is_open }} > settled.settled_until
    {{ 'union' if not loop.last }}
    {% endfor -%}
    {{ 'union' if not loop.last }}
    {% endfor %}
),

-- Where several versions of a row name different customers, orders or contacts, they share the row.
versions as (

    {% for table in tables -%}
    {% for id in table.ids -%}
    select '{{ table.name }}' as source_table, {{ table.key }} as source_key, '{{ kinds[id] }}' as id_kind, {{ id }} as id
    from {{ table.rows }}
    where is_repeated and {{ id }} is not null and {{ table.key }} is not null
    {{ 'union' if not loop.last }}
    {% endfor -%}
    {{ 'union' if not loop.last }}
    {% endfor %}
),

reached as (

    select id_kind, id from touched where id is not null

    union

    select linked.id_kind, linked.id
    from (

        {% for table in tables -%}
        {% for one in table.ids -%}
        {% for other in table.ids if other != one -%}
        select '{{ kinds[other] }}' as id_kind, source_rows.{{ other }} as id
        from reached
        inner join {{ table.rows }} as source_rows on reached.id = source_rows.{{ one }}
        where reached.id_kind = '{{ kinds[one] }}' and source_rows.{{ other }} is not null

        union all

        {% endfor -%}
        {% endfor -%}
        {% endfor -%}
        select others.id_kind, others.id
        from reached
        inner join versions on reached.id_kind = versions.id_kind and reached.id = versions.id
        inner join versions as others on versions.source_table = others.source_table and versions.source_key = others.source_key

    ) as linked

)

select id_kind, id from reached
{%- endif %}
