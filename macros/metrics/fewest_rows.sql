{#- Under this many rows nothing is shown, since one customer could be told from the others. -#}
{% macro fewest_for_interval() -%}
    {{ return(adapter.dispatch('fewest_for_interval', 'cx_warehouse')()) }}
{%- endmacro %}
{% macro default__fewest_for_interval() -%} 5 {%- endmacro %}

{#- Under this many rows the point estimate is not shown, since readers take it for the truth: only its interval is. -#}
{% macro fewest_for_point() -%} {{ return(adapter.dispatch('fewest_for_point', 'cx_warehouse')()) }} {%- endmacro %}
{% macro default__fewest_for_point() -%} 30 {%- endmacro %}
