{#- Satisfaction: the share of answers in the top two boxes (see is_top_box). Null when nobody answered. -#}
{% macro csat(top_box_answers, answers) -%}
    {{ return(adapter.dispatch('csat', 'cx_warehouse')(top_box_answers, answers)) }}
{%- endmacro %}
{% macro default__csat(top_box_answers, answers) -%}
    ({{ cx_warehouse.ratio('(' ~ top_box_answers ~ ')', '(' ~ answers ~ ')') }})
{%- endmacro %}
