-- Grain: one row per touchpoint at which a cost of misses is known.
-- The what-if: a page multiplies points of improvement by what one point is worth, and nothing else. A point can be won
-- only as far as there are misses, so the row says how many points there are.
with

priorities as (

    select * from {{ ref('mart_touchpoint_priority') }} where status <> 'withheld'

),

final as (

    select
        touchpoint,
        touchpoint_name,
        'miss_rate' as lever,
        'chances per month × 0.01 × cost of a miss; normal 95 % of that cost; the chances are taken as they were' as method,
        grade,
        case when miss_cost_low is null then 'withheld' else status end as status,
        case
            when miss_cost_low is null then money_reason
            when miss_cost_low <= 0 then 'not enough evidence: the interval holds 0'
            else reason
        end as reason,
        exposure_count,
        100.0 * shrunk_rate as points_available,
        0.01 * monthly_exposures as misses_per_point,
        0.01 * monthly_exposures * miss_cost as money_per_point,
        0.01 * monthly_exposures * miss_cost_low as money_per_point_low,
        0.01 * monthly_exposures * miss_cost_high as money_per_point_high,
        coalesce(miss_cost_low > 0, false) as is_evident
    from priorities

)

select
    touchpoint,
    touchpoint_name,
    lever,
    method,
    grade,
    status,
    reason,
    exposure_count,
    points_available,
    misses_per_point,
    money_per_point,
    money_per_point_low,
    money_per_point_high,
    is_evident
from final
