{#- The text of one key of a JSON object in text; the key is an expression. -#}
{% macro json_value(json, key) -%} {{ return(adapter.dispatch('json_value', 'cx_warehouse')(json, key)) }} {%- endmacro %}
{% macro duckdb__json_value(json, key) -%}
    json_extract_string({{ json }}, '/' || replace(replace({{ key }}, '~', '~0'), '/', '~1'))
{%- endmacro %}
{% macro postgres__json_value(json, key) -%} (cast({{ json }} as json) ->> {{ key }}) {%- endmacro %}
{% macro spark__json_value(json, key) -%} get_json_object({{ json }}, concat('$[\'', {{ key }}, '\']')) {%- endmacro %}
