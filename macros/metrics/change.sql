{#- Standard error of the difference of two means of independent samples: √(s₁² ÷ n₁ + s₂² ÷ n₂).
    Source: Welch (1938), Biometrika 29, 350–362. Null where either sample has fewer than two values. -#}
{% macro change_error(deviation, observations, deviation_before, observations_before) -%}
    {{ return(adapter.dispatch('change_error', 'cx_warehouse')(deviation, observations, deviation_before, observations_before)) }}
{%- endmacro %}
{% macro default__change_error(deviation, observations, deviation_before, observations_before) -%}
    sqrt(
        {{ cx_warehouse.ratio('((' ~ deviation ~ ') * (' ~ deviation ~ '))', '(' ~ observations ~ ')') }}
        + {{ cx_warehouse.ratio('((' ~ deviation_before ~ ') * (' ~ deviation_before ~ '))', '(' ~ observations_before ~ ')') }}
    )
{%- endmacro %}
