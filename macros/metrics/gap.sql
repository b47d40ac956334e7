{#- Seconds in one unit of a promise. -#}
{% macro seconds_in(unit) -%}
    case {{ unit }} when 'days' then 86400.0 when 'hours' then 3600.0 when 'minutes' then 60.0 end
{%- endmacro %}

{#- The gap of a promise in days: promised minus actual, so that positive is better than expected (promised for day 5,
    arrived on day 3: +2). A date is compared with the date on the customer's calendar, an instant with the instant. -#}
{% macro gap_days(due_date, due_at, actual_at, timezone) -%}
    case
        when {{ due_date }} is not null
            then cast({{ cx_warehouse.dates_between(cx_warehouse.local_date(actual_at, timezone), due_date) }} as double)
        else cast({{ cx_warehouse.days_between(actual_at, due_at) }} as double)
    end
{%- endmacro %}
