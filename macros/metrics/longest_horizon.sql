{#- How many months from its start on the return of an initiative is worked out at most: fifty years. -#}
{% macro longest_horizon() -%} {{ return(adapter.dispatch('longest_horizon', 'cx_warehouse')()) }} {%- endmacro %}
{% macro default__longest_horizon() -%} 600 {%- endmacro %}
