-- Grain: one row per customer who has ordered, with the month from which every month of theirs counts.
-- From the month after the first order: the first order itself is how they came in, and everybody has it.
-- Segment, region and service level are those of the first order, so that nothing an initiative does moves a customer
-- from one side of a comparison to the other.
with

first_orders as (

    select * from {{ ref('int_orders_judged') }} where order_number = 1

),

final as (

    select
        customer_id,
        'customer:' || customer_id as cluster_id,
        region,
        segment,
        service_level,
        {{ cx_warehouse.month_text_number(cx_warehouse.period_month('ordered_at')) }} + 1 as entered_month
    from first_orders

)

select * from final
