-- Grain: one row per basis × lane × level: how often the promises of the past weeks would have been kept.
-- Each was made from what was known when its week began and is judged on the orders of that week. Lane `all` adds up the lanes.
with

weeks as (

    select * from {{ ref('int_planner_weeks') }} where week_number > 0

),

planned as (

    select * from {{ ref('int_promises_planned') }} where week_number > 0 and lane <> 'all'

),

waits as (

    select * from {{ ref('int_waits_followed') }} where order_count > 0

),

came as (

    select
        weeks.week_number,
        waits.basis,
        waits.lane,
        waits.waited_days,
        sum(waits.order_count) as order_count
    from weeks
    inner join waits
        on weeks.basis = waits.basis
        and waits.started_date between weeks.week_start_date and weeks.week_end_date
    group by weeks.week_number, waits.basis, waits.lane, waits.waited_days

),

-- In a week before which nothing had been followed nothing was planned, and what was ordered in it could be promised nothing.
levels as (

    select level from {{ ref('int_promises_planned') }} group by level

),

judged as (

    select
        came.basis,
        came.lane,
        levels.level,
        came.order_count,
        planned.promise_days is not null as is_promised,
        coalesce(came.waited_days <= planned.promise_days, false) as is_within
    from came
    cross join levels
    left join planned
        on came.week_number = planned.week_number
        and came.basis = planned.basis
        and came.lane = planned.lane
        and levels.level = planned.level

),

final as (

    select
        basis,
        case when grouping(lane) = 1 then 'all' else lane end as lane,
        level,
        cast(sum(case when is_promised then order_count else 0 end) as {{ dbt.type_bigint() }}) as judged_count,
        cast(sum(case when is_within then order_count else 0 end) as {{ dbt.type_bigint() }}) as within_count,
        cast(sum(case when not is_promised then order_count else 0 end) as {{ dbt.type_bigint() }}) as unpromised_count
    from judged
    group by grouping sets ((basis, lane, level), (basis, level))

)

select * from final
