{#- Lower end of the 95 % interval of a difference of two independent shares, successes_1 / trials_1 minus
    successes_2 / trials_2; between −1 and 1. Not for customers that appear in both groups or more than once.
    Null where either share has no interval.
    Source: Newcombe (1998), Statistics in Medicine 17, 873–890, method 10 (hybrid score, no continuity correction). -#}
{% macro newcombe_low(successes_1, trials_1, successes_2, trials_2) -%}
    {{ return(adapter.dispatch('newcombe_low', 'cx_warehouse')(successes_1, trials_1, successes_2, trials_2)) }}
{%- endmacro %}

{% macro default__newcombe_low(successes_1, trials_1, successes_2, trials_2) -%}
    {%- set share_1 = '(' ~ cx_warehouse.ratio('(' ~ successes_1 ~ ')', '(' ~ trials_1 ~ ')') ~ ')' -%}
    {%- set share_2 = '(' ~ cx_warehouse.ratio('(' ~ successes_2 ~ ')', '(' ~ trials_2 ~ ')') ~ ')' -%}
    (
        {{ share_1 }} - {{ share_2 }}
        - sqrt(
            power({{ share_1 }} - ({{ cx_warehouse.wilson_low(successes_1, trials_1) }}), 2)
            + power(({{ cx_warehouse.wilson_high(successes_2, trials_2) }}) - {{ share_2 }}, 2)
        )
    )
{%- endmacro %}
