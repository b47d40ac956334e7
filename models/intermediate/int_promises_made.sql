-- Grain: one row per version of one promise.
-- Where the firm keeps the versions of a promise they count; else what stands on the order or the contact is version 1.
with

promises as (

    select * from {{ cx_warehouse.changed(ref('stg_fulfilment__promises')) }}

),

orders as (

    select * from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

contacts as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__contacts')) }}

),

promise_kinds as (

    select * from {{ ref('ref_promise_kinds') }}

),

customers as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__customers')) }}

),

versioned as (

    select
        promises.promise_id,
        promises.order_id,
        promises.contact_id,
        promises.promise_kind,
        'promises' as recorded_in,
        promises.promised_from_date,
        promises.promised_by_date as due_date,
        promises.made_at,
        promises.promised_from_at,
        promises.promised_by_at
    from promises

),

-- Which subject already has a promise that the same event keeps.
versioned_subjects as (

    select
        versioned.order_id,
        versioned.contact_id,
        promise_kinds.kept_by
    from versioned
    inner join promise_kinds on versioned.promise_kind = promise_kinds.promise_kind
    group by versioned.order_id, versioned.contact_id, promise_kinds.kept_by

),

on_orders as (

    select
        concat('order:', orders.order_id) as promise_id,
        orders.order_id,
        cast(null as {{ dbt.type_string() }}) as contact_id,
        'delivery' as promise_kind,
        'orders' as recorded_in,
        cast(null as date) as promised_from_date,
        orders.promised_by_date as due_date,
        orders.ordered_at as made_at,
        cast(null as {{ dbt.type_timestamp() }}) as promised_from_at,
        orders.promised_by_at
    from orders
    left join versioned_subjects
        on orders.order_id = versioned_subjects.order_id
        and versioned_subjects.kept_by = 'delivered'
    where
        versioned_subjects.order_id is null
        and (orders.promised_by_date is not null or orders.promised_by_at is not null)

),

on_contacts as (

    select
        contact_id,
        opened_at,
        'first_response' as promise_kind,
        'responded' as kept_by,
        promised_response_date as due_date,
        promised_response_at as promised_by_at
    from contacts
    where promised_response_date is not null or promised_response_at is not null

    union all

    select
        contact_id,
        opened_at,
        'resolution' as promise_kind,
        'resolved' as kept_by,
        promised_resolution_date as due_date,
        promised_resolution_at as promised_by_at
    from contacts
    where promised_resolution_date is not null or promised_resolution_at is not null

),

from_contacts as (

    select
        concat('contact:', on_contacts.contact_id, ':', on_contacts.promise_kind) as promise_id,
        cast(null as {{ dbt.type_string() }}) as order_id,
        on_contacts.contact_id,
        on_contacts.promise_kind,
        'contacts' as recorded_in,
        cast(null as date) as promised_from_date,
        on_contacts.due_date,
        on_contacts.opened_at as made_at,
        cast(null as {{ dbt.type_timestamp() }}) as promised_from_at,
        on_contacts.promised_by_at
    from on_contacts
    left join versioned_subjects
        on on_contacts.contact_id = versioned_subjects.contact_id
        and on_contacts.kept_by = versioned_subjects.kept_by
    where versioned_subjects.contact_id is null

),

unioned as (

    select * from versioned
    union all
    select * from on_orders
    union all
    select * from from_contacts

),

-- What a promise is about decides of what it is a version: a delivery promised anew during a call is the next version of
-- the order's promise, not the first one of the call.
about as (

    select
        unioned.*,
        case
            when promise_kinds.kept_by in ('delivered', 'shipped', 'refunded') and unioned.order_id is not null then 'order'
            when promise_kinds.kept_by in ('responded', 'resolved') and unioned.contact_id is not null then 'contact'
            when unioned.order_id is not null then 'order'
            else 'contact'
        end as subject_kind
    from unioned
    left join promise_kinds on unioned.promise_kind = promise_kinds.promise_kind

),

-- Who was promised, and so where the promised date ends.
addressed as (

    select
        about.*,
        case about.subject_kind when 'order' then about.order_id else about.contact_id end as subject_id,
        -- Promises that name nobody are no versions of each other.
        case when coalesce(about.order_id, about.contact_id) is null then about.promise_id end as nobodys_promise_id,
        coalesce(orders.customer_id, contacts.customer_id) as customer_id,
        coalesce(customers.timezone, {{ cx_warehouse.business_timezone() }}) as timezone
    from about
    left join orders on about.order_id = orders.order_id
    left join contacts on about.contact_id = contacts.contact_id
    left join customers on coalesce(orders.customer_id, contacts.customer_id) = customers.customer_id

),

-- A date ends in a time zone for every promise alike, so that is worked out once for each that was promised.
due_dates as (

    select promise_kind, timezone, due_date
    from addressed
    where due_date is not null
    group by promise_kind, timezone, due_date

),

ended as (

    select
        due_dates.promise_kind,
        due_dates.timezone,
        due_dates.due_date,
        {{ cx_warehouse.start_of_date(cx_warehouse.add_days('due_dates.due_date', 1), 'due_dates.timezone') }} as ends_at,
        -- A date is kept until it ends, so the grace of a date counts whole days of the customer's calendar.
        case
            when promise_kinds.unit = 'days'
                then {{ cx_warehouse.start_of_date(cx_warehouse.add_days('due_dates.due_date', '1 + floor(coalesce(promise_kinds.grace, 0))'), 'due_dates.timezone') }}
        end as graced_at
    from due_dates
    left join promise_kinds on due_dates.promise_kind = promise_kinds.promise_kind

),

final as (

    select
        addressed.promise_id,
        addressed.order_id,
        addressed.contact_id,
        addressed.customer_id,
        addressed.promise_kind,
        addressed.recorded_in,
        addressed.timezone,
        addressed.subject_kind,
        promise_kinds.unit,
        promise_kinds.clock,
        promise_kinds.kept_by,
        promise_kinds.grace,
        promise_kinds.exceeds_by,
        row_number() over (
            partition by addressed.subject_kind, addressed.subject_id, addressed.promise_kind, addressed.nobodys_promise_id
            order by addressed.made_at, addressed.promise_id
        ) as version_number,
        count(*) over (
            partition by addressed.subject_kind, addressed.subject_id, addressed.promise_kind, addressed.nobodys_promise_id
        ) as version_count,
        addressed.promised_from_date,
        addressed.due_date,
        addressed.made_at,
        addressed.promised_from_at,
        coalesce(addressed.promised_by_at, ended.ends_at) as due_at,
        case
            when addressed.due_date is not null and promise_kinds.unit = 'days' then ended.graced_at
            else {{ cx_warehouse.add_seconds(
                'coalesce(addressed.promised_by_at, ended.ends_at)',
                'coalesce(promise_kinds.grace, 0) * ' ~ cx_warehouse.seconds_in('promise_kinds.unit')
            ) }}
        end as deadline_at
    from addressed
    left join promise_kinds on addressed.promise_kind = promise_kinds.promise_kind
    left join ended
        on addressed.promise_kind = ended.promise_kind
        and addressed.timezone = ended.timezone
        and addressed.due_date = ended.due_date

)

select * from final
