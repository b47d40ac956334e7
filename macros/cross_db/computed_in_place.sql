{#- Between `as` and the bracket of a step that several others read: do it anew for each, within their own pass. For steps that
    are dear to keep, because they are wide, and cheap to do where only some of the rows are asked for. -#}
{% macro computed_in_place() -%} {{ return(adapter.dispatch('computed_in_place', 'cx_warehouse')()) }} {%- endmacro %}
{% macro default__computed_in_place() -%} not materialized {%- endmacro %}
{% macro spark__computed_in_place() -%} {%- endmacro %}
