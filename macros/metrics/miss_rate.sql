{#- Promises missed as a share of those that were kept or missed: 1 − kept_rate. Null when nothing was judged. -#}
{% macro miss_rate(kept, missed) -%}
    {{ return(adapter.dispatch('miss_rate', 'cx_warehouse')(kept, missed)) }}
{%- endmacro %}
{% macro default__miss_rate(kept, missed) -%}
    ({{ cx_warehouse.ratio('(' ~ missed ~ ')', '((' ~ kept ~ ') + (' ~ missed ~ '))') }})
{%- endmacro %}
