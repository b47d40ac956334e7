-- Grain: one row per time zone in use × date of the span of the data, a day more at both ends: when it begins and ends there, UTC.
-- What date it was for whom is then looked up, which costs a tenth of asking the calendar of a time zone about every row.
with

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

timezones as (

    select timezone from customers where timezone is not null
    union
    select {{ cx_warehouse.business_timezone() }} as timezone

),

spanned as (

    select min(date_day) as first_date, max(date_day) as last_date from {{ ref('int_dates_spanned') }}

),

span as (

    select
        {{ cx_warehouse.add_days('first_date', -1) }} as first_date,
        {{ cx_warehouse.add_days('last_date', 1) }} as last_date
    from spanned
    where first_date is not null

),

dates as (

    {{ cx_warehouse.days_of('first_date', 'last_date', 'span') }}

),

final as (

    select
        timezones.timezone,
        dates.date_day,
        {{ cx_warehouse.start_of_date('dates.date_day', 'timezones.timezone') }} as begins_at,
        {{ cx_warehouse.start_of_date(cx_warehouse.add_days('dates.date_day', 1), 'timezones.timezone') }} as ends_at
    from timezones
    cross join dates

)

select * from final
