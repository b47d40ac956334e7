{#- The thirteen tables of the contract as [system, table]: the one list that SQL loops over. -#}
{% macro source_tables() %}
    {{ return([
        ['crm', 'customers'], ['crm', 'customer_identities'], ['crm', 'contacts'], ['crm', 'messages'],
        ['crm', 'initiatives'], ['crm', 'initiative_costs'], ['crm', 'maturity_assessments'],
        ['survey', 'answers'], ['survey', 'invitations'],
        ['fulfilment', 'orders'], ['fulfilment', 'shipments'], ['fulfilment', 'promises'], ['fulfilment', 'adjustments']
    ]) }}
{% endmacro %}

{#- Whether a source table was handed over at all. Absent is not empty: absent gives null, present and empty gives zero. -#}
{% macro is_present(source_table) -%}
    (select is_present from {{ ref('stg_sources') }} where source_table = '{{ source_table }}')
{%- endmacro %}

{#- Whether anybody records when shipments arrive: shipments may be on record without that. -#}
{% macro has_deliveries() -%}
    (select is_present from {{ ref('int_feeds_observed') }} where kept_by = 'delivered')
{%- endmacro %}

{#- From when on it is asked whether the customer of an order (columns landmark_at, ordered_at) comes back. Where nobody records
    deliveries, as where shipments are on record and not when they came, there is no landmark, and the clock starts with the
    order itself. -#}
{% macro retention_start() -%}
    case
        when {{ cx_warehouse.has_deliveries() }} then landmark_at
        else ordered_at
    end
{%- endmacro %}

{#- The latest thing that happened in one row, with `until` not after that instant; null where nothing did. -#}
{% macro latest_event(system, table, until=none) -%}
    {%- set instants = ['cast(null as ' ~ dbt.type_timestamp() ~ ')'] -%}
    {%- for column in cx_warehouse.contract_columns(system, table) if column.is_happened -%}
        {%- set instant = cx_warehouse.date_as_instant(column.name) if column.type == 'date' else column.name -%}
        {%- do instants.append('case when ' ~ instant ~ ' <= ' ~ until ~ ' then ' ~ instant ~ ' end' if until else instant) -%}
    {%- endfor -%}
    greatest({{ instants | join(', ') }}, {{ instants[0] }})
{%- endmacro %}

{#- After how many days without an event a table is stale, as the contract says of it; null where it may rest. -#}
{% macro most_days_behind(system, table) -%}
    {%- set found = namespace(days='null') -%}
    {%- if execute -%}
        {%- for source in graph.sources.values() if source.package_name == 'cx_warehouse' and source.source_name == system and source.name == table -%}
            {%- set meta = source.config.get('meta', {}) or source.get('meta', {}) -%}
            {%- set found.days = meta.get('most_days_behind', 'null') -%}
        {%- endfor -%}
    {%- endif -%}
    {{ found.days }}
{%- endmacro %}

{#- The latest event of a source table not after as_of. -#}
{% macro observed_until(source_table) -%}
    (select observed_until from {{ ref('int_sources_observed') }} where source_table = '{{ source_table }}')
{%- endmacro %}
