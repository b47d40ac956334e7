{#- What the treated changed by beyond what those not treated changed by. Without a comparison (null) it is the change of
    the treated alone. Source: Card, Krueger (1994), American Economic Review 84, 772–793. -#}
{% macro difference_in_differences(treated_before, treated_after, control_before, control_after) -%}
    {{ return(adapter.dispatch('difference_in_differences', 'cx_warehouse')(treated_before, treated_after, control_before, control_after)) }}
{%- endmacro %}
{% macro default__difference_in_differences(treated_before, treated_after, control_before, control_after) -%}
    (
        ({{ treated_after }}) - ({{ treated_before }})
        - case when ({{ control_after }}) is null or ({{ control_before }}) is null then 0e0 else ({{ control_after }}) - ({{ control_before }}) end
    )
{%- endmacro %}
