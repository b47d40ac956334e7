-- Grain: one row per basis × week in which the planner is tried out, and one, number 0, for now.
-- A promise is made from what had been followed to its end when its week began, as it would have been then; week 1 is
-- the latest whose orders have been followed to their end. One year is judged, so that every season counts once.
-- What follows a timetable is settled sooner than a delivery, so it is followed for a shorter time.
with

assumed as (

    select
        followed.basis,
        cast(max(case when assumptions.assumption = followed.assumption then assumptions.base end) as integer) as follow_up_days,
        cast(max(case assumptions.assumption when 'planner_window_days' then assumptions.base end) as integer) as window_days
    from {{ ref('ref_assumptions') }} as assumptions
    cross join (
        select 'after_order' as basis, 'planner_follow_up_days' as assumption
        union all
        select 'after_schedule' as basis, 'planner_schedule_follow_up_days' as assumption
    ) as followed
    group by followed.basis

),

feed as (

    select {{ cx_warehouse.local_date('least(as_of_row.as_of, observed.observed_until)', cx_warehouse.business_timezone()) }} as observed_date
    from {{ ref('int_sources_observed') }} as observed
    cross join {{ ref('stg_as_of') }} as as_of_row
    where observed.source_table = 'fulfilment.shipments' and observed.is_present

),

numbers as (

    {% for number in range(53) -%}
    select {{ number }} as week_number
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

weeks as (

    select
        numbers.week_number,
        assumed.basis,
        assumed.follow_up_days,
        assumed.window_days,
        case numbers.week_number
            when 0 then feed.observed_date
            else {{ cx_warehouse.add_days('feed.observed_date', '-assumed.follow_up_days - 7 * numbers.week_number') }}
        end as week_start_date
    from numbers
    cross join assumed
    cross join feed

),

final as (

    select
        week_number,
        basis,
        {{ cx_warehouse.add_days('week_start_date', '-follow_up_days - window_days') }} as fitted_from_date,
        {{ cx_warehouse.add_days('week_start_date', '-follow_up_days - 1') }} as fitted_to_date,
        week_start_date,
        {{ cx_warehouse.add_days('week_start_date', '6') }} as week_end_date
    from weeks

)

select * from final
