{#- Published tables lie in `marts`, `reference`, `staging` and `intermediate`, with no prefix. A project that installs
    this package decides for itself (dbt asks the root project's macro). -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
