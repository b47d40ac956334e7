{#- Upper end of the 95 % interval of a difference of two independent shares: the lower end of the difference taken the
    other way round, its sign turned. Null and source as in newcombe_low. -#}
{% macro newcombe_high(successes_1, trials_1, successes_2, trials_2) -%}
    {{ return(adapter.dispatch('newcombe_high', 'cx_warehouse')(successes_1, trials_1, successes_2, trials_2)) }}
{%- endmacro %}

{% macro default__newcombe_high(successes_1, trials_1, successes_2, trials_2) -%}
    (-{{ cx_warehouse.newcombe_low(successes_2, trials_2, successes_1, trials_1) }})
{%- endmacro %}
