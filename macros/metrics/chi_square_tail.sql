{#- P(X > chi_square) of the χ² distribution with one degree of freedom: both tails of the normal beyond its root.
    Null where it is null or below 0. -#}
{% macro chi_square_tail(chi_square) -%}
    {{ return(adapter.dispatch('chi_square_tail', 'cx_warehouse')(chi_square)) }}
{%- endmacro %}

{% macro default__chi_square_tail(chi_square) -%}
    case
        when ({{ chi_square }}) >= 0
            then 2e0 * {{ cx_warehouse.normal_tail('sqrt(cast(' ~ chi_square ~ ' as double))') }}
    end
{%- endmacro %}
