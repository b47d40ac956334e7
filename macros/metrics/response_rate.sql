{#- The share of invitations that a filled-in questionnaire answers. Null when nobody was invited. -#}
{% macro response_rate(responses, invitations) -%}
    {{ return(adapter.dispatch('response_rate', 'cx_warehouse')(responses, invitations)) }}
{%- endmacro %}
{% macro default__response_rate(responses, invitations) -%}
    ({{ cx_warehouse.ratio('(' ~ responses ~ ')', '(' ~ invitations ~ ')') }})
{%- endmacro %}
