-- Grain: one row per metric × scale × gap bucket, with the roll-up `all`, on which the slopes stand.
-- Gaps in whole days, rounded down: an hour late is a day late. What never came has a bucket of its own and is in no slope.
with

responses as (

    select * from {{ ref('int_orders_responded') }}

),

slopes as (

    select * from {{ ref('int_responses_sloped') }}

),

buckets as (

    select
        gap_bucket,
        bucket_rank,
        gap_from,
        lead(gap_from) over (order by bucket_rank) as gap_to
    from {{ ref('ref_gap_buckets') }}

),

available as (

    select
        metric_id as metric,
        is_available,
        reason
    from {{ ref('int_metrics_available') }}
    where metric_id in ('response_csat', 'response_nps', 'response_repeat', 'response_contact')

),

quantiles as (

    {{ cx_warehouse.t_quantiles() }}

),

bucketed as (

    select
        responses.metric,
        responses.scale,
        responses.cluster_id,
        responses.is_success,
        responses.is_failure,
        case when responses.gap_days is null then 'nothing came' else buckets.gap_bucket end as gap_bucket
    from responses
    left join buckets
        on (floor(responses.gap_days) >= buckets.gap_from or (buckets.gap_from is null and responses.gap_days is not null))
        and (floor(responses.gap_days) < buckets.gap_to or buckets.gap_to is null)

),

counted as (

    select
        metric,
        scale,
        case when grouping(gap_bucket) = 1 then 'all' else gap_bucket end as gap_bucket,
        count(*) as observation_count,
        count(distinct cluster_id) as customer_count,
        {{ cx_warehouse.count_if('is_success') }} as success_count,
        {{ cx_warehouse.count_if('is_failure') }} as failure_count
    from bucketed
    group by metric, scale, cube (gap_bucket)

),

-- Each metric has its rows even without an answer, so that a page can say why there is nothing.
scales as (

    select available.metric, coalesce(found.scale, 'none') as scale
    from available
    left join (select metric, scale from counted group by metric, scale) as found on available.metric = found.metric

),

cells as (

    select scales.metric, scales.scale, places.gap_bucket, places.bucket_rank, places.gap_from, places.gap_to
    from scales
    cross join (
        select gap_bucket, bucket_rank, gap_from, gap_to from buckets
        union all
        select 'nothing came' as gap_bucket, 98 as bucket_rank, null as gap_from, null as gap_to
        union all
        select 'all' as gap_bucket, 99 as bucket_rank, null as gap_from, null as gap_to
    ) as places

),

estimated as (

    select
        cells.*,
        case
            when not available.is_available then available.reason
            when slopes.metric is null and counted.metric is null and cells.gap_bucket = 'all' then 'nothing is on record after a promise that came due'
        end as withheld_reason,
        case when available.is_available then coalesce(counted.observation_count, 0) end as observation_count,
        case when available.is_available then coalesce(counted.customer_count, 0) end as customer_count,
        case cells.metric
            when 'response_nps' then {{ cx_warehouse.nps('counted.success_count', 'counted.failure_count', 'counted.observation_count') }}
            else {{ cx_warehouse.ratio('counted.success_count', 'counted.observation_count') }}
        end as value,
        case cells.metric
            when 'response_nps' then {{ cx_warehouse.nps_low('counted.success_count', 'counted.observation_count - counted.success_count - counted.failure_count', 'counted.failure_count') }}
            else {{ cx_warehouse.wilson_low('counted.success_count', 'counted.observation_count') }}
        end as value_low,
        case cells.metric
            when 'response_nps' then {{ cx_warehouse.nps_high('counted.success_count', 'counted.observation_count - counted.success_count - counted.failure_count', 'counted.failure_count') }}
            else {{ cx_warehouse.wilson_high('counted.success_count', 'counted.observation_count') }}
        end as value_high,
        slopes.observation_count as slope_count,
        slopes.cluster_count as slope_customer_count,
        slopes.slope_below,
        slopes.slope_above,
        -- Where nothing varies there is no error, which would say that nothing is uncertain.
        case when slopes.below_variance > 0 then slopes.below_variance end as below_variance,
        case when slopes.above_variance > 0 then slopes.above_variance end as above_variance,
        slopes.product_variance,
        quantiles.t_975
    from cells
    inner join available on cells.metric = available.metric
    left join counted
        on cells.metric = counted.metric and cells.scale = counted.scale and cells.gap_bucket = counted.gap_bucket
    left join slopes
        on cells.metric = slopes.metric and cells.scale = slopes.scale and cells.gap_bucket = 'all'
    left join quantiles on {{ cx_warehouse.has_freedom('quantiles', 'slopes.cluster_count - 1') }}

),

