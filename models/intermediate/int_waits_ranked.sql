-- Grain: one row per week × basis × pool (lane, region or all) × place × days waited, with how many had come by then.
with

weeks as (

    select * from {{ ref('int_planner_weeks') }}

),

waits as (

    select * from {{ ref('int_waits_followed') }} where order_count > 0

),

counted as (

    select
        weeks.week_number,
        waits.basis,
        case
            when grouping(waits.lane) = 0 then 'lane'
            when grouping(waits.region) = 0 then 'region'
            else 'all'
        end as pool,
        coalesce(waits.lane, waits.region, 'all') as place,
        waits.waited_days,
        sum(waits.order_count) as order_count
    from weeks
    inner join waits
        on weeks.basis = waits.basis
        and waits.started_date between weeks.fitted_from_date and weeks.fitted_to_date
    group by grouping sets (
        (weeks.week_number, waits.basis, waits.waited_days, waits.lane),
        (weeks.week_number, waits.basis, waits.waited_days, waits.region),
        (weeks.week_number, waits.basis, waits.waited_days)
    )

),

final as (

    select
        week_number,
        basis,
        pool,
        place,
        waited_days,
        cast(order_count as {{ dbt.type_bigint() }}) as order_count,
        cast(sum(order_count) over (
            partition by week_number, basis, pool, place
            order by case when waited_days is null then 1 else 0 end, waited_days
        ) as {{ dbt.type_bigint() }}) as reached_count,
        cast(sum(order_count) over (partition by week_number, basis, pool, place) as {{ dbt.type_bigint() }}) as pool_count
    from counted

)

select * from final
