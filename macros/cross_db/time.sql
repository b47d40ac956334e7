{#- Instants are UTC without a zone. These are the only places where a zone enters. -#}

{#- The UTC instant at which a date begins in a time zone. Where the clocks go back over midnight (the Azores, Havana) it begins
    with the first of two midnights; DuckDB and PostgreSQL name the second. -#}
{% macro start_of_date(date, timezone) -%} {{ return(adapter.dispatch('start_of_date', 'cx_warehouse')(date, timezone)) }} {%- endmacro %}
{% macro duckdb__start_of_date(date, timezone) -%}
    {%- set last_midnight -%} timezone('UTC', timezone({{ timezone }}, cast({{ date }} as timestamp))) {%- endset -%}
    ({{ last_midnight }} - case
        when {{ cx_warehouse.local_date(last_midnight ~ " - interval '1 hour'", timezone) }} = {{ date }} then interval '1 hour'
        else interval '0 hours'
    end)
{%- endmacro %}
{% macro postgres__start_of_date(date, timezone) -%} {{ cx_warehouse.duckdb__start_of_date(date, timezone) }} {%- endmacro %}
{% macro spark__start_of_date(date, timezone) -%}
    to_utc_timestamp(cast({{ date }} as timestamp_ntz), {{ timezone }})
{%- endmacro %}

{#- The UTC instant at which the wall clock of a time zone shows so many minutes after midnight of a date. -#}
{% macro wall_instant(date, minutes, timezone) -%} {{ return(adapter.dispatch('wall_instant', 'cx_warehouse')(date, minutes, timezone)) }} {%- endmacro %}
{% macro duckdb__wall_instant(date, minutes, timezone) -%}
    timezone('UTC', timezone({{ timezone }}, cast({{ date }} as timestamp) + to_minutes(cast({{ minutes }} as bigint))))
{%- endmacro %}
{% macro postgres__wall_instant(date, minutes, timezone) -%}
    timezone('UTC', timezone({{ timezone }}, cast({{ date }} as timestamp) + ({{ minutes }}) * interval '1 minute'))
{%- endmacro %}
{% macro spark__wall_instant(date, minutes, timezone) -%}
    to_utc_timestamp(timestampadd(minute, cast({{ minutes }} as int), cast({{ date }} as timestamp_ntz)), {{ timezone }})
{%- endmacro %}

{% macro date_as_instant(date) -%}
    {{ cx_warehouse.start_of_date(date, cx_warehouse.business_timezone()) }}
{%- endmacro %}

{#- The date on the wall where the clock shows `timezone`. -#}
{% macro local_date(instant, timezone) -%} {{ return(adapter.dispatch('local_date', 'cx_warehouse')(instant, timezone)) }} {%- endmacro %}
{% macro duckdb__local_date(instant, timezone) -%}
    cast(timezone({{ timezone }}, timezone('UTC', {{ instant }})) as date)
{%- endmacro %}
{% macro postgres__local_date(instant, timezone) -%}
    cast(timezone({{ timezone }}, timezone('UTC', {{ instant }})) as date)
{%- endmacro %}
{% macro spark__local_date(instant, timezone) -%}
    cast(from_utc_timestamp({{ instant }}, {{ timezone }}) as date)
{%- endmacro %}

{#- The same where `zoned` is the row of int_dates_zoned of the time zone and the date of the instant in UTC (`zoned_dates_join`).
    Outside its span, and without a row, the time zone is asked. -#}
{% macro zoned_date(instant, timezone, zoned) -%}
    coalesce(
        {{ cx_warehouse.add_days(
            zoned ~ '.date_day',
            'case when ' ~ instant ~ ' < ' ~ zoned ~ '.begins_at then -1 when ' ~ instant ~ ' >= ' ~ zoned ~ '.ends_at then 1 else 0 end'
        ) }},
        {{ cx_warehouse.local_date(instant, timezone) }}
    )
{%- endmacro %}
{% macro zoned_dates_join(instant, timezone, zoned) -%}
    left join {{ ref('int_dates_zoned') }} as {{ zoned }}
        on {{ timezone }} = {{ zoned }}.timezone and cast({{ instant }} as date) = {{ zoned }}.date_day
{%- endmacro %}

{#- Exact seconds, with their fraction: counting boundaries (`datediff`) is wrong by up to one unit and differs by engine. -#}
{% macro seconds_between(earlier, later) -%} {{ return(adapter.dispatch('seconds_between', 'cx_warehouse')(earlier, later)) }} {%- endmacro %}
{% macro duckdb__seconds_between(earlier, later) -%}
    (epoch_us({{ later }}) - epoch_us({{ earlier }})) / 1000000.0
{%- endmacro %}
{% macro postgres__seconds_between(earlier, later) -%}
    cast(extract(epoch from cast({{ later }} as timestamp) - cast({{ earlier }} as timestamp)) as double precision)
{%- endmacro %}
{% macro spark__seconds_between(earlier, later) -%}
    (unix_micros(cast({{ later }} as timestamp)) - unix_micros(cast({{ earlier }} as timestamp))) / 1e6
{%- endmacro %}

{% macro days_between(earlier, later) -%}
    ({{ cx_warehouse.seconds_between(earlier, later) }} / 86400.0)
{%- endmacro %}

{#- Whole days from one date to another. -#}
{% macro dates_between(earlier, later) -%} {{ return(adapter.dispatch('dates_between', 'cx_warehouse')(earlier, later)) }} {%- endmacro %}
{% macro duckdb__dates_between(earlier, later) -%} ({{ later }} - {{ earlier }}) {%- endmacro %}
{% macro postgres__dates_between(earlier, later) -%} ({{ later }} - {{ earlier }}) {%- endmacro %}
{% macro spark__dates_between(earlier, later) -%} datediff({{ later }}, {{ earlier }}) {%- endmacro %}

{% macro add_seconds(instant, seconds) -%} {{ return(adapter.dispatch('add_seconds', 'cx_warehouse')(instant, seconds)) }} {%- endmacro %}
{% macro duckdb__add_seconds(instant, seconds) -%}
    ({{ instant }} + to_microseconds(cast(round(cast({{ seconds }} as double) * 1000000) as bigint)))
{%- endmacro %}
{% macro postgres__add_seconds(instant, seconds) -%}
    ({{ instant }} + round(cast({{ seconds }} as double precision) * 1000000) * interval '1 microsecond')
{%- endmacro %}
{% macro spark__add_seconds(instant, seconds) -%}
    timestampadd(microsecond, cast(round(cast({{ seconds }} as double) * 1000000) as bigint), {{ instant }})
{%- endmacro %}

{% macro add_days(date, days) -%} {{ return(adapter.dispatch('add_days', 'cx_warehouse')(date, days)) }} {%- endmacro %}
{% macro duckdb__add_days(date, days) -%} ({{ date }} + cast({{ days }} as integer)) {%- endmacro %}
{% macro postgres__add_days(date, days) -%} ({{ date }} + cast({{ days }} as integer)) {%- endmacro %}
{% macro spark__add_days(date, days) -%} date_add({{ date }}, cast({{ days }} as int)) {%- endmacro %}

{#- The month of an instant or a date as text, '2026-03'. -#}
{% macro month_text(value) -%} substr(cast(cast({{ value }} as date) as {{ dbt.type_string() }}), 1, 7) {%- endmacro %}
{% macro month_start(value) -%} cast(date_trunc('month', {{ value }}) as date) {%- endmacro %}

{#- Time zones come from customers' records; an unknown name would stop the whole build, so it counts as not given. -#}
{% macro known_timezone(column) -%} {{ return(adapter.dispatch('known_timezone', 'cx_warehouse')(column)) }} {%- endmacro %}
{% macro duckdb__known_timezone(column) -%}
    case when {{ column }} in (select name from pg_timezone_names()) then {{ column }} end
{%- endmacro %}
{% macro postgres__known_timezone(column) -%}
    case when {{ column }} in (select name from pg_timezone_names) then {{ column }} end
{%- endmacro %}
{% macro spark__known_timezone(column) -%}
    case when {{ cx_warehouse.matches(column, '^([A-Z][A-Za-z_]+(/[A-Z][A-Za-z_-]+){1,2}|UTC)$') }} then {{ column }} end
{%- endmacro %}

{% macro add_months(date, months) -%} {{ return(adapter.dispatch('add_months', 'cx_warehouse')(date, months)) }} {%- endmacro %}
{% macro duckdb__add_months(date, months) -%} cast({{ date }} + to_months({{ months }}) as date) {%- endmacro %}
{% macro postgres__add_months(date, months) -%}
    cast({{ date }} + make_interval(months => cast({{ months }} as integer)) as date)
{%- endmacro %}
{% macro spark__add_months(date, months) -%} add_months({{ date }}, {{ months }}) {%- endmacro %}

{#- One row per day of a closed interval of dates, as column date_day. -#}
{% macro days_of(first_date, last_date, relation) -%} {{ return(adapter.dispatch('days_of', 'cx_warehouse')(first_date, last_date, relation)) }} {%- endmacro %}
{% macro duckdb__days_of(first_date, last_date, relation) -%}
    select cast(unnest(generate_series({{ first_date }}, {{ last_date }}, interval 1 day)) as date) as date_day from {{ relation }}
{%- endmacro %}
{% macro postgres__days_of(first_date, last_date, relation) -%}
    select cast(
        generate_series(cast({{ first_date }} as timestamp), cast({{ last_date }} as timestamp), interval '1 day') as date
    ) as date_day
    from {{ relation }}
{%- endmacro %}
{% macro spark__days_of(first_date, last_date, relation) -%}
    select explode(sequence({{ first_date }}, {{ last_date }}, interval 1 day)) as date_day from {{ relation }}
{%- endmacro %}

{% macro iso_weekday(date) -%} {{ return(adapter.dispatch('iso_weekday', 'cx_warehouse')(date)) }} {%- endmacro %}
{% macro duckdb__iso_weekday(date) -%} isodow({{ date }}) {%- endmacro %}
{% macro postgres__iso_weekday(date) -%} cast(extract(isodow from {{ date }}) as integer) {%- endmacro %}
{% macro spark__iso_weekday(date) -%} (weekday({{ date }}) + 1) {%- endmacro %}
