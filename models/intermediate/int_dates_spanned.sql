-- Grain: one row per day, from the first day of the first month with an event to the last day of as_of's month, on the
-- calendar of the business.
with

orders as (

    select min(ordered_at) as first_event_at from {{ ref('stg_fulfilment__orders') }}

),

contacts as (

    select min(opened_at) as first_event_at from {{ ref('stg_crm__contacts') }}

),

answers as (

    select min(responded_at) as first_event_at from {{ ref('stg_survey__answers') }}

),

invitations as (

    select min(sent_at) as first_event_at from {{ ref('stg_survey__invitations') }}

),

promises as (

    select min(due_at) as first_event_at from {{ ref('int_promises_resolved') }}

),

adjustments as (

    select min(adjusted_at) as first_event_at from {{ ref('stg_fulfilment__adjustments') }}

),

-- What is to come is often paid for before anything else is on record.
investments as (

    select min({{ cx_warehouse.date_as_instant('spent_on') }}) as first_event_at from {{ ref('int_initiatives_spent') }}

),

firsts as (

    select first_event_at from orders
    union all
    select first_event_at from contacts
    union all
    select first_event_at from answers
    union all
    select first_event_at from invitations
    union all
    select first_event_at from promises
    union all
    select first_event_at from adjustments
    union all
    select first_event_at from investments

),

-- Some tools write the year 1 where they know none: no firm has months from there on.
span as (

    select
        greatest(
            {{ cx_warehouse.period_start('least(min(firsts.first_event_at), min(as_of_row.as_of))') }}, cast('1900-01-01' as date)
        ) as first_date,
        {{ cx_warehouse.add_days(cx_warehouse.add_months(cx_warehouse.period_start('min(as_of_row.as_of)'), 1), -1) }} as last_date
    from firsts
    cross join {{ ref('stg_as_of') }} as as_of_row

),

days as (

    {{ cx_warehouse.days_of('first_date', 'last_date', 'span') }}

),

holidays as (

    select holiday_date from {{ ref('ref_holidays') }} where country = 'all' group by holiday_date

),

final as (

    select
        cast(extract(year from days.date_day) as integer) as year_number,
        cast(extract(month from days.date_day) as integer) as month_number,
        -- Monday is 1.
        cast({{ cx_warehouse.iso_weekday('days.date_day') }} as integer) as weekday_number,
        {{ cx_warehouse.iso_weekday('days.date_day') }} <= 5 and holidays.holiday_date is null as is_business_day,
        holidays.holiday_date is not null as is_holiday,
        days.date_day,
        {{ cx_warehouse.month_start('days.date_day') }} as date_month
    from days
    left join holidays on days.date_day = holidays.holiday_date

)

select * from final
