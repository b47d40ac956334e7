{#- What connectors share: an export is text, and so is what is handed on to the contract. -#}

{#- The latest of several instants in text, as UTC text; what cannot be read does not count. -#}
{% macro latest_text(columns) -%}
    {%- set instants = [] -%}
    {%- for column in columns -%} {%- do instants.append(cx_warehouse.read_instant(column)) -%} {%- endfor -%}
    {{ cx_warehouse.instant_to_text('greatest(' ~ instants | join(', ') ~ ')') }}
{%- endmacro %}

{#- A managed connector writes UTC without saying so. -#}
{% macro utc_text(column) -%} {{ cx_warehouse.local_to_utc_text(column, "'UTC'") }} {%- endmacro %}

{#- Whether a flag in text is set; nothing is not set. -#}
{% macro is_set(column) -%} coalesce(lower(trim({{ column }})) in ('true', 't', '1', 'yes'), false) {%- endmacro %}

{#- A column of the contract that the export cannot fill. -#}
{% macro unfilled() -%} cast(null as {{ dbt.type_string() }}) {%- endmacro %}
