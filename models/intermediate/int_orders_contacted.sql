-- Grain: one row per period.
with

orders as (

    select * from {{ ref('int_orders_measured') }} where is_contact_known

),

period_months as (

    select * from {{ ref('int_reporting_period_months') }}

),

final as (

    select
        period_months.month,
        count(*) as order_count,
        {{ cx_warehouse.count_if('orders.has_contact') }} as contacted_count
    from orders
    inner join period_months on orders.period_month = period_months.period_month
    group by period_months.month

)

select * from final
