{#- The 97.5 % quantile of the standard normal distribution, so that an interval of ±z covers 95 %. -#}
{% macro z_95() -%} {{ return(adapter.dispatch('z_95', 'cx_warehouse')()) }} {%- endmacro %}
{#- Written with an exponent, so that engines read it as a double and not as a decimal. -#}
{% macro default__z_95() -%} 1.959963984540054e0 {%- endmacro %}
