{#- Net promoter score, −100 to 100: the share of promoters minus the share of detractors, × 100.
    Null when nobody answered. Source: Reichheld (2003), Harvard Business Review 81(12), 46–54. -#}
{% macro nps(promoters, detractors, answers) -%}
    {{ return(adapter.dispatch('nps', 'cx_warehouse')(promoters, detractors, answers)) }}
{%- endmacro %}

{% macro default__nps(promoters, detractors, answers) -%}
    (100e0 * ({{ cx_warehouse.ratio('((' ~ promoters ~ ') - (' ~ detractors ~ '))', '(' ~ answers ~ ')') }}))
{%- endmacro %}
