{#- Upper end of the 95 % Wilson score interval of a share, `successes` out of `trials`; between 0 and 1.
    The interval is symmetric in success and failure: the most that succeeded is 1 minus the least that failed. So both
    ends come from one formula, and exactly 1 comes out when everything succeeded. Null and source as in wilson_low. -#}
{% macro wilson_high(successes, trials) -%}
    {{ return(adapter.dispatch('wilson_high', 'cx_warehouse')(successes, trials)) }}
{%- endmacro %}

{% macro default__wilson_high(successes, trials) -%}
    (1e0 - ({{ cx_warehouse.wilson_low('(' ~ trials ~ ') - (' ~ successes ~ ')', trials) }}))
{%- endmacro %}
