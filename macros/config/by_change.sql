{#- Building by what changed (docs/decisions/0021): a model that keeps its rows computes those of changed customers, orders and
    contacts anew and leaves the others as they are. What has changed is `stg_ids_changed`; whoever shares an order, a contact
    or an id with it has changed too, so that a row changes as a whole or not at all. -#}

{#- The columns that name a customer, an order or a contact → which of them. -#}
{% macro id_kinds() %}
    {{ return({
        'customer_id': 'customer', 'tool_customer_id': 'customer', 'known_id': 'customer', 'email': 'customer',
        'email_hash': 'customer', 'order_id': 'order', 'contact_id': 'contact'
    }) }}
{% endmacro %}

{#- Those of some columns that do. -#}
{% macro id_columns(columns) %}
    {%- set found = [] -%}
    {%- for column in columns if column in cx_warehouse.id_kinds() -%} {%- do found.append(column) -%} {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#- A model's relation by its name, for hooks, which may not use ref. -#}
{% macro relation_named(name) %}
    {%- set node = graph.nodes.values() | selectattr('name', 'equalto', name) | selectattr('package_name', 'equalto', 'cx_warehouse') | first -%}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias)) }}
{% endmacro %}

{#- What the last build wrote down of itself; none where nothing is known of one, and all has to be built. -#}
{% macro last_build() %}
    {%- if execute and var('cx_incremental', false) and not flags.FULL_REFRESH
        and not var('cx_connectors', []) and not var('cx_sources', {}) -%}
        {{ return(cx_warehouse.relation_named('int_builds_made')) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}

{#- Whether the model being built keeps the rows of what did not change. -#}
{% macro is_by_change() %}
    {{ return(execute and var('cx_incremental', false) and is_incremental() and cx_warehouse.last_build() is not none) }}
{% endmacro %}

{#- The rows of a relation from which to compute: those of what changed, or all. -#}
{% macro changed(relation) -%}
    {%- if var('cx_incremental', false) -%} {%- set changed_ids = ref('stg_ids_changed') -%} {%- endif -%}
    {%- if cx_warehouse.is_by_change() -%}
    (
        select kept_rows.* from {{ relation }} as kept_rows
        where {{ cx_warehouse.is_changed(adapter.get_columns_in_relation(relation) | map(attribute='name') | list) }}
    )
    {%- else -%}
    {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#- Whether a row with these columns belongs to something that changed. What belongs to nobody is always computed anew. -#}
{% macro is_changed(columns) -%}
    {%- set ids = cx_warehouse.id_columns(columns) -%}
    coalesce({{ (ids or ['null']) | join(', ') }}) is null
    {%- for id in ids %}
    or {{ id }} in (
        select id from {{ cx_warehouse.relation_named('stg_ids_changed') }} where id_kind = '{{ cx_warehouse.id_kinds()[id] }}'
    )
    {%- endfor -%}
{%- endmacro %}

{#- Whether a landed row has to be read anew: its key came with a load that the last build did not know. -#}
{% macro is_landed_since(system, table) -%}
    {%- set key = cx_warehouse.key_column(system, table) -%}
    {{ key }} is null
    or nullif(trim({{ key }}), '') in (
        select nullif(trim({{ key }}), '')
        from {{ source(system, table) }}
        where _load_id not in (select load_id from {{ cx_warehouse.relation_named('stg_builds_remembered') }})
    )
{%- endmacro %}

{#- Before a model that keeps its rows: away with those that it is about to compute anew. -#}
{% macro delete_changed() -%}
    {%- if execute and var('cx_incremental', false) and is_incremental() -%}
    delete from {{ this }}
    {%- if cx_warehouse.last_build() is none -%}
    {%- elif model.name.startswith('base_') %}
    where {{ cx_warehouse.is_landed_since(*model.name[5:].split('__')) }}
    {%- else %}
    where {{ cx_warehouse.is_changed(adapter.get_columns_in_relation(this) | map(attribute='name') | list) }}
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}
