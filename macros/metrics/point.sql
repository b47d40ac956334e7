{#- A point estimate as published: null when it rests on too few rows, or on an unknown number of them. -#}
{% macro point(expression, observations) -%}
    {{ return(adapter.dispatch('point', 'cx_warehouse')(expression, observations)) }}
{%- endmacro %}
{% macro default__point(expression, observations) -%}
    case when ({{ observations }}) >= {{ cx_warehouse.fewest_for_point() }} then {{ expression }} end
{%- endmacro %}
