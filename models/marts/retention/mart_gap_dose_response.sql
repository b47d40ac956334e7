-- Grain: one row per horizon × gap bucket.
-- Over first orders, so that every customer counts once. Gaps in whole days, rounded down: an hour late is a day late.
{%- set horizons = [30, 60, 90, 180, 365] %}
with

orders as (

    select * from {{ ref('int_orders_followed') }}
    where order_number = 1 and outcome in ('kept', 'missed') and not is_reordered_before

),

buckets as (

    select
        gap_bucket,
        bucket_rank,
        gap_from,
        lead(gap_from) over (order by bucket_rank) as gap_to
    from {{ ref('ref_gap_buckets') }}

),

sources as (

    {{ cx_warehouse.misses_withheld() }}

),

horizons as (

    {% for horizon in horizons -%}
    select {{ horizon }} as horizon_days
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- What never came has no gap and a bucket of its own, outside the trend.
bucketed as (

    select
        orders.outcome,
        orders.followed_days,
        orders.reordered_days,
        case when orders.gap_days is null then 'nothing came' else buckets.gap_bucket end as gap_bucket,
        buckets.bucket_rank
    from orders
    left join buckets
        on (floor(orders.gap_days) >= buckets.gap_from or (buckets.gap_from is null and orders.gap_days is not null))
        and (floor(orders.gap_days) < buckets.gap_to or buckets.gap_to is null)

),

matured as (

    select
        horizons.horizon_days,
        bucketed.outcome,
        bucketed.gap_bucket,
        bucketed.bucket_rank,
        coalesce(bucketed.reordered_days <= horizons.horizon_days, false) as is_retained
    from bucketed
    inner join horizons on bucketed.followed_days >= horizons.horizon_days

),

counted as (

    select
        horizon_days,
        gap_bucket,
        count(*) as customer_count,
        {{ cx_warehouse.count_if('is_retained') }} as retained_count
    from matured
    group by horizon_days, gap_bucket

),

{% for trend, condition in [('trend', 'bucket_rank is not null'), ('missed_trend', "bucket_rank is not null and outcome = 'missed'")] -%}
-- {{ 'Of all that came.' if trend == 'trend' else 'Of the missed alone: whether it matters how late, once late.' }}
{{ trend }}_sums as (

    select
        horizon_days,
        count(*) as customer_count,
        {{ cx_warehouse.count_if('is_retained') }} as retained_count,
        sum(bucket_rank) as score_sum,
        sum(bucket_rank * bucket_rank) as score_square_sum,
        sum(case when is_retained then bucket_rank else 0 end) as score_success_sum
    from matured
    where {{ condition }}
    group by horizon_days

),

{{ trend }}s as (

    select
        horizon_days,
        customer_count,
        case
            when customer_count >= {{ cx_warehouse.fewest_for_point() }}
                then {{ cx_warehouse.trend_test('customer_count', 'retained_count', 'score_sum', 'score_square_sum', 'score_success_sum') }}
        end as z
    from {{ trend }}_sums

),

{% endfor -%}
-- A row per cell even without orders, so that a page can say why there is no number.
cells as (

    select horizons.horizon_days, listed.gap_bucket, listed.bucket_rank
    from horizons
    cross join (
        select gap_bucket, bucket_rank from buckets
        union all
        select 'nothing came' as gap_bucket, 0 as bucket_rank
    ) as listed

),

estimated as (

    select
        cells.horizon_days,
        cells.gap_bucket,
        cells.bucket_rank,
        sources.withheld_reason,
        case when sources.is_countable then coalesce(counted.customer_count, 0) end as customer_count,
        case when sources.is_countable then coalesce(counted.retained_count, 0) end as retained_count,
        trends.z as trend_z,
        missed_trends.z as missed_trend_z
    from cells
    cross join sources
    left join counted on cells.horizon_days = counted.horizon_days and cells.gap_bucket = counted.gap_bucket
    left join trends on cells.horizon_days = trends.horizon_days
    left join missed_trends on cells.horizon_days = missed_trends.horizon_days

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['horizon_days', 'gap_bucket']) }} as gap_dose_response_id,
        gap_bucket,
        'Wilson, 95 %, first orders, each customer once; trend: Cochran–Armitage over the ranks of the buckets, not adjusted' as method,
        'D' as grade,
        {{ cx_warehouse.estimate_status('customer_count', 'false') }} as status,
        coalesce(withheld_reason, {{ cx_warehouse.estimate_reason('customer_count') }}) as reason,
        cast(horizon_days as {{ dbt.type_bigint() }}) as horizon_days,
        cast(bucket_rank as {{ dbt.type_bigint() }}) as bucket_rank,
        cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
        cast(retained_count as {{ dbt.type_bigint() }}) as retained_count,
        {{ cx_warehouse.point(cx_warehouse.retention_rate('retained_count', 'customer_count'), 'customer_count') }} as retained_rate,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('retained_count', 'customer_count'), 'customer_count') }} as retained_rate_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('retained_count', 'customer_count'), 'customer_count') }} as retained_rate_high,
        trend_z,
        2e0 * {{ cx_warehouse.normal_tail('abs(trend_z)') }} as trend_p_value,
        missed_trend_z,
        2e0 * {{ cx_warehouse.normal_tail('abs(missed_trend_z)') }} as missed_trend_p_value
    from estimated

)

select
    gap_dose_response_id,
    gap_bucket,
    method,
    grade,
    status,
    reason,
    horizon_days,
    bucket_rank,
    customer_count,
    retained_count,
    retained_rate,
    retained_rate_low,
    retained_rate_high,
    trend_z,
    trend_p_value,
    missed_trend_z,
    missed_trend_p_value
from final
