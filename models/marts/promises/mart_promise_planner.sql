-- Grain: one row per basis × lane × level, with `all` as the roll-up of lanes.
-- What can be promised so that at least this share of orders comes in time, and what a day more or less would do.
with

planned as (

    select * from {{ ref('int_promises_planned') }} where week_number = 0

),

weeks as (

    select * from {{ ref('int_planner_weeks') }} where week_number = 0

),

waits as (

    select * from {{ ref('int_waits_ranked') }} where week_number = 0

),

backtests as (

    select * from {{ ref('int_promises_backtested') }}

),

available as (

    select * from {{ ref('int_metrics_available') }} where metric_id = 'promise_days'

),

-- A cancelled order mostly has no lane yet, so its region is asked.
followed as (

    select
        waits.basis,
        case when grouping(waits.region) = 1 then 'all' else waits.region end as region,
        case when grouping(waits.region) = 1 then 'all' else 'region' end as pool,
        cast(sum(waits.order_count) as {{ dbt.type_bigint() }}) as order_count,
        cast(sum(waits.cancelled_count) as {{ dbt.type_bigint() }}) as cancelled_count,
        cast(sum(waits.unreadable_count) as {{ dbt.type_bigint() }}) as unreadable_count
    from {{ ref('int_waits_followed') }} as waits
    inner join weeks
        on waits.basis = weeks.basis
        and waits.started_date between weeks.fitted_from_date and weeks.fitted_to_date
    group by grouping sets ((waits.basis, waits.region), (waits.basis))

),

medians as (

    select
        basis,
        pool,
        place,
        min(waited_days) as median_days
    from waits
    where reached_count >= {{ cx_warehouse.conformal_rank('pool_count', '0.5') }} and waited_days is not null
    group by basis, pool, place

),

lateness as (

    select
        planned.basis,
        planned.lane,
        planned.level,
        cast(sum(waits.order_count) as {{ dbt.type_bigint() }}) as fitted_count,
        cast(sum(case when coalesce(waits.waited_days > planned.promise_days, true) then waits.order_count else 0 end) as {{ dbt.type_bigint() }}) as late_count,
        cast(sum(case when coalesce(waits.waited_days > planned.promise_days - 1, true) then waits.order_count else 0 end) as {{ dbt.type_bigint() }}) as late_day_less_count,
        cast(sum(case when coalesce(waits.waited_days > planned.promise_days + 1, true) then waits.order_count else 0 end) as {{ dbt.type_bigint() }}) as late_day_more_count
    from planned
    inner join waits
        on planned.basis = waits.basis
        and planned.pool = waits.pool
        and planned.place = waits.place
    group by planned.basis, planned.lane, planned.level

),

support as (

    select
        basis,
        level,
        cast(count(*) as {{ dbt.type_bigint() }}) as lane_count,
        {{ cx_warehouse.count_if('not is_lane_supported') }} as unsupported_lane_count
    from planned
    where lane not in ('all', 'unknown')
    group by basis, level

),

