{#- Upper end of the 95 % interval of a ratio of two independent shares: 1 over the lower end of the ratio taken the
    other way round. Null and source as in katz_low. -#}
{% macro katz_high(successes_1, trials_1, successes_2, trials_2) -%}
    {{ return(adapter.dispatch('katz_high', 'cx_warehouse')(successes_1, trials_1, successes_2, trials_2)) }}
{%- endmacro %}

{% macro default__katz_high(successes_1, trials_1, successes_2, trials_2) -%}
    ({{ cx_warehouse.ratio('1', '(' ~ cx_warehouse.katz_low(successes_2, trials_2, successes_1, trials_1) ~ ')') }})
{%- endmacro %}
