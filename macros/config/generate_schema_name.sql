{#- Published tables lie in `marts`, `reference`, `staging` and `intermediate`, with no prefix. dbt asks the package's macro
    for the package's models, so a project that installs it decides through `schema_name`, by dispatch. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set name = adapter.dispatch('schema_name', 'cx_warehouse')(custom_schema_name, node) | trim -%}
    {{ return(cx_warehouse.schema_of_version(name)) }}
{%- endmacro %}
{% macro default__schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
