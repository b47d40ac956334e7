-- Grain: one row per country × time zone × day of the business calendars in use.
-- A working day is one with opening hours that is no holiday; both are looked up where the customer is. Days and seconds worked are
-- cumulated, so that what lies between two instants is a difference of two look-ups. Without a promise, a message or a
-- default on a business clock there is no calendar.
with

promise_kinds as (

    select promise_kind, implicit_value from {{ ref('ref_promise_kinds') }} where clock = 'business'

),

in_use as (

    select promise_kinds.promise_kind
    from promise_kinds
    inner join {{ ref('int_promises_made') }} as promises on promise_kinds.promise_kind = promises.promise_kind

    union

    select promise_kinds.promise_kind
    from promise_kinds
    inner join {{ ref('stg_crm__messages') }} as messages on promise_kinds.promise_kind = messages.promise_kind

    union

    select promise_kind from promise_kinds where implicit_value is not null

),

opening_hours as (

    select
        country,
        iso_weekday,
        cast(substr(opens_at, 1, 2) as integer) * 60 + cast(substr(opens_at, 4, 2) as integer) as opens_minute,
        cast(substr(closes_at, 1, 2) as integer) * 60 + cast(substr(closes_at, 4, 2) as integer) as closes_minute
    from {{ ref('ref_opening_hours') }}

),

holidays as (

    select holiday_date, country from {{ ref('ref_holidays') }} group by holiday_date, country

),

-- A country without hours or holidays of its own is like every other.
countries as (

    select country from opening_hours
    union
    select country from holidays
    union
    select 'all' as country

),

timezones as (

    select timezone from {{ ref('stg_crm__customers') }} where timezone is not null
    union
    select {{ cx_warehouse.business_timezone() }} as timezone

),

customers_placed as (

    select
        coalesce(countries.country, 'all') as country,
        coalesce(customers.timezone, {{ cx_warehouse.business_timezone() }}) as timezone
    from {{ ref('stg_crm__customers') }} as customers
    left join countries on customers.country = countries.country
    group by coalesce(countries.country, 'all'), coalesce(customers.timezone, {{ cx_warehouse.business_timezone() }})

),

calendars as (

    select country, timezone from customers_placed
    union
    select 'all' as country, timezone from timezones

),

begun as (

    select ordered_at as begun_at from {{ ref('stg_fulfilment__orders') }}
    union all
    select opened_at as begun_at from {{ ref('stg_crm__contacts') }}
    union all
    select made_at as begun_at from {{ ref('stg_fulfilment__promises') }}

),

-- One mistyped year may not make a calendar of millennia: what lies further away is judged by the calendar.
span as (

    select
        {{ cx_warehouse.add_days('cast(max(as_of_row.as_of) as date)', -7300) }} as earliest_date,
        {{ cx_warehouse.add_days('cast(max(as_of_row.as_of) as date)', 400) }} as last_date,
        {{ cx_warehouse.add_days('cast(min(begun.begun_at) as date)', -8) }} as begun_date
    from {{ ref('stg_as_of') }} as as_of_row
    left join begun on true
    where exists (select 1 from in_use)

),

bounded as (

    select
        greatest(earliest_date, coalesce(begun_date, earliest_date)) as first_date,
        last_date
    from span
    where last_date is not null

),

days as (

    {{ cx_warehouse.days_of('first_date', 'last_date', 'bounded') }}

),

placed as (

    select
        calendars.country,
        calendars.timezone,
        days.date_day,
        coalesce(own_hours.country, 'all') as hours_country
    from calendars
    cross join days
    left join (select country from opening_hours group by country) as own_hours on calendars.country = own_hours.country

),

opened as (

    select
        placed.country,
        placed.timezone,
        placed.date_day,
        opening_hours.opens_minute is not null
        and opening_hours.closes_minute > opening_hours.opens_minute
        and general_holidays.holiday_date is null
        and own_holidays.holiday_date is null as is_working_day,
        {{ cx_warehouse.start_of_date('placed.date_day', 'placed.timezone') }} as starts_at,
        {{ cx_warehouse.start_of_date(cx_warehouse.add_days('placed.date_day', 1), 'placed.timezone') }} as ends_at,
        {{ cx_warehouse.wall_instant('placed.date_day', 'opening_hours.opens_minute', 'placed.timezone') }} as opens_at,
        {{ cx_warehouse.wall_instant('placed.date_day', 'opening_hours.closes_minute', 'placed.timezone') }} as closes_at
    from placed
    left join opening_hours
        on placed.hours_country = opening_hours.country
        and {{ cx_warehouse.iso_weekday('placed.date_day') }} = opening_hours.iso_weekday
    left join holidays as general_holidays
        on placed.date_day = general_holidays.holiday_date and general_holidays.country = 'all'
    left join holidays as own_holidays
        on placed.date_day = own_holidays.holiday_date
        and placed.country = own_holidays.country
        and own_holidays.country <> 'all'

),

measured as (

    select
        opened.*,
        cast(case when is_working_day then 1 else 0 end as {{ dbt.type_bigint() }}) as working_days,
        cast(case
            when is_working_day then {{ cx_warehouse.seconds_between('opens_at', 'closes_at') }}
            else 0
        end as {{ dbt.type_bigint() }}) as working_seconds
    from opened

),

final as (

    select
        country,
        timezone,
        date_day,
        is_working_day,
        cast(sum(working_days) over (
            partition by country, timezone order by date_day rows unbounded preceding
        ) as {{ dbt.type_bigint() }}) - working_days as working_days_before,
        working_seconds,
        cast(sum(working_seconds) over (
            partition by country, timezone order by date_day rows unbounded preceding
        ) as {{ dbt.type_bigint() }}) - working_seconds as working_seconds_before,
        starts_at,
        ends_at,
        opens_at,
        closes_at
    from measured

)

select * from final
