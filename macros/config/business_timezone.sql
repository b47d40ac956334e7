{#- The business time zone as an SQL literal. -#}
{% macro business_timezone() -%}
    '{{ var("cx_business_timezone") }}'
{%- endmacro %}
