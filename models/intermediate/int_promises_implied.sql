-- Grain: one row per order or contact × event of which nothing explicit was promised: what a message said then, or what is implied.
-- A message counts that was in force on the day the order was placed or the contact opened; of several the one for the very
-- service level, then the strictest, then the first id (docs/decisions). Where none was, the editable default of the promise
-- kind stands in. Nobody is held to either: they stand in the gap and in no rate.
with

orders as (

    select * from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

contacts as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__contacts')) }}

),

customers as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__customers')) }}

),

promises as (

    select * from {{ cx_warehouse.changed(ref('int_promises_made')) }}

),

messages as (

    select * from {{ ref('int_messages_valid') }} where is_published

),

promise_kinds as (

    select * from {{ ref('ref_promise_kinds') }}

),

deliveries as (

    select * from {{ cx_warehouse.changed(ref('int_orders_delivered')) }}

),

days as (

    select * from {{ ref('int_days_worked') }}

),

countries as (

    select country from days group by country

),

as_of_row as (

    select as_of from {{ ref('stg_as_of') }}

),

sources as (

    select {{ cx_warehouse.is_present('fulfilment.shipments') }} as has_shipments

),

explicit_orders as (

    select order_id, kept_by from promises where order_id is not null group by order_id, kept_by

),

explicit_contacts as (

    select contact_id, kept_by from promises where contact_id is not null group by contact_id, kept_by

),

-- A refund's clock starts at the receipt of the goods, which is not on record.
events as (

    select 'delivered' as kept_by
    union all
    select 'shipped' as kept_by

),

begun as (

    select
        orders.order_id,
        cast(null as {{ dbt.type_string() }}) as contact_id,
        orders.customer_id,
        events.kept_by,
        cast(null as {{ dbt.type_string() }}) as touchpoint,
        orders.service_level,
        orders.ordered_at as begun_at,
        case events.kept_by when 'delivered' then deliveries.delivered_at else deliveries.shipped_at end as actual_at
    from orders
    cross join events
    inner join deliveries on orders.order_id = deliveries.order_id
    left join explicit_orders
        on orders.order_id = explicit_orders.order_id and events.kept_by = explicit_orders.kept_by
    where explicit_orders.order_id is null and deliveries.status <> 'cancelled'

    union all

    select
        cast(null as {{ dbt.type_string() }}) as order_id,
        contacts.contact_id,
        contacts.customer_id,
        events.kept_by,
        contacts.touchpoint,
        cast(null as {{ dbt.type_string() }}) as service_level,
        contacts.opened_at as begun_at,
        case events.kept_by when 'responded' then contacts.first_response_at else contacts.resolved_at end as actual_at
    from contacts
    cross join (select 'responded' as kept_by union all select 'resolved' as kept_by) as events
    left join explicit_contacts
        on contacts.contact_id = explicit_contacts.contact_id and events.kept_by = explicit_contacts.kept_by
    where explicit_contacts.contact_id is null

),

placed as (

    select
        begun.*,
        coalesce(customers.timezone, {{ cx_warehouse.business_timezone() }}) as timezone,
        coalesce(countries.country, 'all') as country,
        {{ cx_warehouse.local_date('begun.begun_at', cx_warehouse.business_timezone()) }} as business_date
    from begun
    left join customers on begun.customer_id = customers.customer_id
    left join countries on customers.country = countries.country

),

offered as (

    select
        placed.*,
        'message' as source,
        messages.message_id,
        promise_kinds.promise_kind,
        promise_kinds.unit,
        promise_kinds.clock,
        messages.promised_value,
        case when messages.service_level = 'all' then 1 else 0 end as is_general
    from placed
    inner join promise_kinds on placed.kept_by = promise_kinds.kept_by
    inner join messages
        on promise_kinds.promise_kind = messages.promise_kind
        and placed.business_date >= messages.published_on
        and (messages.withdrawn_on is null or placed.business_date <= messages.withdrawn_on)
        -- What is said about orders is said anywhere; what is said about contacts, where they come.
        and (placed.order_id is null or messages.service_level in ('all', placed.service_level))
        and (placed.contact_id is null or messages.touchpoint = placed.touchpoint)

    union all

    -- Where no feed could tell what came there is no gap either.
    select
        placed.*,
        'implicit' as source,
        cast(null as {{ dbt.type_string() }}) as message_id,
        promise_kinds.promise_kind,
        promise_kinds.unit,
        promise_kinds.clock,
        promise_kinds.implicit_value as promised_value,
        1 as is_general
    from placed
    cross join sources
    inner join promise_kinds
        on placed.kept_by = promise_kinds.kept_by
        and (placed.contact_id is null or promise_kinds.touchpoint = placed.touchpoint)
    where promise_kinds.implicit_value is not null and (placed.contact_id is not null or sources.has_shipments)

),

identified as (

    select
        offered.*,
        concat(
            source, ':', coalesce(message_id, promise_kind), ':',
            case when order_id is not null then concat('order:', order_id) else concat('contact:', contact_id) end, ':', kept_by
        ) as promise_id,
        promised_value * ({{ cx_warehouse.seconds_in('unit') }}) as promised_seconds,
        {{ cx_warehouse.local_date('begun_at', 'timezone') }} as begun_date
    from offered
    -- Less than nothing, or more than ten years, is a slip of the pen and no calendar reaches there.
    where promised_value * ({{ cx_warehouse.seconds_in('unit') }}) between 0 and 10 * 366 * 86400.0

),

