{#- Promises kept (exceeded or met) as a share of those that were kept or missed. Open, excluded and unknown promises
    are in neither count: they stand beside the number. Null when nothing was judged. -#}
{% macro kept_rate(kept, missed) -%}
    {{ return(adapter.dispatch('kept_rate', 'cx_warehouse')(kept, missed)) }}
{%- endmacro %}
{% macro default__kept_rate(kept, missed) -%}
    ({{ cx_warehouse.ratio('(' ~ kept ~ ')', '((' ~ kept ~ ') + (' ~ missed ~ '))') }})
{%- endmacro %}
