-- Grain: one row per missed order and period it counts in, by the first promise and the month of its due date.
with

orders as (

    select * from {{ ref('int_orders_judged') }}

),

delay_causes as (

    select * from {{ ref('ref_delay_causes') }}

),

period_months as (

    select * from {{ ref('int_reporting_period_months') }}

),

missed as (

    select
        orders.order_id,
        -- A cause that no list knows is a cause on record, but nobody says whether the firm controls it.
        orders.cause,
        delay_causes.is_controllable,
        {{ cx_warehouse.due_month('orders.first_due_date', 'orders.first_due_at') }} as period_month
    from orders
    left join delay_causes on orders.cause = delay_causes.delay_cause
    where orders.outcome = 'missed' and orders.is_due_passed

),

final as (

    select
        missed.order_id,
        {{ cx_warehouse.dimension('missed.cause') }} as cause,
        missed.is_controllable,
        {{ cx_warehouse.dimension('missed.cause') }} <> 'unknown' as is_attributed,
        period_months.month
    from missed
    inner join period_months on missed.period_month = period_months.period_month

)

select * from final
