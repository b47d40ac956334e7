-- Grain: one row per order that a metric counts, with the month it counts in and the cluster it belongs to.
with

orders as (

    select * from {{ ref('int_orders_judged') }}

),

final as (

    select
        order_id,
        -- A guest is a cluster of one order.
        coalesce('customer:' || customer_id, 'order:' || order_id) as cluster_id,
        {{ cx_warehouse.period_month('ordered_at') }} as period_month,
        contact_count > 0 as has_contact,
        contact_count is not null as is_contact_known,
        delivered_at is not null as is_delivered,
        case when delivered_at is not null then cast(cost_to_serve_amount as double) end as delivered_cost_amount
    from orders

)

select * from final
