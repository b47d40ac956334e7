{#- Definitions of this shop. The package asks for each by dispatch, and dbt_project.yml says that ours come first. -#}

{#- Satisfied is who gives the best answer, not one of the best two. -#}
{% macro default__is_top_box(score, scale_min, scale_max) -%} (({{ score }}) = ({{ scale_max }})) {%- endmacro %}

{#- A handful of business customers who all know each other: there is nothing to protect, and points are shown early. -#}
{% macro default__fewest_for_interval() -%} 1 {%- endmacro %}
{% macro default__fewest_for_point() -%} 3 {%- endmacro %}
