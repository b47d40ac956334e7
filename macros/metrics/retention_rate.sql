{#- Customers who came back as a share of those who could have and were followed that long. Null when nobody was. -#}
{% macro retention_rate(retained, eligible) -%}
    {{ return(adapter.dispatch('retention_rate', 'cx_warehouse')(retained, eligible)) }}
{%- endmacro %}
{% macro default__retention_rate(retained, eligible) -%}
    ({{ cx_warehouse.ratio('(' ~ retained ~ ')', '(' ~ eligible ~ ')') }})
{%- endmacro %}