started as (

    select
        identified.*,
        -- The day itself does not count; a day off is no day of work to begin with.
        greatest(
            days.working_days_before + case when days.is_working_day then 1 else 0 end + floor(identified.promised_value) - 1,
            days.working_days_before
        ) as due_day_number,
        {{ cx_warehouse.business_seconds_at('days', 'identified.begun_at') }} + identified.promised_seconds as due_clock
    from identified
    left join days
        on identified.clock = 'business'
        and identified.country = days.country
        and identified.timezone = days.timezone
        and identified.begun_date = days.date_day

),

-- The working day in which a number of seconds is full: the earliest instant, and so the end of one day and not the beginning of
-- the next.
seconds_on_line as (

    select
        country, timezone, cast(null as {{ dbt.type_string() }}) as promise_id,
        cast(working_seconds_before as double) as clock, 1 as is_day, working_days_before as day_number
    from days
    where is_working_day

    union all

    select country, timezone, promise_id, cast(due_clock as double) as clock, 0 as is_day, null as day_number
    from started
    where clock = 'business' and unit <> 'days' and due_clock is not null

),

seconds_found as (

    select
        promise_id,
        is_day,
        max(day_number) over (
            partition by country, timezone order by clock, is_day, day_number, promise_id rows unbounded preceding
        ) as day_number
    from seconds_on_line

),

numbered as (

    select
        started.*,
        case
            when started.unit = 'days' then cast(started.due_day_number as double)
            else cast(seconds_found.day_number as double)
        end as day_number
    from started
    left join seconds_found on started.promise_id = seconds_found.promise_id and seconds_found.is_day = 0

),

dated as (

    select
        numbered.*,
        case
            when numbered.unit <> 'days' then null
            when numbered.clock = 'business' then days.date_day
            else {{ cx_warehouse.add_days('numbered.begun_date', 'floor(numbered.promised_value)') }}
        end as due_date,
        case
            when numbered.unit = 'days' then null
            when numbered.clock = 'business' then {{ cx_warehouse.add_seconds(
                'days.opens_at', 'numbered.due_clock - days.working_seconds_before'
            ) }}
            else {{ cx_warehouse.add_seconds('numbered.begun_at', 'numbered.promised_seconds') }}
        end as promised_by_at
    from numbered
    left join days
        on numbered.clock = 'business'
        and numbered.country = days.country
        and numbered.timezone = days.timezone
        and days.is_working_day
        and numbered.day_number = days.working_days_before

),

due as (

    select
        dated.*,
        coalesce(
            promised_by_at, {{ cx_warehouse.start_of_date(cx_warehouse.add_days('due_date', 1), 'timezone') }}
        ) as due_at
    from dated
    where promised_by_at is not null or due_date is not null

),

ranked as (

    select
        due.*,
        row_number() over (
            partition by order_id, contact_id, kept_by
            order by
                case source when 'message' then 0 else 1 end,
                is_general,
                due_at,
                coalesce(message_id, promise_kind)
        ) as offer_rank
    from due

),

measured as (

    select
        ranked.*,
        {{ cx_warehouse.gap_days('ranked.due_date', 'ranked.due_at', 'ranked.actual_at', 'ranked.timezone') }} as gap_days,
        cast({{ cx_warehouse.seconds_between('ranked.actual_at', 'ranked.due_at') }} as double) as gap_seconds,
        case
            when ranked.clock <> 'business' then null
            when ranked.unit = 'days' then cast(ranked.due_day_number - actual_days.working_days_before as double)
            else cast(ranked.due_clock - {{ cx_warehouse.business_seconds_at('actual_days', 'ranked.actual_at') }} as double)
        end as gap_clock
    from ranked
    left join days as actual_days
        on ranked.clock = 'business'
        and ranked.country = actual_days.country
        and ranked.timezone = actual_days.timezone
        and {{ cx_warehouse.local_date('ranked.actual_at', 'ranked.timezone') }} = actual_days.date_day
    where ranked.offer_rank = 1

),

final as (

    select
        measured.promise_id,
        measured.order_id,
        measured.contact_id,
        measured.customer_id,
        measured.promise_kind,
        measured.source,
        measured.message_id,
        measured.timezone,
        measured.unit,
        measured.kept_by,
        case
            when measured.unit = 'days' and measured.clock = 'business' then measured.gap_clock
            when measured.unit = 'days' then measured.gap_days
            when measured.clock = 'business' then measured.gap_clock / ({{ cx_warehouse.seconds_in('measured.unit') }})
            else measured.gap_seconds / ({{ cx_warehouse.seconds_in('measured.unit') }})
        end as gap,
        measured.gap_days,
        {{ cx_warehouse.days_between('measured.begun_at', 'measured.due_at') }} as promised_days,
        measured.due_at <= as_of_row.as_of as is_due_passed,
        measured.due_date,
        measured.begun_at as made_at,
        measured.due_at,
        measured.actual_at
    from measured
    cross join as_of_row

)

select * from final
