{#- Whether a satisfaction answer is in the top two boxes of its scale: 4 or 5 of 5, 6 or 7 of 7. -#}
{% macro is_top_box(score, scale_min, scale_max) -%}
    {{ return(adapter.dispatch('is_top_box', 'cx_warehouse')(score, scale_min, scale_max)) }}
{%- endmacro %}
{% macro default__is_top_box(score, scale_min, scale_max) -%}
    (({{ score }}) >= ({{ scale_max }}) - 1 and ({{ score }}) between ({{ scale_min }}) and ({{ scale_max }}))
{%- endmacro %}
