-- Grain: one row per message whose promise reality can be held against.
-- An order counts once the promised days have passed, a contact once its promised time has: so what is quick to arrive does not
-- count before what is slow. A refund's clock starts at the receipt of the goods and a business clock needs the
-- business's hours: neither is on record, so such messages have no row. Nor have those of an event that no feed tells of; what
-- has happened on a day that nobody wrote down counts neither way.
with

messages as (

    select * from {{ ref('int_messages_valid') }} where is_published

),

promise_kinds as (

    select * from {{ ref('ref_promise_kinds') }} where clock = 'calendar'

),

-- Many orders of a day waited as long as each other, so they are counted before messages are joined to them.
orders as (

    select
        service_level,
        ordered_date,
        waited_days,
        dispatch_days,
        is_dispatch_unreadable,
        followed_days,
        count(*) as order_count
    from {{ ref('int_orders_awaited') }}
    where not is_cancelled and not is_unreadable and basis = 'after_order'
    group by service_level, ordered_date, waited_days, dispatch_days, is_dispatch_unreadable, followed_days

),

contacts as (

    select
        touchpoint,
        opened_at,
        first_response_at,
        resolved_at,
        abandoned_at,
        coalesce(is_first_response_at_unreadable, false) as is_response_unreadable,
        coalesce(is_resolved_at_unreadable, false) as is_resolution_unreadable,
        {{ cx_warehouse.local_date('opened_at', cx_warehouse.business_timezone()) }} as opened_date
    from {{ ref('stg_crm__contacts') }}

),

feeds as (

    select
        observed.kept_by,
        least(as_of_row.as_of, observed.observed_until) as observed_until
    from {{ ref('int_feeds_observed') }} as observed
    cross join {{ ref('stg_as_of') }} as as_of_row
    where observed.is_present

),

on_orders as (

    select
        messages.message_id,
        orders.order_count as event_count,
        case promise_kinds.kept_by
            when 'delivered' then orders.waited_days
            else orders.dispatch_days
        end as took,
        messages.promised_value
    from messages
    inner join promise_kinds on messages.promise_kind = promise_kinds.promise_kind
    inner join feeds on promise_kinds.kept_by = feeds.kept_by
    inner join orders
        on orders.ordered_date >= messages.published_on
        and (messages.withdrawn_on is null or orders.ordered_date <= messages.withdrawn_on)
        and messages.service_level in ('all', orders.service_level)
    where
        promise_kinds.kept_by in ('delivered', 'shipped')
        and promise_kinds.unit = 'days'
        and orders.followed_days >= messages.promised_value
        and (promise_kinds.kept_by = 'delivered' or not orders.is_dispatch_unreadable)

),

on_contacts as (

    select
        messages.message_id,
        promise_kinds.unit,
        feeds.observed_until,
        contacts.opened_at,
        contacts.abandoned_at,
        case promise_kinds.kept_by when 'responded' then contacts.first_response_at else contacts.resolved_at end as kept_at,
        {{ cx_warehouse.add_seconds('contacts.opened_at', 'messages.promised_value * ' ~ cx_warehouse.seconds_in('promise_kinds.unit')) }} as promised_until
    from messages
    inner join promise_kinds on messages.promise_kind = promise_kinds.promise_kind
    inner join feeds on promise_kinds.kept_by = feeds.kept_by
    inner join contacts
        on messages.touchpoint = contacts.touchpoint
        and contacts.opened_date >= messages.published_on
        and (messages.withdrawn_on is null or contacts.opened_date <= messages.withdrawn_on)
    where
        promise_kinds.kept_by in ('responded', 'resolved')
        -- Who was settled was answered, some time that nobody wrote down.
        and (promise_kinds.kept_by = 'resolved' or contacts.first_response_at is not null or contacts.resolved_at is null)
        and not case promise_kinds.kept_by
            when 'responded' then contacts.first_response_at is null and (contacts.is_response_unreadable or contacts.is_resolution_unreadable)
            else contacts.is_resolution_unreadable
        end

),

judged as (

    select
        message_id,
        event_count,
        coalesce(took <= promised_value, false) as is_kept
    from on_orders

    union all

    -- Who hung up before the promised time was over tells nothing about it.
    select
        on_contacts.message_id,
        1 as event_count,
        coalesce(on_contacts.kept_at <= on_contacts.promised_until, false) as is_kept
    from on_contacts
    where
        on_contacts.promised_until <= on_contacts.observed_until
        and (
            on_contacts.kept_at is not null
            or on_contacts.abandoned_at is null
            or on_contacts.abandoned_at >= on_contacts.promised_until
        )

),

final as (

    select
        messages.message_id,
        messages.touchpoint,
        messages.promise_kind,
        cast(sum(judged.event_count) as {{ dbt.type_bigint() }}) as judged_count,
        cast(sum(case when judged.is_kept then judged.event_count else 0 end) as {{ dbt.type_bigint() }}) as kept_count,
        messages.published_on
    from judged
    inner join messages on judged.message_id = messages.message_id
    group by messages.message_id, messages.touchpoint, messages.promise_kind, messages.published_on

)

select * from final
