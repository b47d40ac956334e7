{#- Whether an answer on 0–10 is a promoter's: 9 or 10. Null where there is no answer.
    Source: Reichheld (2003), Harvard Business Review 81(12), 46–54. -#}
{% macro is_promoter(score) -%} {{ return(adapter.dispatch('is_promoter', 'cx_warehouse')(score)) }} {%- endmacro %}
{% macro default__is_promoter(score) -%} (({{ score }}) between 9 and 10) {%- endmacro %}
