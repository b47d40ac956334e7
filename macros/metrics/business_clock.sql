{#- What a business clock shows at an instant, counted from the first day of its calendar; the difference of two such numbers is how
    much of it lies between them. `day` is the row of int_days_worked for the instant's local date.
    Days: a day of work counts 1, however long, and the part of it that has passed; a day off counts nothing. Between two
    midnights that is the number of working days from the first to before the second (numpy.busday_count). -#}
{% macro business_days_at(day, instant) -%}
    ({{ day }}.working_days_before + case
        when {{ day }}.is_working_day
            then {{ cx_warehouse.ratio(cx_warehouse.seconds_between(day ~ '.starts_at', instant), cx_warehouse.seconds_between(day ~ '.starts_at', day ~ '.ends_at')) }}
        else 0e0
    end)
{%- endmacro %}

{#- Seconds: those in which it was open, as they pass: an hour that daylight saving skips or repeats is none or two. -#}
{% macro business_seconds_at(day, instant) -%}
    ({{ day }}.working_seconds_before + case
        when {{ day }}.is_working_day
            then least(greatest({{ cx_warehouse.seconds_between(day ~ '.opens_at', instant) }}, 0), {{ day }}.working_seconds)
        else 0
    end)
{%- endmacro %}
