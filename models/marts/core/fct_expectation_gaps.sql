-- Grain: one row per order or contact × dimension (delivered, shipped, responded, resolved, refunded) with a promise of any source or a stated expectation.
-- Everything in days since the order was placed or the contact opened. A date is counted in whole days of the customer's
-- calendar, an instant to the second, so that promised − actual is the gap by which the promise is judged.
{%- set of_contact -%}
(
            answers.order_id is null
            or (coalesce(named_kinds.kept_by, '') in ('responded', 'resolved') and answers.contact_id is not null)
        )
{%- endset %}
with

promises as (

    select * from {{ cx_warehouse.changed(ref('int_promises_resolved')) }}

),

answers as (

    select * from {{ cx_warehouse.changed(ref('stg_survey__answers')) }}

),

orders as (

    select * from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

deliveries as (

    select * from {{ cx_warehouse.changed(ref('int_orders_delivered')) }}

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

-- What was promised during a call about an order is a promise of the order.
subject_promises as (

    select
        promise_id,
        case when subject_kind = 'order' then order_id end as order_id,
        case when subject_kind = 'contact' then contact_id end as contact_id,
        kept_by,
        outcome,
        due_date,
        made_at,
        due_at,
        actual_at,
        timezone
    from promises
    where kept_by is not null

),

-- Two kinds may be kept by the same event; the customer heard the earlier one first.
ranked_promises as (

    select
        subject_promises.*,
        row_number() over (
            partition by order_id, contact_id, kept_by
            order by made_at, promise_id
        ) as promise_rank
    from subject_promises

),

-- What somebody told the customer wins; else what a message said, else what is implied.
first_promises as (

    select promise_id, 'explicit' as source, order_id, contact_id, kept_by, outcome, due_date, due_at, actual_at, timezone
    from ranked_promises
    where promise_rank = 1

    union all

    select
        promise_id, source, order_id, contact_id, kept_by, 'unknown' as outcome, due_date, due_at, actual_at, timezone
    from {{ cx_warehouse.changed(ref('int_promises_implied')) }}

),

-- What an order's question about a touchpoint is about when its item names no kind of promise.
touchpoint_dimensions as (

    select
        touchpoint,
        kept_by,
        row_number() over (
            partition by touchpoint
            order by case when kept_by = 'delivered' then 0 else 1 end, kept_by, promise_kind
        ) as dimension_rank
    from promise_kinds
    where kept_by in ('delivered', 'shipped', 'refunded')

),

-- A duration that was expected of a contact is that of its answer or of its solution: unless the item says, nobody knows.
-- An answer or a solution is that of the contact even where the order is named too, as in promises.
stated as (

    select
        answers.answer_id,
        case when not {{ of_contact }} then answers.order_id end as order_id,
        case when {{ of_contact }} then answers.contact_id end as contact_id,
        answers.customer_id,
        coalesce(
            named_kinds.kept_by,
            case when answers.order_id is not null then touchpoint_dimensions.kept_by end
        ) as kept_by,
        answers.score * ({{ cx_warehouse.seconds_in('answers.unit') }}) / 86400.0 as expected_days,
        answers.responded_at
    from answers
    left join promise_kinds as named_kinds on answers.item = named_kinds.promise_kind
    left join touchpoint_dimensions
        on answers.touchpoint = touchpoint_dimensions.touchpoint
        and touchpoint_dimensions.dimension_rank = 1
    where
        answers.question_kind = 'expected'
        and answers.unit in ('days', 'hours', 'minutes')
        and answers.score between answers.scale_min and answers.scale_max
        and (answers.order_id is not null or answers.contact_id is not null)

),

-- Of several the first: later ones know more of how it went.
ranked_expectations as (

    select
        stated.*,
        row_number() over (
            partition by order_id, contact_id, kept_by
            order by responded_at, answer_id
        ) as expectation_rank
    from stated
    where kept_by is not null

),

first_expectations as (

    select * from ranked_expectations where expectation_rank = 1

),

-- Of each subject and event there is one promise and one expectation at most, or one of the two.
subjects as (

    select
        coalesce(first_promises.order_id, first_expectations.order_id) as order_id,
        coalesce(first_promises.contact_id, first_expectations.contact_id) as contact_id,
        coalesce(first_promises.kept_by, first_expectations.kept_by) as kept_by,
        first_promises.promise_id,
        first_promises.source as promise_source,
        first_expectations.answer_id as expected_answer_id,
        first_expectations.customer_id as answering_customer_id,
        first_promises.outcome,
        first_promises.due_date,
        first_promises.due_at,
        first_expectations.expected_days,
        first_promises.actual_at as kept_at,
        first_promises.timezone
    from first_promises
    full join first_expectations
        on coalesce(first_promises.order_id, '') = coalesce(first_expectations.order_id, '')
        and coalesce(first_promises.contact_id, '') = coalesce(first_expectations.contact_id, '')
        and first_promises.kept_by = first_expectations.kept_by

),

joined as (

    select
        subjects.order_id,
        subjects.contact_id,
        subjects.kept_by,
        subjects.promise_id,
        subjects.promise_source,
        subjects.expected_answer_id,
        coalesce(orders.customer_id, contacts.customer_id, subjects.answering_customer_id) as customer_id,
        subjects.outcome,
        subjects.due_date,
        subjects.due_at,
        subjects.expected_days,
        coalesce(orders.ordered_at, contacts.opened_at) as started_at,
        case
            when subjects.promise_id is not null then subjects.kept_at
            when subjects.kept_by = 'delivered' then deliveries.delivered_at
            when subjects.kept_by = 'shipped' then deliveries.shipped_at
            when subjects.kept_by = 'responded' then contacts.first_response_at
            when subjects.kept_by = 'resolved' then contacts.resolved_at
        end as actual_at,
        subjects.timezone
    from subjects
    left join orders on subjects.order_id = orders.order_id
    left join deliveries on subjects.order_id = deliveries.order_id
    left join contacts on subjects.contact_id = contacts.contact_id

),

zoned as (

    select
        joined.*,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(joined.timezone, customers.timezone, {{ cx_warehouse.business_timezone() }}) as local_timezone
    from joined
    left join customers on joined.customer_id = customers.customer_id

),

measured as (

    select
        zoned.*,
        case
            when due_date is not null
                then cast({{ cx_warehouse.dates_between(cx_warehouse.zoned_date('started_at', 'local_timezone', 'started_dates'), 'due_date') }} as double)
            else cast({{ cx_warehouse.days_between('started_at', 'due_at') }} as double)
        end as promised_days,
        -- Without a promise days are counted as customers count them, by the calendar, where the event is a delivery.
        case
            when due_date is not null or (promise_id is null and kept_by in ('delivered', 'shipped'))
                then cast({{ cx_warehouse.dates_between(
                    cx_warehouse.zoned_date('started_at', 'local_timezone', 'started_dates'), cx_warehouse.zoned_date('actual_at', 'local_timezone', 'actual_dates')
                ) }} as double)
            else cast({{ cx_warehouse.days_between('started_at', 'actual_at') }} as double)
        end as actual_days
    from zoned
    {{ cx_warehouse.zoned_dates_join('zoned.started_at', 'zoned.local_timezone', 'started_dates') }}
    {{ cx_warehouse.zoned_dates_join('zoned.actual_at', 'zoned.local_timezone', 'actual_dates') }}

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['order_id', 'contact_id', 'kept_by']) }} as expectation_gap_id,
        order_id,
        contact_id,
        customer_id,
        promise_id,
        expected_answer_id,
        promise_source,
        kept_by as dimension,
        segment,
        'days' as unit,
        coalesce(outcome, 'unknown') as outcome,
        cast(expected_days as double) as expected_days,
        promised_days,
        actual_days,
        cast(expected_days as double) - promised_days as gap_message,
        promised_days - actual_days as gap_delivery,
        cast(expected_days as double) - actual_days as gap_total,
        started_at,
        actual_at
    from measured

)

select
    expectation_gap_id,
    order_id,
    contact_id,
    customer_id,
    promise_id,
    expected_answer_id,
    promise_source,
    dimension,
    segment,
    unit,
    outcome,
    expected_days,
    promised_days,
    actual_days,
    gap_message,
    gap_delivery,
    gap_total,
    started_at,
    actual_at
from final