ratios as (

    select
        estimated.*,
        {{ cx_warehouse.ratio('slope_below', 'slope_above') }} as loss_aversion,
        {{ cx_warehouse.fieller_low('slope_above', 'slope_below', 'above_variance', 'below_variance', 'product_variance', 't_975') }} as loss_aversion_low,
        {{ cx_warehouse.fieller_high('slope_above', 'slope_below', 'above_variance', 'below_variance', 'product_variance', 't_975') }} as loss_aversion_high
    from estimated

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['metric', 'scale', 'gap_bucket']) }} as response_curve_id,
        metric as metric_id,
        scale,
        gap_bucket,
        case metric when 'response_nps' then 'adjusted Wald' else 'Wilson' end
        || ' 95 % (ignores clustering); slopes: least squares with a kink at 0, clustered by customer, Student t 95 %; ratio: Fieller' as method,
        'D' as grade,
        {{ cx_warehouse.estimate_status('customer_count', 'false') }} as status,
        coalesce(withheld_reason, {{ cx_warehouse.estimate_reason('customer_count') }}) as reason,
        case
            when gap_bucket <> 'all' then 'stands on the row of all gaps'
            when withheld_reason is not null then withheld_reason
            when slope_customer_count is null or slope_customer_count < {{ cx_warehouse.fewest_for_point() }}
                then 'fewer than {{ cx_warehouse.fewest_for_point() | trim }} customers with a gap'
            when slope_below is null then 'nothing came late, or nothing came early'
            when loss_aversion_low is null then 'the slope above 0 does not differ from 0'
        end as loss_aversion_reason,
        cast(bucket_rank as integer) as bucket_rank,
        cast(gap_from as {{ dbt.type_bigint() }}) as gap_from_days,
        cast(gap_to - 1 as {{ dbt.type_bigint() }}) as gap_to_days,
        cast(observation_count as {{ dbt.type_bigint() }}) as observation_count,
        cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
        {{ cx_warehouse.point('value', 'customer_count') }} as value,
        {{ cx_warehouse.bound('value_low', 'customer_count') }} as value_low,
        {{ cx_warehouse.bound('value_high', 'customer_count') }} as value_high,
        cast(slope_count as {{ dbt.type_bigint() }}) as slope_count,
        cast(slope_customer_count as {{ dbt.type_bigint() }}) as slope_customer_count,
        {%- for part in ['below', 'above'] %}
        {{ cx_warehouse.point('slope_' ~ part, 'slope_customer_count') }} as slope_{{ part }},
        {{ cx_warehouse.bound('slope_' ~ part ~ ' - t_975 * sqrt(' ~ part ~ '_variance)', 'slope_customer_count') }} as slope_{{ part }}_low,
        {{ cx_warehouse.bound('slope_' ~ part ~ ' + t_975 * sqrt(' ~ part ~ '_variance)', 'slope_customer_count') }} as slope_{{ part }}_high,
        {%- endfor %}
        case when loss_aversion_low is not null then {{ cx_warehouse.point('loss_aversion', 'slope_customer_count') }} end as loss_aversion,
        {{ cx_warehouse.point('loss_aversion_low', 'slope_customer_count') }} as loss_aversion_low,
        {{ cx_warehouse.point('loss_aversion_high', 'slope_customer_count') }} as loss_aversion_high
    from ratios

)

select
    response_curve_id,
    metric_id,
    scale,
    gap_bucket,
    method,
    grade,
    status,
    reason,
    loss_aversion_reason,
    bucket_rank,
    gap_from_days,
    gap_to_days,
    observation_count,
    customer_count,
    value,
    value_low,
    value_high,
    slope_count,
    slope_customer_count,
    slope_below,
    slope_below_low,
    slope_below_high,
    slope_above,
    slope_above_low,
    slope_above_high,
    loss_aversion,
    loss_aversion_low,
    loss_aversion_high
from final
