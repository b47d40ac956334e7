{#- Observations at which 80 of 100 tests at 5 % would find an effect of this size, all else alike: the error shrinks with
    the root of the observations, and has to be at most the effect ÷ 2.8. Null where the effect is as good as 0.
    Source: Lachin (1981), Controlled Clinical Trials 2, 93–113. -#}
{% macro needed_count(observations, effect, error) -%}
    {{ return(adapter.dispatch('needed_count', 'cx_warehouse')(observations, effect, error)) }}
{%- endmacro %}
{#- 0.84 is the 80 % quantile of the standard normal distribution. -#}
{% macro default__needed_count(observations, effect, error) -%}
    case
        when abs({{ effect }}) > 0.001e0 * ({{ error }})
            then cast(ceil(
                ({{ observations }})
                * power(({{ cx_warehouse.z_95() }} + 0.8416212335729143e0) * {{ cx_warehouse.ratio('(' ~ error ~ ')', '(' ~ effect ~ ')') }}, 2)
            ) as {{ dbt.type_bigint() }})
    end
{%- endmacro %}
