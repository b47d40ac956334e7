-- Grain: one row per version of one promise, or per order or contact × event of which only a message or custom tells what to expect.
-- Only what was explicitly promised has versions and an outcome: nobody is held to a message or to what is implied.
with

promises as (

    select * from {{ cx_warehouse.changed(ref('int_promises_resolved')) }}

),

implied as (

    select * from {{ cx_warehouse.changed(ref('int_promises_implied')) }}

),

told as (

    select
        promise_id, order_id, contact_id, customer_id, promise_kind, subject_kind, 'explicit' as source, recorded_in, unit, kept_by,
        outcome, outcome_reason, version_number, promised_days, gap, gap_days, is_first, is_last, is_due_passed, due_date,
        made_at, due_at, actual_at
    from promises

    union all

    select
        promise_id, order_id, contact_id, customer_id, promise_kind,
        case when order_id is not null then 'order' else 'contact' end as subject_kind,
        source,
        case source when 'message' then 'messages' else 'promise_kinds' end as recorded_in,
        unit, kept_by, 'unknown' as outcome, concat(source, '_only') as outcome_reason, null as version_number, promised_days,
        gap, gap_days, false as is_first, false as is_last, is_due_passed, due_date, made_at, due_at, actual_at
    from implied

),

orders as (

    select * from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

contacts as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__contacts')) }}

),

customers as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__customers')) }}

),

promise_kinds as (

    select * from {{ ref('ref_promise_kinds') }}

),

final as (

    select
        promises.promise_id,
        promises.order_id,
        promises.contact_id,
        promises.customer_id,
        promises.promise_kind,
        -- A promise to a contact is felt where the contact happened, one about an order where its kind says.
        coalesce(
            case promises.subject_kind when 'contact' then contacts.touchpoint end,
            promise_kinds.touchpoint,
            'unknown'
        ) as touchpoint,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(orders.region, customers.region, 'unknown') as region,
        coalesce(orders.service_level, 'unknown') as service_level,
        promises.source,
        promises.recorded_in,
        promises.unit,
        promises.kept_by,
        promises.outcome,
        promises.outcome_reason,
        cast(promises.version_number as integer) as version_number,
        promises.promised_days,
        promises.gap,
        promises.gap_days,
        promises.is_first,
        promises.is_last,
        promises.is_due_passed,
        promises.due_date,
        promises.made_at,
        promises.due_at,
        promises.actual_at
    from told as promises
    left join orders on promises.order_id = orders.order_id
    left join contacts on promises.contact_id = contacts.contact_id
    left join customers on promises.customer_id = customers.customer_id
    left join promise_kinds on promises.promise_kind = promise_kinds.promise_kind

)

select
    promise_id,
    order_id,
    contact_id,
    customer_id,
    promise_kind,
    touchpoint,
    segment,
    region,
    service_level,
    source,
    recorded_in,
    unit,
    kept_by,
    outcome,
    outcome_reason,
    version_number,
    cast(promised_days as double) as promised_days,
    cast(gap as double) as gap,
    cast(gap_days as double) as gap_days,
    is_first,
    is_last,
    is_due_passed,
    due_date,
    made_at,
    due_at,
    actual_at
from final
