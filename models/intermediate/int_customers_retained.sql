-- Grain: one row per period, over customers by the landmark of their first order.
with

followed as (

    select * from {{ ref('int_customers_followed') }}

),

period_months as (

    select * from {{ ref('int_reporting_period_months') }}

),

final as (

    select
        period_months.month,
        {{ cx_warehouse.count_if('followed.is_matured and not followed.is_reordered_before') }} as customer_count,
        {{ cx_warehouse.count_if('followed.is_matured and not followed.is_reordered_before and followed.is_retained') }} as retained_count,
        {{ cx_warehouse.count_if('followed.is_reordered_before') }} as reordered_before_count,
        {{ cx_warehouse.count_if('not followed.is_matured') }} as not_matured_count
    from followed
    inner join period_months on followed.period_month = period_months.period_month
    group by period_months.month

)

select * from final
