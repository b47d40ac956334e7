-- Grain: one row per period.
-- The mean over orders, its variance over customers: orders of one customer are not independent (law 7). The variance is
-- the linearised one of a ratio of cluster sums, G/(G−1) · Σ(sum − n·mean)² / N² (Cochran, Sampling Techniques, 3rd ed., §6.3).
with

orders as (

    select * from {{ ref('int_orders_measured') }}

),

period_months as (

    select * from {{ ref('int_reporting_period_months') }}

),

clusters as (

    select
        period_months.month,
        orders.cluster_id,
        count(orders.delivered_cost_amount) as order_count,
        {{ cx_warehouse.count_if('orders.is_delivered and orders.delivered_cost_amount is null') }} as unknown_count,
        coalesce({{ cx_warehouse.steady_sum('orders.delivered_cost_amount') }}, 0.0) as cost_amount
    from orders
    inner join period_months on orders.period_month = period_months.period_month
    where orders.is_delivered
    group by period_months.month, orders.cluster_id

),

summed as (

    select
        month,
        {{ cx_warehouse.count_if('order_count > 0') }} as cluster_count,
        sum(order_count) as order_count,
        sum(unknown_count) as unknown_count,
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum('cost_amount'), 'sum(order_count)') }} as cost_mean,
        {{ cx_warehouse.steady_sum('cost_amount * cost_amount') }} as sum_cost_cost,
        {{ cx_warehouse.steady_sum('cost_amount * order_count') }} as sum_cost_count,
        {{ cx_warehouse.steady_sum('order_count * order_count') }} as sum_count_count
    from clusters
    group by month

),

errors as (

    select
        summed.*,
        sqrt(
            {{ cx_warehouse.ratio('cluster_count', 'cluster_count - 1') }}
            * greatest(sum_cost_cost - 2 * cost_mean * sum_cost_count + cost_mean * cost_mean * sum_count_count, 0.0)
        ) / nullif(cast(order_count as double), 0) as standard_error
    from summed

),

quantiles as (

    {{ cx_warehouse.t_quantiles() }}

),

final as (

    select
        errors.month,
        cast(errors.order_count as {{ dbt.type_bigint() }}) as order_count,
        cast(errors.unknown_count as {{ dbt.type_bigint() }}) as unknown_count,
        errors.cost_mean,
        errors.cost_mean - quantiles.t_975 * errors.standard_error as cost_low,
        errors.cost_mean + quantiles.t_975 * errors.standard_error as cost_high
    from errors
    left join quantiles on {{ cx_warehouse.has_freedom('quantiles', 'errors.cluster_count - 1') }}

)

select * from final
