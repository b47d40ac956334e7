{#- Whether an effort answer is in the top three boxes of its scale (agrees that it was easy): 5, 6 or 7 of 7. -#}
{% macro is_easy(score, scale_min, scale_max) -%}
    {{ return(adapter.dispatch('is_easy', 'cx_warehouse')(score, scale_min, scale_max)) }}
{%- endmacro %}
{% macro default__is_easy(score, scale_min, scale_max) -%}
    (({{ score }}) >= ({{ scale_max }}) - 2 and ({{ score }}) between ({{ scale_min }}) and ({{ scale_max }}))
{%- endmacro %}
