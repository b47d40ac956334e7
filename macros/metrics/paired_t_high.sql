{#- Upper end of the 95 % interval of a mean difference of pairs; see paired_t_low. -#}
{% macro paired_t_high(mean, error, t) -%}
    {{ return(adapter.dispatch('paired_t_high', 'cx_warehouse')(mean, error, t)) }}
{%- endmacro %}
{% macro default__paired_t_high(mean, error, t) -%} (({{ mean }}) + ({{ t }}) * ({{ error }})) {%- endmacro %}
