{#- Everything of the package stays apart from the rest under one prefix. -#}
{% macro default__schema_name(custom_schema_name, node) -%}
    {{ 'cx_' ~ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
