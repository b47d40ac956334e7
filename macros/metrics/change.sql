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

{#- Degrees of freedom of that error, for Student's t: (s₁² ÷ n₁ + s₂² ÷ n₂)² ÷ ((s₁² ÷ n₁)² ÷ (n₁ − 1) + (s₂² ÷ n₂)² ÷ (n₂ − 1)), never
    fewer than those of the smaller sample, which is what is left where nothing varies; rounding may not take a whole one away. Source: Satterthwaite (1946),
    Biometrics Bulletin 2, 110–114. Null where either sample has fewer than two values. -#}
{% macro change_freedom(deviation, observations, deviation_before, observations_before) -%}
    {{ return(adapter.dispatch('change_freedom', 'cx_warehouse')(deviation, observations, deviation_before, observations_before)) }}
{%- endmacro %}
{% macro default__change_freedom(deviation, observations, deviation_before, observations_before) -%}
    {%- set part = cx_warehouse.ratio('((' ~ deviation ~ ') * (' ~ deviation ~ '))', '(' ~ observations ~ ')') -%}
    {%- set part_before = cx_warehouse.ratio('((' ~ deviation_before ~ ') * (' ~ deviation_before ~ '))', '(' ~ observations_before ~ ')') -%}
    case
        when ({{ observations }}) > 1 and ({{ observations_before }}) > 1
            then coalesce(
                {{ cx_warehouse.ratio(
                    '((' ~ part ~ ' + ' ~ part_before ~ ') * (' ~ part ~ ' + ' ~ part_before ~ '))',
                    '(' ~ part ~ ' * ' ~ part ~ ' / (cast((' ~ observations ~ ') as double) - 1e0) + '
                    ~ part_before ~ ' * ' ~ part_before ~ ' / (cast((' ~ observations_before ~ ') as double) - 1e0))'
                ) }},
                least({{ observations }}, {{ observations_before }}) - 1
            ) + 1e-9
    end
{%- endmacro %}
