{#- Lower end of the 95 % interval of a mean difference of pairs: mean − t · error, with `t` the 97.5 % quantile of Student's t
    (ref_student_t) for one less than the pairs, or than the customers where `error` is clustered by customer.
    Null where one of the three is. Source: Student (1908), Biometrika 6, 1–25. -#}
{% macro paired_t_low(mean, error, t) -%}
    {{ return(adapter.dispatch('paired_t_low', 'cx_warehouse')(mean, error, t)) }}
{%- endmacro %}
{% macro default__paired_t_low(mean, error, t) -%} (({{ mean }}) - ({{ t }}) * ({{ error }})) {%- endmacro %}
