-- Grain: one row per week × basis × lane × level: what would be promised on that lane, from its own orders, else from its
-- region's, else from all. Lane `all` pools all orders.
with

waits as (

    select * from {{ ref('int_waits_ranked') }}

),

levels as (

    {% for level in [0.5, 0.8, 0.9, 0.95, 0.99] -%}
    select cast({{ level }} as double) as level
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

pools as (

    select week_number, basis, pool, place, pool_count
    from waits
    group by week_number, basis, pool, place, pool_count

),

ranked as (

    select
        pools.*,
        levels.level,
        -- Under five rows one customer could be told from the others.
        {{ cx_warehouse.bound(cx_warehouse.conformal_rank('pools.pool_count', 'levels.level'), 'pools.pool_count') }} as order_rank
    from pools
    cross join levels

),

-- What has not come within the follow-up is later than anything that could be promised.
fitted as (

    select
        ranked.week_number,
        ranked.basis,
        ranked.pool,
        ranked.place,
        ranked.level,
        ranked.pool_count,
        ranked.order_rank,
        min(waits.waited_days) as promise_days
    from ranked
    left join waits
        on ranked.week_number = waits.week_number
        and ranked.basis = waits.basis
        and ranked.pool = waits.pool
        and ranked.place = waits.place
        and waits.reached_count >= ranked.order_rank
        and waits.waited_days is not null
    group by
        ranked.week_number, ranked.basis, ranked.pool, ranked.place, ranked.level, ranked.pool_count, ranked.order_rank

),

-- A lane lies in the region that most of its orders went to; what has no lane on record lies in none.
lane_regions as (

    select
        basis,
        lane,
        case when lane <> 'unknown' then region end as region,
        row_number() over (partition by basis, lane order by sum(order_count) desc, region) as region_rank
    from {{ ref('int_waits_followed') }}
    where order_count > 0
    group by basis, lane, region

),

lanes as (

    select basis, lane, region from lane_regions where region_rank = 1
    union all
    select basis, 'all' as lane, cast(null as {{ dbt.type_string() }}) as region from lane_regions group by basis

),

totals as (

    select * from fitted where pool = 'all'

),

final as (

    select
        totals.week_number,
        totals.basis,
        lanes.lane,
        totals.level,
        lanes.region,
        case
            when lanes.lane = 'all' then case when totals.promise_days is not null then 'all' end
            when own.promise_days is not null then 'lane'
            when regional.promise_days is not null then 'region'
            when totals.promise_days is not null then 'all'
        end as pool,
        case
            when own.promise_days is not null then lanes.lane
            when regional.promise_days is not null then lanes.region
            when totals.promise_days is not null then 'all'
        end as place,
        coalesce(own.promise_days, regional.promise_days, totals.promise_days) as promise_days,
        case when lanes.lane = 'all' then totals.promise_days else own.promise_days end is not null as is_lane_supported,
        case when lanes.lane = 'all' then totals.pool_count else coalesce(own.pool_count, 0) end as lane_order_count
    from totals
    inner join lanes on totals.basis = lanes.basis
    left join fitted as own
        on totals.week_number = own.week_number
        and totals.basis = own.basis
        and totals.level = own.level
        and own.pool = 'lane'
        and lanes.lane = own.place
    left join fitted as regional
        on totals.week_number = regional.week_number
        and totals.basis = regional.basis
        and totals.level = regional.level
        and regional.pool = 'region'
        and lanes.region = regional.place

)

select * from final
