{#- Customer effort: the share of answers that say it was easy (see is_easy). Null when nobody answered. -#}
{% macro ces(easy_answers, answers) -%}
    {{ return(adapter.dispatch('ces', 'cx_warehouse')(easy_answers, answers)) }}
{%- endmacro %}
{% macro default__ces(easy_answers, answers) -%}
    ({{ cx_warehouse.ratio('(' ~ easy_answers ~ ')', '(' ~ answers ~ ')') }})
{%- endmacro %}
