{#- The month in which something falls, on the calendar of the business. -#}
{% macro period_month(instant) -%}
    {{ cx_warehouse.month_text(cx_warehouse.local_date(instant, cx_warehouse.business_timezone())) }}
{%- endmacro %}

{#- The first day of that month. -#}
{% macro period_start(instant) -%}
    {{ cx_warehouse.month_start(cx_warehouse.local_date(instant, cx_warehouse.business_timezone())) }}
{%- endmacro %}

{#- The month in which something was due: a date's own, since a date is over when the next one begins, which may be in the next
    month; else that of the instant. -#}
{% macro due_month(due_date, due_at) -%}
    case
        when {{ due_date }} is not null then {{ cx_warehouse.month_text(due_date) }}
        else {{ cx_warehouse.period_month(due_at) }}
    end
{%- endmacro %}
