{#- Months since the year 0, so that months can be counted: of a date, and of a text like '2026-03'. -#}
{% macro month_number(date) -%}
    cast(extract(year from {{ date }}) * 12 + extract(month from {{ date }}) - 1 as integer)
{%- endmacro %}

{% macro month_text_number(month) -%}
    (cast(substr({{ month }}, 1, 4) as integer) * 12 + cast(substr({{ month }}, 6, 2) as integer) - 1)
{%- endmacro %}

{#- The month of such a number as text. -#}
{% macro number_month(number) -%}
    concat(
        cast(cast(floor(({{ number }}) / 12.0) as integer) as {{ dbt.type_string() }}),
        '-',
        substr(cast(cast(({{ number }}) - 12 * floor(({{ number }}) / 12.0) + 101 as integer) as {{ dbt.type_string() }}), 2, 2)
    )
{%- endmacro %}
