{#- One end of an interval as published: null when it rests on too few rows, or on an unknown number of them. -#}
{% macro bound(expression, observations) -%}
    {{ return(adapter.dispatch('bound', 'cx_warehouse')(expression, observations)) }}
{%- endmacro %}
{% macro default__bound(expression, observations) -%}
    case when ({{ observations }}) >= {{ cx_warehouse.fewest_for_interval() }} then {{ expression }} end
{%- endmacro %}