-- A page must be able to say why there is nothing, so the totals are there even without one order.
keys as (

    select basis, lane, level from planned

    union all

    select 'after_order' as basis, 'all' as lane, levels.level
    from (
        {% for level in [0.5, 0.8, 0.9, 0.95, 0.99] -%}
        select cast({{ level }} as double) as level
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as levels
    where not exists (select 1 from planned)

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['keys.basis', 'keys.lane', 'keys.level']) }} as promise_plan_id,
        keys.lane,
        planned.region,
        keys.level,
        keys.basis,
        planned.promise_days,
        planned.promise_days is not null as is_supported,
        coalesce(planned.is_lane_supported, false) as is_lane_supported,
        planned.pool,
        planned.place,
        'Conformal order statistic; Wilson 95 % (ignores that a customer may hold several orders)' as method,
        case when planned.promise_days is null then 'withheld' else 'final' end as status,
        case
            when planned.level is null and not available.is_available then available.reason
            when planned.level is null then 'no order has been followed to its end'
            when planned.promise_days is null then 'too few orders, or too many that had not come within the follow-up'
            when planned.pool = 'region' and not planned.is_lane_supported then 'too few orders on the lane: those of its region are used'
            when planned.pool = 'all' and keys.lane <> 'all' then 'too few orders on the lane and in its region: all are used'
        end as reason,
        planned.lane_order_count,
        lateness.fitted_count,
        medians.median_days,
        planned.promise_days - medians.median_days as buffer_days,
        lateness.late_count,
        1000e0 * {{ cx_warehouse.point(cx_warehouse.ratio('lateness.late_count', 'lateness.fitted_count'), 'lateness.fitted_count') }} as late_per_1000,
        1000e0 * {{ cx_warehouse.bound(cx_warehouse.wilson_low('lateness.late_count', 'lateness.fitted_count'), 'lateness.fitted_count') }} as late_per_1000_low,
        1000e0 * {{ cx_warehouse.bound(cx_warehouse.wilson_high('lateness.late_count', 'lateness.fitted_count'), 'lateness.fitted_count') }} as late_per_1000_high,
        1000e0 * {{ cx_warehouse.point(cx_warehouse.ratio('lateness.late_day_less_count', 'lateness.fitted_count'), 'lateness.fitted_count') }} as late_per_1000_day_less,
        1000e0 * {{ cx_warehouse.bound(cx_warehouse.wilson_low('lateness.late_day_less_count', 'lateness.fitted_count'), 'lateness.fitted_count') }} as late_per_1000_day_less_low,
        1000e0 * {{ cx_warehouse.bound(cx_warehouse.wilson_high('lateness.late_day_less_count', 'lateness.fitted_count'), 'lateness.fitted_count') }} as late_per_1000_day_less_high,
        1000e0 * {{ cx_warehouse.point(cx_warehouse.ratio('lateness.late_day_more_count', 'lateness.fitted_count'), 'lateness.fitted_count') }} as late_per_1000_day_more,
        1000e0 * {{ cx_warehouse.bound(cx_warehouse.wilson_low('lateness.late_day_more_count', 'lateness.fitted_count'), 'lateness.fitted_count') }} as late_per_1000_day_more_low,
        1000e0 * {{ cx_warehouse.bound(cx_warehouse.wilson_high('lateness.late_day_more_count', 'lateness.fitted_count'), 'lateness.fitted_count') }} as late_per_1000_day_more_high,
        case when planned.level is not null then coalesce(backtests.judged_count, 0) end as judged_count,
        case when planned.level is not null then coalesce(backtests.within_count, 0) end as within_count,
        case when planned.level is not null then coalesce(backtests.unpromised_count, 0) end as unpromised_count,
        {{ cx_warehouse.point(cx_warehouse.ratio('backtests.within_count', 'backtests.judged_count'), 'backtests.judged_count') }} as coverage,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('backtests.within_count', 'backtests.judged_count'), 'backtests.judged_count') }} as coverage_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('backtests.within_count', 'backtests.judged_count'), 'backtests.judged_count') }} as coverage_high,
        support.lane_count,
        support.unsupported_lane_count,
        {{ cx_warehouse.ratio('support.unsupported_lane_count', 'support.lane_count') }} as unsupported_lane_share,
        followed.cancelled_count,
        followed.unreadable_count,
        {%- set placed_count = '(followed.order_count + followed.cancelled_count + followed.unreadable_count)' %}
        {{ cx_warehouse.point(cx_warehouse.ratio('followed.cancelled_count', placed_count), placed_count) }} as cancelled_share,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('followed.cancelled_count', placed_count), placed_count) }} as cancelled_share_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('followed.cancelled_count', placed_count), placed_count) }} as cancelled_share_high,
        weeks.fitted_from_date,
        weeks.fitted_to_date
    from keys
    cross join available
    left join weeks on keys.basis = weeks.basis
    left join planned
        on keys.basis = planned.basis
        and keys.lane = planned.lane
        and keys.level = planned.level
    left join lateness
        on keys.basis = lateness.basis
        and keys.lane = lateness.lane
        and keys.level = lateness.level
    left join medians
        on planned.basis = medians.basis
        and planned.pool = medians.pool
        and planned.place = medians.place
    left join backtests
        on keys.basis = backtests.basis
        and keys.lane = backtests.lane
        and keys.level = backtests.level
    left join support
        on keys.basis = support.basis
        and keys.level = support.level
    left join followed
        on keys.basis = followed.basis
        and coalesce(planned.region, 'all') = followed.region
        and case when planned.region is null then 'all' else 'region' end = followed.pool

)

select
    promise_plan_id,
    lane,
    region,
    level,
    basis,
    promise_days,
    is_supported,
    is_lane_supported,
    pool,
    place,
    method,
    status,
    reason,
    lane_order_count,
    fitted_count,
    median_days,
    buffer_days,
    late_count,
    late_per_1000,
    late_per_1000_low,
    late_per_1000_high,
    late_per_1000_day_less,
    late_per_1000_day_less_low,
    late_per_1000_day_less_high,
    late_per_1000_day_more,
    late_per_1000_day_more_low,
    late_per_1000_day_more_high,
    judged_count,
    within_count,
    unpromised_count,
    coverage,
    coverage_low,
    coverage_high,
    lane_count,
    unsupported_lane_count,
    unsupported_lane_share,
    cancelled_count,
    unreadable_count,
    cancelled_share,
    cancelled_share_low,
    cancelled_share_high,
    fitted_from_date,
    fitted_to_date
from final
