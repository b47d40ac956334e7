{#- Whether a row of `t_quantiles` is the largest tabled number of degrees of freedom that the data has: never narrower than
    the truth. Where there are none, no row is. -#}
{% macro has_freedom(quantiles, degrees_of_freedom) -%}
    {{ quantiles }}.degrees_of_freedom <= {{ degrees_of_freedom }} and {{ degrees_of_freedom }} < {{ quantiles }}.next_degrees_of_freedom
{%- endmacro %}
