{#- When a given share has left, over the rows of a survival curve (an aggregate): the first time at which at most the rest
    is still there. Of survival_rate_low it is the lower end of that time's 95 % interval, of survival_rate_high the
    upper one (Brookmeyer, Crowley 1982, Biometrics 38, 29–41). Null where the curve does not get there. -#}
{% macro curve_quantile(time, survival_rate, share_left) -%}
    {{ return(adapter.dispatch('curve_quantile', 'cx_warehouse')(time, survival_rate, share_left)) }}
{%- endmacro %}

{#- A rate that is a half by count may miss it by rounding. -#}
{% macro default__curve_quantile(time, survival_rate, share_left) -%}
    min(case when {{ survival_rate }} <= 1e0 - ({{ share_left }}) + 1e-9 then {{ time }} end)
{%- endmacro %}
