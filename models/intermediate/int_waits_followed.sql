-- Grain: one row per basis × lane × region × date on which the wait began × days waited.
-- Only orders that were followed for the whole follow-up count, the quick ones among them as little as the slow: else those
-- still open would be missing and every lead time look short. What had not come by then counts as not come
-- (waited_days null), so a lead time means the same whenever the order was placed.
with

orders as (

    select * from {{ ref('int_orders_awaited') }}

),

assumed as (

    select
        'after_order' as basis,
        base as follow_up_days
    from {{ ref('ref_assumptions') }}
    where assumption = 'planner_follow_up_days'

    union all

    select
        'after_schedule' as basis,
        base as follow_up_days
    from {{ ref('ref_assumptions') }}
    where assumption = 'planner_schedule_follow_up_days'

),

final as (

    select
        orders.basis,
        orders.lane,
        orders.region,
        orders.started_date,
        case when orders.waited_days <= assumed.follow_up_days then orders.waited_days end as waited_days,
        {{ cx_warehouse.count_if('not orders.is_cancelled and not orders.is_unreadable') }} as order_count,
        {{ cx_warehouse.count_if('orders.is_cancelled') }} as cancelled_count,
        {{ cx_warehouse.count_if('orders.is_unreadable and not orders.is_cancelled') }} as unreadable_count
    from orders
    inner join assumed on orders.basis = assumed.basis
    where orders.followed_days >= assumed.follow_up_days
    group by
        orders.basis, orders.lane, orders.region, orders.started_date,
        case when orders.waited_days <= assumed.follow_up_days then orders.waited_days end

)

select * from final
