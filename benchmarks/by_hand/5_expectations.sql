-- One row per order or contact × event: what was expected, promised and came, in days since it began.

create table fct_expectation_gaps as
with messages as (
    select message_id, promise_kind, touchpoint, service_level, cast(promised_value as double) as promised_value,
        cast(published_on as date) as published_on, coalesce(cast(withdrawn_on as date), date '9999-12-31') as withdrawn_on
    from read_parquet('{landing}/crm/messages/*.parquet')
    where deleted_at is null
),
promised_to_orders as (
    select order_id, 'explicit' as promise_source, promise_id, due_date, null as promised_days from first_promises
    union all
    -- Where nobody promised anything, the message in force for the service level, else for all; of several the strictest.
    select order_id, 'message', format('message:{}:order:{}:delivered', message_id, order_id), null, promised_value
    from orders
    anti join first_promises using (order_id)
    inner join messages on promise_kind = 'delivery' and cast(ordered_at as date) between published_on and withdrawn_on
        and coalesce(messages.service_level, orders.service_level) = orders.service_level
    where status <> 'cancelled'
    qualify row_number() over (partition by order_id order by messages.service_level nulls last, promised_value, message_id) = 1
),
stated as (
    select order_id, answer_id as expected_answer_id, score as expected_days
    from answers
    where question_kind = 'expected' and unit = 'days' and score between scale_min and scale_max
    qualify row_number() over (partition by order_id order by responded_at, answer_id) = 1
),
about_orders as (
    select
        order_id, cast(null as varchar) as contact_id, customer_id, promise_id, expected_answer_id, promise_source,
        'delivered' as dimension,
        case when promise_source = 'explicit' then outcome else 'unknown' end as outcome, expected_days,
        coalesce(promised_days, due_date - local_day(ordered_at, began)) as promised_days,
        local_day(delivered_at, arrived) - local_day(ordered_at, began) as actual_days,
        ordered_at as started_at, delivered_at as actual_at
    from promised_to_orders
    full join stated using (order_id)
    left join fct_orders using (order_id)
    left join (select order_id, timezone as zone from orders) using (order_id)
    left join calendar as began on zone = began.timezone and cast(ordered_at as date) = began.day
    left join calendar as arrived on zone = arrived.timezone and cast(delivered_at as date) = arrived.day
),
told_to_contacts as (
    select contact_id, 'explicit' as promise_source, format('contact:{}:first_response', contact_id) as promise_id,
        'responded' as dimension, response_outcome as outcome, response_due_at as due_at
    from fct_contacts where response_due_at is not null
    union all
    select contact_id, 'explicit', format('contact:{}:resolution', contact_id), 'resolved', resolution_outcome, resolution_due_at
    from fct_contacts where resolution_due_at is not null
    union all
    select
        contact_id, 'message', format('message:{}:contact:{}:{}', message_id, contact_id, dimension), dimension, 'unknown', due_at
    from (
        select
            contact_id, message_id, case promise_kind when 'resolution' then 'resolved' else 'responded' end as dimension,
            opened_at + promised_value * case promise_kind when 'wait' then interval 1 minute else interval 1 hour end as due_at
        from fct_contacts inner join messages using (touchpoint)
        where cast(opened_at as date) between published_on and withdrawn_on
            and case promise_kind when 'resolution' then resolution_due_at else response_due_at end is null
            and promise_kind in ('resolution', 'first_response', 'wait')
        qualify row_number() over (partition by contact_id, dimension order by due_at, message_id) = 1
    )
),
about_contacts as (
    select
        null as order_id, contact_id, customer_id, promise_id, null as expected_answer_id, promise_source, dimension, outcome,
        null as expected_days, days_between(opened_at, due_at) as promised_days,
        days_between(opened_at, case dimension when 'responded' then first_response_at else resolved_at end) as actual_days,
        opened_at as started_at, case dimension when 'responded' then first_response_at else resolved_at end as actual_at
    from told_to_contacts inner join fct_contacts using (contact_id)
)
select
    md5(concat_ws('|', coalesce(length(order_id)::text, '-'), coalesce(length(contact_id)::text, '-'), order_id, contact_id, dimension)) as expectation_gap_id,
    order_id, contact_id, customer_id, promise_id, expected_answer_id, promise_source, dimension,
    coalesce(segment, 'unknown') as segment, outcome, expected_days, promised_days, actual_days, expected_days - promised_days as gap_message,
    promised_days - actual_days as gap_delivery, expected_days - actual_days as gap_total, started_at, actual_at
from (from about_orders union all by name from about_contacts)
left join customers using (customer_id);
