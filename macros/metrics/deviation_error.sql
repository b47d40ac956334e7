{#- Standard error of a standard deviation, whatever the distribution: √((m₄ − m₂²) ÷ n) ÷ (2 · deviation), from the second and
    fourth moments about the mean. Null where nothing varies, and where all lie equally far from the mean, since an error of 0 would
    say that nothing is uncertain. Source: Cramér, Mathematical Methods of Statistics (1946),
    §27.4 and §28.4. -#}
{% macro deviation_error(second_moment, fourth_moment, observations, deviation) -%}
    {{ return(adapter.dispatch('deviation_error', 'cx_warehouse')(second_moment, fourth_moment, observations, deviation)) }}
{%- endmacro %}
{% macro default__deviation_error(second_moment, fourth_moment, observations, deviation) -%}
    (
        sqrt(
            case
                when ({{ fourth_moment }}) > ({{ second_moment }}) * ({{ second_moment }}) * (1e0 + 1e-12)
                    then ({{ fourth_moment }}) - ({{ second_moment }}) * ({{ second_moment }})
            end / nullif(cast({{ observations }} as double), 0e0)
        )
        / (2e0 * nullif({{ deviation }}, 0e0))
    )
{%- endmacro %}
