{#- The one door per source table: what the loader landed, or a relation of the user's own (var cx_sources), and what
    the chosen connectors feed. Every contract column comes through as text, with where it came from beside it. -#}

{% macro raw_directory() -%}
    {{ var('cx_raw_dir', env_var('CX_WAREHOUSE', 'warehouse') ~ '/raw') }}
{%- endmacro %}

{#- The columns of a contract table as models/sources declares them; empty while parsing. -#}
{% macro contract_columns(system, table) %}
    {% set columns = [] %}
    {% if execute %}
        {% set node = graph.sources.values()
            | selectattr('package_name', 'equalto', 'cx_warehouse')
            | selectattr('source_name', 'equalto', system)
            | selectattr('name', 'equalto', table) | first %}
        {% for column in node.columns.values() %}
            {% set meta = column.get('config', {}).get('meta', {}) or column.get('meta', {}) %}
            {% do columns.append({
                'name': column.name,
                'type': column.data_type,
                'is_key': meta.get('key', false),
                'is_required': meta.get('required', false),
                'is_pii': meta.get('pii', false),
                'is_happened': meta.get('happened', false),
                'is_born': meta.get('born', false),
                'is_unreadable_told': meta.get('unreadable') == 'told',
                'allowed': meta.get('allowed', [])
            }) %}
        {% endfor %}
    {% endif %}
    {{ return(columns) }}
{% endmacro %}

{#- The column that tells the rows of a contract table apart. -#}
{% macro key_column(system, table) %}
    {{ return(cx_warehouse.contract_columns(system, table) | selectattr('is_key') | map(attribute='name') | first) }}
{% endmacro %}

{#- Every date and instant that a row of a contract table may hold, as instants. -#}
{% macro instants(system, table) %}
    {% set found = [] %}
    {% for column in cx_warehouse.contract_columns(system, table) %}
        {% for part in cx_warehouse.typed_columns(column) if column.type in ['timestamp', 'date', 'date_or_timestamp'] %}
            {% do found.append(part.name if part.name.endswith('_at') else cx_warehouse.date_as_instant(part.name)) %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{% macro lineage_columns() %}
    {{ return(['_file', '_line', '_load_id', '_loaded_at', '_row_hash']) }}
{% endmacro %}

{#- What `cx_sources` names: {ref: model}, {source: [name, table]}, or a text that stands for a relation as it is. Only the
    first two tell dbt to build it before. -#}
{% macro mapped_relation(mapped) %}
    {%- if mapped is string -%} {{ return(mapped) }}
    {%- elif mapped.ref is defined -%} {{ return(ref(mapped.ref)) }}
    {%- elif mapped.source is defined -%} {{ return(source(*mapped.source)) }}
    {%- endif -%}
    {{ exceptions.raise_compiler_error('cx_sources: ' ~ mapped ~ ' is neither a relation nor {ref: model} nor {source: [name, table]}.') }}
{% endmacro %}

{% macro source_rows(system, table) %}
    {%- set columns = cx_warehouse.contract_columns(system, table) | map(attribute='name') | list -%}
    {%- set mapped = var('cx_sources', {}).get(system ~ '.' ~ table) -%}
    {%- if mapped %}
    {%- set relation = cx_warehouse.mapped_relation(mapped) %}
    select
        {%- for column in columns %}
        cast({{ column }} as {{ dbt.type_string() }}) as {{ column }},
        {%- endfor %}
        cast('{{ relation }}' as {{ dbt.type_string() }}) as _file,
        -- A relation has no lines; its rows are numbered by their content, so that a rejected one can be named.
        cast(row_number() over (order by {{ cx_warehouse.row_hash(columns) }}) as {{ dbt.type_bigint() }}) as _line,
        cast('mapped' as {{ dbt.type_string() }}) as _load_id,
        cast(null as {{ dbt.type_timestamp() }}) as _loaded_at,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from {{ relation }}
    {%- else %}
    select {{ (columns + cx_warehouse.lineage_columns()) | join(', ') }}
    from {{ source(system, table) }}
    {%- endif %}
    {%- for tool in var('cx_connectors', []) if system ~ '.' ~ table in var('cx_connector_tables').get(tool, []) %}
    union all
    select {{ (columns + cx_warehouse.lineage_columns()) | join(', ') }}
    from {{ ref(tool ~ '__' ~ system ~ '__' ~ table) }}
    {%- endfor %}
{% endmacro %}
