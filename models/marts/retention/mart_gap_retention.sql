-- Grain: one row per index kind × outcome × horizon.
-- The index is an order and how it had gone by its landmark, never "customers who were ever missed": who orders more often
-- is missed more often, and that comparison turns the sign around.
{%- set horizons = [30, 60, 90, 180, 365] %}
with

orders as (

    select * from {{ ref('int_orders_followed') }} where outcome in ('kept', 'missed')

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

indexed as (

    select 'first_order' as index_kind, orders.* from orders where order_number = 1
    union all
    select 'every_order' as index_kind, orders.* from orders

),

-- Only who was followed for the whole horizon can be said to have come back or not.
matured as (

    select
        indexed.index_kind,
        horizons.horizon_days,
        indexed.customer_id,
        indexed.outcome,
        indexed.followed_days < horizons.horizon_days as is_not_matured,
        indexed.followed_days >= horizons.horizon_days and indexed.is_reordered_before as is_reordered_before,
        indexed.followed_days >= horizons.horizon_days and not indexed.is_reordered_before as is_counted,
        coalesce(indexed.reordered_days <= horizons.horizon_days, false) as is_retained
    from indexed
    cross join horizons

),

by_customer as (

    select
        index_kind,
        horizon_days,
        customer_id,
        {% for outcome in ['kept', 'missed'] -%}
        {{ cx_warehouse.count_if("outcome = '" ~ outcome ~ "' and is_counted") }} as {{ outcome }}_count,
        {{ cx_warehouse.count_if("outcome = '" ~ outcome ~ "' and is_counted and is_retained") }} as {{ outcome }}_retained_count,
        {{ cx_warehouse.count_if("outcome = '" ~ outcome ~ "' and is_reordered_before") }} as {{ outcome }}_reordered_before_count,
        {{ cx_warehouse.count_if("outcome = '" ~ outcome ~ "' and is_not_matured") }} as {{ outcome }}_not_matured_count
        {{- ',' if not loop.last }}
        {% endfor %}
    from matured
    group by index_kind, horizon_days, customer_id

),

totals as (

    select
        index_kind,
        horizon_days,
        {{ cx_warehouse.count_if('kept_count + missed_count > 0') }} as cluster_count,
        {% for outcome in ['kept', 'missed'] -%}
        {{ cx_warehouse.count_if(outcome ~ '_count > 0') }} as {{ outcome }}_customer_count,
        sum({{ outcome }}_count) as {{ outcome }}_count,
        sum({{ outcome }}_retained_count) as {{ outcome }}_retained_count,
        sum({{ outcome }}_reordered_before_count) as {{ outcome }}_reordered_before_count,
        sum({{ outcome }}_not_matured_count) as {{ outcome }}_not_matured_count,
        {{ cx_warehouse.retention_rate('sum(' ~ outcome ~ '_retained_count)', 'sum(' ~ outcome ~ '_count)') }} as {{ outcome }}_rate
        {{- ',' if not loop.last }}
        {% endfor %}
    from by_customer
    group by index_kind, horizon_days

),

-- What a customer adds to the uncertainty: how far their orders are off the rate of their group.
residuals as (

    select
        by_customer.index_kind,
        by_customer.horizon_days,
        by_customer.kept_retained_count - totals.kept_rate * by_customer.kept_count as kept_residual,
        by_customer.missed_retained_count - totals.missed_rate * by_customer.missed_count as missed_residual
    from by_customer
    inner join totals
        on by_customer.index_kind = totals.index_kind and by_customer.horizon_days = totals.horizon_days

),

spread as (

    select
        index_kind,
        horizon_days,
        {{ cx_warehouse.steady_sum('kept_residual * kept_residual') }} as kept_squares,
        {{ cx_warehouse.steady_sum('missed_residual * missed_residual') }} as missed_squares,
        {{ cx_warehouse.steady_sum('missed_residual * kept_residual') }} as products
    from residuals
    group by index_kind, horizon_days

),

varied as (

    select
        totals.*,
        {{ cx_warehouse.clustered_variance('spread.kept_squares', '0', '0', 'totals.kept_count', '1', 'totals.kept_customer_count') }} as kept_variance,
        {{ cx_warehouse.clustered_variance('spread.missed_squares', '0', '0', 'totals.missed_count', '1', 'totals.missed_customer_count') }} as missed_variance,
        {{ cx_warehouse.clustered_variance('spread.missed_squares', 'spread.kept_squares', 'spread.products', 'totals.missed_count', 'totals.kept_count', 'totals.cluster_count') }} as difference_variance,
        {{ cx_warehouse.clustered_variance('spread.missed_squares', 'spread.kept_squares', 'spread.products', 'totals.missed_retained_count', 'totals.kept_retained_count', 'totals.cluster_count') }} as log_ratio_variance
    from totals
    inner join spread on totals.index_kind = spread.index_kind and totals.horizon_days = spread.horizon_days

),

-- A row per cell even without orders, so that a page can say why there is no number.
cells as (

    select index_kinds.index_kind, outcomes.outcome, horizons.horizon_days
    from (select 'first_order' as index_kind union all select 'every_order' as index_kind) as index_kinds
    cross join (select 'kept' as outcome union all select 'missed' as outcome) as outcomes
    cross join horizons

),

counted as (

    select
        cells.index_kind,
        cells.outcome,
        cells.horizon_days,
        {% for column in ['customer_count', 'count', 'retained_count', 'reordered_before_count', 'not_matured_count'] -%}
        case
            when sources.is_countable
                then coalesce(case cells.outcome when 'kept' then varied.kept_{{ column }} else varied.missed_{{ column }} end, 0)
        end as {{ 'order_count' if column == 'count' else column }},
        {% endfor -%}
        case cells.outcome when 'kept' then varied.kept_rate else varied.missed_rate end as retained_rate,
        case cells.outcome when 'kept' then varied.kept_variance else varied.missed_variance end as rate_variance,
        sources.withheld_reason,
        -- The comparison stands on the rows of the missed, against the kept.
        case when cells.outcome = 'missed' then varied.kept_count end as kept_count,
        case when cells.outcome = 'missed' then varied.kept_retained_count end as kept_retained_count,
        case when cells.outcome = 'missed' then varied.kept_rate end as kept_rate,
        case
            when cells.outcome = 'missed' and sources.withheld_reason is null then least(varied.kept_customer_count, varied.missed_customer_count)
        end as fewer_customers,
        varied.difference_variance,
        varied.log_ratio_variance
    from cells
    cross join sources
    left join varied on cells.index_kind = varied.index_kind and cells.horizon_days = varied.horizon_days

),

compared as (

    select
        counted.*,
        retained_rate - kept_rate as risk_difference,
        {{ cx_warehouse.ratio('retained_rate', 'kept_rate') }} as risk_ratio
    from counted

),

estimated as (

    select
        compared.*,
        case index_kind
            when 'first_order' then {{ cx_warehouse.wilson_low('retained_count', 'order_count') }}
            else greatest(retained_rate - {{ cx_warehouse.z_95() }} * sqrt(rate_variance), case when rate_variance is not null then 0e0 end)
        end as retained_rate_low,
        case index_kind
            when 'first_order' then {{ cx_warehouse.wilson_high('retained_count', 'order_count') }}
            else least(retained_rate + {{ cx_warehouse.z_95() }} * sqrt(rate_variance), case when rate_variance is not null then 1e0 end)
        end as retained_rate_high,
        case index_kind
            when 'first_order' then {{ cx_warehouse.newcombe_low('retained_count', 'order_count', 'kept_retained_count', 'kept_count') }}
            else risk_difference - {{ cx_warehouse.z_95() }} * sqrt(difference_variance)
        end as risk_difference_low,
        case index_kind
            when 'first_order' then {{ cx_warehouse.newcombe_high('retained_count', 'order_count', 'kept_retained_count', 'kept_count') }}
            else risk_difference + {{ cx_warehouse.z_95() }} * sqrt(difference_variance)
        end as risk_difference_high,
        case index_kind
            when 'first_order' then {{ cx_warehouse.katz_low('retained_count', 'order_count', 'kept_retained_count', 'kept_count') }}
            when 'every_order' then risk_ratio * exp(-{{ cx_warehouse.z_95() }} * sqrt(log_ratio_variance))
        end as risk_ratio_low,
        case index_kind
            when 'first_order' then {{ cx_warehouse.katz_high('retained_count', 'order_count', 'kept_retained_count', 'kept_count') }}
            when 'every_order' then risk_ratio * exp({{ cx_warehouse.z_95() }} * sqrt(log_ratio_variance))
        end as risk_ratio_high,
        -- Nothing that varies is not certainty: no estimate, rather than one without an interval.
        case when index_kind = 'every_order' and rate_variance is null then 0 else customer_count end as shown_count,
        case when index_kind = 'every_order' and difference_variance is null then 0 else fewer_customers end as fewer_shown_count
    from compared

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['index_kind', 'outcome', 'horizon_days']) }} as gap_retention_id,
        index_kind,
        outcome,
        case index_kind
            when 'first_order' then 'rate: Wilson; difference: Newcombe; ratio: Katz; 95 %, each customer once, not adjusted'
            else 'linearised, clustered by customer, 95 %, not adjusted'
        end as method,
        'D' as grade,
        {{ cx_warehouse.estimate_status('shown_count', 'false') }} as status,
        case
            when withheld_reason is not null then withheld_reason
            when index_kind = 'every_order' and customer_count >= {{ cx_warehouse.fewest_for_interval() }} and rate_variance is null
                then 'nothing varies, so there is no interval'
            when customer_count < {{ cx_warehouse.fewest_for_point() }} then {{ cx_warehouse.estimate_reason('customer_count') }}
            when fewer_customers < {{ cx_warehouse.fewest_for_interval() }}
                then 'fewer than {{ cx_warehouse.fewest_for_interval() | trim }} customers with a kept promise to compare with'
            when fewer_customers < {{ cx_warehouse.fewest_for_point() }}
                then 'fewer than {{ cx_warehouse.fewest_for_point() | trim }} customers with a kept promise: of the comparison only the interval is shown'
        end as reason,
        cast(horizon_days as {{ dbt.type_bigint() }}) as horizon_days,
        cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
        cast(order_count as {{ dbt.type_bigint() }}) as order_count,
        cast(retained_count as {{ dbt.type_bigint() }}) as retained_count,
        cast(reordered_before_count as {{ dbt.type_bigint() }}) as reordered_before_count,
        cast(not_matured_count as {{ dbt.type_bigint() }}) as not_matured_count,
        {{ cx_warehouse.point('retained_rate', 'shown_count') }} as retained_rate,
        {{ cx_warehouse.bound('retained_rate_low', 'shown_count') }} as retained_rate_low,
        {{ cx_warehouse.bound('retained_rate_high', 'shown_count') }} as retained_rate_high,
        {{ cx_warehouse.point('risk_difference', 'fewer_shown_count') }} as risk_difference,
        {{ cx_warehouse.bound('risk_difference_low', 'fewer_customers') }} as risk_difference_low,
        {{ cx_warehouse.bound('risk_difference_high', 'fewer_customers') }} as risk_difference_high,
        case
            when risk_difference_low <= 0 and risk_difference_high >= 0
                then {{ cx_warehouse.bound(cx_warehouse.needed_count('order_count', 'risk_difference', 'sqrt(difference_variance)'), 'fewer_customers') }}
        end as needed_observation_count,
        {{ cx_warehouse.point('risk_ratio', 'fewer_shown_count') }} as risk_ratio,
        {{ cx_warehouse.bound('risk_ratio_low', 'fewer_customers') }} as risk_ratio_low,
        {{ cx_warehouse.bound('risk_ratio_high', 'fewer_customers') }} as risk_ratio_high
    from estimated

)

select
    gap_retention_id,
    index_kind,
    outcome,
    method,
    grade,
    status,
    reason,
    horizon_days,
    customer_count,
    order_count,
    retained_count,
    reordered_before_count,
    not_matured_count,
    needed_observation_count,
    retained_rate,
    retained_rate_low,
    retained_rate_high,
    risk_difference,
    risk_difference_low,
    risk_difference_high,
    risk_ratio,
    risk_ratio_low,
    risk_ratio_high
from final
