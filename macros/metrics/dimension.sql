{#- A value of a report's dimension: `all` is the name of the roll-up, so a segment or a touchpoint that bears it itself
    keeps apart from it; what nobody knows is `unknown`. -#}
{% macro dimension(column) -%}
    {{ return(adapter.dispatch('dimension', 'cx_warehouse')(column)) }}
{%- endmacro %}
{% macro default__dimension(column) -%}
    case when {{ column }} = 'all' then 'all (as named)' else coalesce({{ column }}, 'unknown') end
{%- endmacro %}
