-- Grain: one row per version of a promise on a business clock whose due date lies on the calendar.
-- A date that falls on a day off is kept until the end of the next working day, an instant outside the opening hours until they begin:
-- no working time lies between (as in Regulation (EEC, Euratom) No 1182/71, Article 3(4)). Grace counts in working time too.
with

promises as (

    select * from {{ ref('int_promises_made') }} where clock = 'business'

),

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

days as (

    select * from {{ ref('int_days_worked') }}

),

countries as (

    select country from days group by country

),

placed as (

    select
        promises.promise_id,
        coalesce(countries.country, 'all') as country,
        promises.timezone,
        promises.unit,
        promises.grace,
        promises.due_date,
        promises.due_at,
        coalesce(promises.due_date, {{ cx_warehouse.local_date('promises.due_at', 'promises.timezone') }}) as due_day
    from promises
    left join customers on promises.customer_id = customers.customer_id
    left join countries on customers.country = countries.country

),

due as (

    select
        placed.promise_id,
        placed.country,
        placed.timezone,
        placed.unit,
        placed.due_date,
        case
            when placed.unit = 'days' and placed.due_date is not null then cast(days.working_days_before as double)
            when placed.unit = 'days' then {{ cx_warehouse.business_days_at('days', 'placed.due_at') }}
            else cast({{ cx_warehouse.business_seconds_at('days', 'placed.due_at') }} as double)
        end as due_clock,
        case
            when placed.unit = 'days' and placed.due_date is not null then 1e0 + floor(coalesce(placed.grace, 0))
            when placed.unit = 'days' then coalesce(placed.grace, 0)
            else coalesce(placed.grace, 0) * {{ cx_warehouse.seconds_in('placed.unit') }}
        end as grace_clock
    from placed
    inner join days
        on placed.country = days.country
        and placed.timezone = days.timezone
        and placed.due_day = days.date_day

),

-- A working day of seconds begins at its number; looking one up by a range would meet every day with every promise.
seconds_on_line as (

    select
        country, timezone, cast(null as {{ dbt.type_string() }}) as promise_id,
        cast(working_seconds_before as double) as clock, 0 as is_promise, working_days_before as day_number
    from days
    where is_working_day

    union all

    select country, timezone, promise_id, due_clock + grace_clock as clock, 1 as is_promise, null as day_number
    from due
    where unit <> 'days'

),

seconds_found as (

    select
        promise_id,
        is_promise,
        max(day_number) over (
            partition by country, timezone order by clock, is_promise, day_number, promise_id rows unbounded preceding
        ) as day_number
    from seconds_on_line

),

numbered as (

    select
        due.*,
        case
            when due.unit <> 'days' then cast(seconds_found.day_number as double)
            when due.due_date is not null then due.due_clock + due.grace_clock - 1e0
            else floor(due.due_clock + due.grace_clock)
        end as day_number
    from due
    left join seconds_found on due.promise_id = seconds_found.promise_id and seconds_found.is_promise = 1

),

final as (

    select
        numbered.promise_id,
        numbered.country,
        numbered.due_clock,
        -- The latest instant at which the clock still shows no more than what is allowed.
        case
            when numbered.unit <> 'days' then {{ cx_warehouse.add_seconds(
                'days.opens_at', 'numbered.due_clock + numbered.grace_clock - days.working_seconds_before'
            ) }}
            else {{ cx_warehouse.add_seconds(
                'days.starts_at',
                '(numbered.due_clock + numbered.grace_clock - days.working_days_before) * '
                ~ cx_warehouse.seconds_between('days.starts_at', 'days.ends_at')
            ) }}
        end as deadline_at
    from numbered
    left join days
        on numbered.country = days.country
        and numbered.timezone = days.timezone
        and days.is_working_day
        and numbered.day_number = days.working_days_before

)

select * from final
