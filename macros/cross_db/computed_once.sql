{#- At the end of a subquery whose columns the query around it uses several times: PostgreSQL would put the expressions in
    their place, and a chain of such selects would grow without end. -#}
{% macro computed_once() -%} {{ return(adapter.dispatch('computed_once', 'cx_warehouse')()) }} {%- endmacro %}
{% macro default__computed_once() -%} {%- endmacro %}
{% macro postgres__computed_once() -%} offset 0 {%- endmacro %}
