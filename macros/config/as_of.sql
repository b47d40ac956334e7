{#- The instant at which time stops, as a scalar. No model reads the clock. -#}
{% macro as_of() -%}
    (select as_of from {{ ref('stg_as_of') }})
{%- endmacro %}

{#- The business time zone as an SQL literal. -#}
{% macro business_timezone() -%}
    '{{ var("cx_business_timezone") }}'
{%- endmacro %}
