-- Grain: one row per answer, the version in force at as_of.
with

answers as (

    {{ cx_warehouse.current_rows('survey', 'answers') }}

),

customer_ids as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__customer_ids')) }}

),

orders as (

    select order_id from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

contacts as (

    select contact_id from {{ cx_warehouse.changed(ref('stg_crm__contacts')) }}

),

ref_touchpoints as (

    select touchpoint from {{ ref('ref_touchpoints') }}

),

final as (

    select
        answers.answer_id,
        answers.response_id,
        coalesce(customer_ids.customer_id, answers.customer_id) as customer_id,
        answers.order_id,
        answers.contact_id,
        answers.touchpoint,
        answers.question_kind,
        answers.item,
        answers.score,
        answers.scale_min,
        answers.scale_max,
        -- Without a unit an answer is a score; in one that cannot be read it is neither that nor a duration.
        case when answers.is_unit_unreadable then 'unknown' else answers.unit end as unit,
        answers.comment,
        answers.responded_at,
        (answers.customer_id is not null and not coalesce(customer_ids.is_customer, false) and {{ cx_warehouse.is_present('crm.customers') }})
            or (answers.order_id is not null and orders.order_id is null and {{ cx_warehouse.is_present('fulfilment.orders') }})
            or (answers.contact_id is not null and contacts.contact_id is null and {{ cx_warehouse.is_present('crm.contacts') }}) as is_orphan,
        (answers.touchpoint is not null and ref_touchpoints.touchpoint is null) as is_unmapped,
        answers.is_later_version,
        answers.version_at,
        answers._load_id,
        answers._file,
        answers._line
    from answers
    left join customer_ids on answers.customer_id = customer_ids.known_id
    left join orders on answers.order_id = orders.order_id
    left join contacts on answers.contact_id = contacts.contact_id
    left join ref_touchpoints on answers.touchpoint = ref_touchpoints.touchpoint

)

select * from final
