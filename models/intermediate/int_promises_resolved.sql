-- Grain: one row per version of one promise.
-- Yes, no or not known: what nobody can tell is `unknown` with its reason, and never counts as kept or as missed.
with

promises as (

    select * from {{ cx_warehouse.changed(ref('int_promises_made')) }}

),

-- What a business clock says of those promises that run on one.
clocked as (

    select * from {{ cx_warehouse.changed(ref('int_promises_clocked')) }}

),

working_days as (

    select * from {{ ref('int_days_worked') }}

),

as_of_row as (

    select as_of from {{ ref('stg_as_of') }}

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

-- An order may be refunded more than once: what was paid back before the refund was promised does not keep the promise.
-- By the day, since many record refunds by the day alone.
promised_refunds as (

    select
        promise_id,
        order_id,
        min(made_at) over (partition by order_id, promise_kind) as first_made_at
    from promises
    where kept_by = 'refunded'

),

refunds as (

    select
        promised_refunds.promise_id,
        min(adjustments.adjusted_at) as refunded_at
    from promised_refunds
    inner join {{ cx_warehouse.changed(ref('stg_fulfilment__adjustments')) }} as adjustments
        on promised_refunds.order_id = adjustments.order_id
        and adjustments.kind = 'refund'
        and {{ cx_warehouse.local_date('adjustments.adjusted_at', cx_warehouse.business_timezone()) }}
        >= {{ cx_warehouse.local_date('promised_refunds.first_made_at', cx_warehouse.business_timezone()) }}
    group by promised_refunds.promise_id

),

feeds as (

    select * from {{ ref('int_feeds_observed') }}

),

actuals as (

    select
        promises.promise_id,
        promises.order_id,
        promises.contact_id,
        promises.customer_id,
        promises.promise_kind,
        promises.recorded_in,
        promises.timezone,
        promises.subject_kind,
        promises.unit,
        promises.clock,
        promises.kept_by,
        promises.exceeds_by,
        promises.version_number,
        promises.version_count,
        promises.due_date,
        promises.made_at,
        promises.due_at,
        coalesce(clocked.deadline_at, promises.deadline_at) as deadline_at,
        clocked.country as clock_country,
        clocked.due_clock,
        as_of_row.as_of,
        feeds.is_present as has_feed,
        feeds.observed_until,
        deliveries.status as order_status,
        contacts.resolved_at,
        -- What was written of the event cannot be read, which is not that nothing was written.
        coalesce(
            case promises.kept_by
                when 'delivered' then deliveries.is_delivery_unreadable
                when 'shipped' then deliveries.is_dispatch_unreadable
                when 'responded' then contacts.is_first_response_at_unreadable or contacts.is_resolved_at_unreadable
                when 'resolved' then contacts.is_resolved_at_unreadable
            end,
            false
        ) as is_actual_unreadable,
        -- What a cancelled order calls off is its delivery: an answer to a call about it, or its refund, is due all the same.
        case
            when promises.kept_by in ('delivered', 'shipped') and deliveries.status = 'cancelled'
                then coalesce(orders.cancelled_by, 'unknown')
        end as cancelled_by,
        -- Of a delivery its order has to be on record, of an answer its contact: without it nobody sees what keeps it.
        case
            when promises.kept_by in ('delivered', 'shipped', 'refunded') then orders.order_id is not null
            when promises.kept_by in ('responded', 'resolved') then contacts.contact_id is not null
            else orders.order_id is not null or contacts.contact_id is not null
        end as has_subject,
        case promises.kept_by
            when 'delivered' then deliveries.delivered_at
            when 'shipped' then deliveries.shipped_at
            when 'responded' then contacts.first_response_at
            when 'resolved' then contacts.resolved_at
            when 'refunded' then refunds.refunded_at
        end as actual_at
    from promises
    cross join as_of_row
    left join clocked on promises.promise_id = clocked.promise_id
    left join feeds on promises.kept_by = feeds.kept_by
    left join orders on promises.order_id = orders.order_id
    left join deliveries on promises.order_id = deliveries.order_id
    left join contacts on promises.contact_id = contacts.contact_id
    left join refunds on promises.promise_id = refunds.promise_id

),

actuals_clocked as (

    select
        actuals.*,
        case
            when actuals.unit = 'days' and actuals.due_date is not null then cast(working_days.working_days_before as double)
            when actuals.unit = 'days' then {{ cx_warehouse.business_days_at('working_days', 'actuals.actual_at') }}
            else cast({{ cx_warehouse.business_seconds_at('working_days', 'actuals.actual_at') }} as double)
        end as actual_clock
    from actuals
    left join working_days
        on actuals.clock_country = working_days.country
        and actuals.timezone = working_days.timezone
        and {{ cx_warehouse.local_date('actuals.actual_at', 'actuals.timezone') }} = working_days.date_day

),

gaps as (

    select
        actuals_clocked.*,
        due_at <= as_of as is_due_passed,
        {{ cx_warehouse.gap_days('due_date', 'due_at', 'actual_at', 'timezone') }} as gap_days,
        case
            when clock_country is not null and unit = 'days' then due_clock - actual_clock
            when clock_country is not null then (due_clock - actual_clock) / ({{ cx_warehouse.seconds_in('unit') }})
            when unit = 'days' then {{ cx_warehouse.gap_days('due_date', 'due_at', 'actual_at', 'timezone') }}
            else cast({{ cx_warehouse.seconds_between('actual_at', 'due_at') }} / ({{ cx_warehouse.seconds_in('unit') }}) as double)
        end as gap,
        -- A date is over when the next one begins, an instant only when it has passed.
        case when due_date is not null then actual_at < deadline_at else actual_at <= deadline_at end as is_in_time
    from actuals_clocked

),

judged as (

    select
        gaps.*,
        case
            when not has_subject then 'subject_unknown'
            when kept_by is null then 'promise_kind_unmapped'
            when cancelled_by = 'customer' then 'cancelled_by_customer'
            when cancelled_by = 'firm' then 'cancelled_by_firm'
            when cancelled_by is not null then 'cancelled_by_unknown'
            when not coalesce(has_feed, false) then 'no_feed'
            when actual_at is not null and not is_due_passed then 'kept_before_due'
            when actual_at is not null and is_in_time then 'in_time'
            when actual_at is not null then 'late'
            -- It has happened, and nobody wrote down when, or not so that it can be read.
            when is_actual_unreadable then 'actual_unknown'
            when kept_by = 'delivered' and order_status in ('delivered', 'returned') then 'actual_unknown'
            when kept_by = 'shipped' and order_status in ('shipped', 'delivered', 'returned') then 'actual_unknown'
            when kept_by = 'responded' and resolved_at is not null then 'actual_unknown'
            when not is_due_passed then 'not_yet_due'
            when deadline_at <= observed_until then 'nothing_came'
            when deadline_at > as_of then 'within_grace'
            else 'feed_ended_before_due'
        end as outcome_reason
    from gaps

),

final as (

    select
        promise_id,
        order_id,
        contact_id,
        customer_id,
        promise_kind,
        recorded_in,
        subject_kind,
        timezone,
        unit,
        kept_by,
        case
            when outcome_reason = 'in_time' and gap >= exceeds_by then 'exceeded'
            when outcome_reason = 'in_time' then 'met'
            when outcome_reason in ('late', 'nothing_came', 'cancelled_by_firm') then 'missed'
            when outcome_reason in ('kept_before_due', 'not_yet_due', 'within_grace') then 'open'
            when outcome_reason = 'cancelled_by_customer' then 'excluded'
            else 'unknown'
        end as outcome,
        outcome_reason,
        version_number,
        gap,
        gap_days,
        {{ cx_warehouse.days_between('made_at', 'due_at') }} as promised_days,
        version_number = 1 as is_first,
        version_number = version_count as is_last,
        coalesce(is_due_passed, false) as is_due_passed,
        coalesce(has_feed, false) as has_feed,
        due_date,
        made_at,
        due_at,
        deadline_at,
        actual_at
    from judged

)

select * from final
