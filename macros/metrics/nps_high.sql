{#- Upper end of the 95 % adjusted-Wald interval of the net promoter score, clipped to 100: the lower end with promoters
    and detractors exchanged, its sign turned. Null and source as in nps_low. -#}
{% macro nps_high(promoters, passives, detractors) -%}
    {{ return(adapter.dispatch('nps_high', 'cx_warehouse')(promoters, passives, detractors)) }}
{%- endmacro %}

{% macro default__nps_high(promoters, passives, detractors) -%}
    (-({{ cx_warehouse.nps_low(detractors, passives, promoters) }}))
{%- endmacro %}
