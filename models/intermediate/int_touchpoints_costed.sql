-- Grain: one row per touchpoint (or `all`) at which a miss and a kept chance have a cost on record.
-- What a miss takes more in contacts and adjustments than what was kept: a plain difference of means (grade D), its error
-- linearised over customers, who may be in both groups.
with

exposures as (

    select * from {{ ref('int_touchpoints_exposed') }} where cost_amount is not null

),

pools as (

    select touchpoint, cluster_id, is_missed, cost_amount from exposures
    union all
    select 'all' as touchpoint, cluster_id, is_missed, cost_amount from exposures

),

means as (

    select
        touchpoint,
        {{ cx_warehouse.count_if('is_missed') }} as missed_count,
        {{ cx_warehouse.count_if('not is_missed') }} as kept_count,
        {{ cx_warehouse.steady_avg('case when is_missed then cost_amount end') }} as missed_mean,
        {{ cx_warehouse.steady_avg('case when not is_missed then cost_amount end') }} as kept_mean
    from pools
    group by touchpoint

),

-- How far a customer's own orders pull each mean.
clusters as (

    select
        pools.touchpoint,
        pools.cluster_id,
        {{ cx_warehouse.steady_sum('case when pools.is_missed then pools.cost_amount - means.missed_mean else 0 end') }} as missed_pull,
        {{ cx_warehouse.steady_sum('case when pools.is_missed then 0 else pools.cost_amount - means.kept_mean end') }} as kept_pull
    from pools
    inner join means on pools.touchpoint = means.touchpoint
    group by pools.touchpoint, pools.cluster_id

),

pulls as (

    select
        touchpoint,
        count(*) as cluster_count,
        {{ cx_warehouse.steady_sum('missed_pull * missed_pull') }} as missed_squares,
        {{ cx_warehouse.steady_sum('kept_pull * kept_pull') }} as kept_squares,
        {{ cx_warehouse.steady_sum('missed_pull * kept_pull') }} as products
    from clusters
    group by touchpoint

),

final as (

    select
        means.touchpoint,
        means.missed_count,
        means.kept_count,
        means.missed_mean - means.kept_mean as miss_cost,
        sqrt({{ cx_warehouse.clustered_variance('pulls.missed_squares', 'pulls.kept_squares', 'pulls.products', 'means.missed_count', 'means.kept_count', 'pulls.cluster_count') }}) as miss_cost_error
    from means
    inner join pulls on means.touchpoint = pulls.touchpoint

)

select * from final
