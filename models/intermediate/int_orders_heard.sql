-- Grain: one row per order whose first promise has come due and was not kept or later than said.
-- Silent is whoever neither came nor answered from the due date to 30 days after the landmark. A contact or an answer that names
-- no order counts as about this one, so silence is never overstated; without both feeds nobody can tell.
with

orders as (

    select
        *,
        least(first_due_at, landmark_at) as from_at,
        {{ cx_warehouse.add_seconds('landmark_at', '30 * 86400') }} as until_at
    from {{ ref('int_orders_judged') }}
    where is_due_passed and (outcome = 'missed' or (outcome in ('exceeded', 'met') and first_gap < 0))

),

voices as (

    select order_id, customer_id, opened_at as heard_at from {{ ref('stg_crm__contacts') }}
    union all
    select order_id, customer_id, responded_at as heard_at from {{ ref('stg_survey__answers') }}

),

observed as (

    select
        {{ cx_warehouse.is_present('crm.contacts') }} and {{ cx_warehouse.is_present('survey.answers') }} as has_feeds,
        least(
            {{ cx_warehouse.observed_until('crm.contacts') }}, {{ cx_warehouse.observed_until('survey.answers') }}
        ) as observed_until

),

heard as (

    select orders.order_id
    from orders
    inner join voices on orders.order_id = voices.order_id
    where voices.heard_at between orders.from_at and orders.until_at

    union

    select orders.order_id
    from orders
    inner join voices on orders.customer_id = voices.customer_id and voices.order_id is null
    where voices.heard_at between orders.from_at and orders.until_at

),

final as (

    select
        orders.order_id,
        {{ cx_warehouse.due_month('orders.first_due_date', 'orders.first_due_at') }} as period_month,
        case when observed.has_feeds then heard.order_id is null end as is_silent,
        orders.until_at <= observed.observed_until as is_matured
    from orders
    cross join observed
    left join heard on orders.order_id = heard.order_id

)

select * from final
