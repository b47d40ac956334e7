{#- The month in which something falls, on the calendar of the business. -#}
{% macro period_month(instant) -%}
    {{ cx_warehouse.month_text(cx_warehouse.local_date(instant, cx_warehouse.business_timezone())) }}
{%- endmacro %}

{#- The first day of that month. -#}
{% macro period_start(instant) -%}
    {{ cx_warehouse.month_start(cx_warehouse.local_date(instant, cx_warehouse.business_timezone())) }}
{%- endmacro %}
