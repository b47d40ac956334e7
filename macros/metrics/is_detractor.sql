{#- Whether an answer on 0–10 is a detractor's: 0 to 6. What is neither this nor a promoter's is passive. Null where
    there is no answer. Source: Reichheld (2003), Harvard Business Review 81(12), 46–54. -#}
{% macro is_detractor(score) -%} {{ return(adapter.dispatch('is_detractor', 'cx_warehouse')(score)) }} {%- endmacro %}
{% macro default__is_detractor(score) -%} (({{ score }}) between 0 and 6) {%- endmacro %}
