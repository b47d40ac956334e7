{#- Student's t by degrees of freedom, each row good until the next tabled number; read with `has_freedom`. -#}
{% macro t_quantiles() -%}
    select
        degrees_of_freedom,
        coalesce(lead(degrees_of_freedom) over (order by degrees_of_freedom), 2147483647) as next_degrees_of_freedom,
        t_975
    from {{ ref('ref_student_t') }}
{%- endmacro %}
