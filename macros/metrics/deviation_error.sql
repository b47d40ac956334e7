{#- Standard error of a standard deviation, whatever the distribution: √((m₄ − m₂²) ÷ n) ÷ (2 · deviation), from the second and
    fourth moments about the mean. Null where nothing varies. Source: Cramér, Mathematical Methods of Statistics (1946),
    §27.4 and §28.4. -#}
{% macro deviation_error(second_moment, fourth_moment, observations, deviation) -%}
    {{ return(adapter.dispatch('deviation_error', 'cx_warehouse')(second_moment, fourth_moment, observations, deviation)) }}
{%- endmacro %}
{% macro default__deviation_error(second_moment, fourth_moment, observations, deviation) -%}
    (
        sqrt(greatest(({{ fourth_moment }}) - ({{ second_moment }}) * ({{ second_moment }}), 0e0) / nullif(cast({{ observations }} as double), 0e0))
        / (2e0 * nullif({{ deviation }}, 0e0))
    )
{%- endmacro %}
