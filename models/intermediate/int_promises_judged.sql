-- Grain: one row per first promise that has come due and is known to be kept or missed: where, and to whom.
-- Where no feed tells what keeps a promise the cancelled are known to be missed and none to be kept, so none counts.
with

promises as (

    select * from {{ ref('int_promises_resolved') }}
    where is_first and is_due_passed and has_feed and outcome in ('exceeded', 'met', 'missed')

),

orders as (

    select * from {{ ref('int_orders_judged') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

promise_kinds as (

    select * from {{ ref('ref_promise_kinds') }}

),

final as (

    select
        promises.promise_id,
        coalesce(case promises.subject_kind when 'contact' then contacts.touchpoint end, promise_kinds.touchpoint) as touchpoint,
        coalesce(orders.region, customers.region) as region,
        coalesce(orders.segment, customers.segment) as segment,
        orders.service_level,
        coalesce('customer:' || promises.customer_id, 'order:' || promises.order_id, 'contact:' || promises.contact_id) as cluster_id,
        promises.outcome,
        promises.gap_days,
        promises.due_date,
        promises.due_at
    from promises
    left join orders on promises.order_id = orders.order_id
    left join contacts on promises.contact_id = contacts.contact_id
    left join customers on promises.customer_id = customers.customer_id
    left join promise_kinds on promises.promise_kind = promise_kinds.promise_kind

)

select * from final
