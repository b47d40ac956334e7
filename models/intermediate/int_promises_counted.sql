-- Grain: one row per promise (first and last version) or thing without one, and period it counts in.
-- Months are those of the due date; what nobody promised counts as unknown in the month in which it began. Where no feed tells
-- what keeps a promise, what the firm cancelled is unknown here too: nothing but misses would be known.
with

promises as (

    select * from {{ ref('int_promises_resolved') }}

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

period_months as (

    select * from {{ ref('int_reporting_period_months') }} where month <> 'all'

),

subjects as (

    select
        promises.*,
        case subject_kind when 'order' then order_id else contact_id end as subject_id
    from promises

),

last_versions as (

    select
        subject_kind,
        subject_id,
        promise_kind,
        outcome <> 'missed' as is_kept
    from subjects
    where is_last and is_due_passed and has_feed and outcome in ('exceeded', 'met', 'missed')

),

-- Beside the first promise stands what became of the last one to the same order, so that both are compared over the same orders.
versions as (

    select subjects.*, last_versions.is_kept as is_last_kept, 'first' as promise_version
    from subjects
    left join last_versions
        on subjects.subject_kind = last_versions.subject_kind
        and subjects.subject_id = last_versions.subject_id
        and subjects.promise_kind = last_versions.promise_kind
    where subjects.is_first

    union all

    select subjects.*, cast(null as boolean) as is_last_kept, 'last' as promise_version
    from subjects
    where subjects.is_last

),

-- A feed that names the units of nothing that arrived does not tell of them.
units as (

    select count(in_full) > 0 or count(delivered_at) = 0 as are_recorded from orders

),

promised as (

    select
        versions.promise_version,
        coalesce(
            case versions.subject_kind when 'contact' then contacts.touchpoint end,
            promise_kinds.touchpoint
        ) as touchpoint,
        customers.segment,
        coalesce(orders.region, customers.region) as region,
        orders.service_level,
        case when versions.outcome = 'missed' and not versions.has_feed then 'unknown' else versions.outcome end as outcome,
        versions.outcome_reason,
        {{ cx_warehouse.due_month('versions.due_date', 'versions.due_at') }} as period_month,
        versions.promised_days,
        versions.gap_days,
        -- On the scale of the gap: a date counts whole days of the customer's calendar.
        case
            when versions.due_date is not null then cast({{ cx_warehouse.dates_between(
                cx_warehouse.zoned_date('versions.made_at', 'versions.timezone', 'made_dates'), 'versions.due_date'
            ) }} as double)
            else cast({{ cx_warehouse.days_between('versions.made_at', 'versions.due_at') }} as double)
        end as promised_calendar_days,
        versions.is_last_kept,
        versions.is_due_passed,
        -- Jointly per order, never a product of rates. Where units are not on record nobody can tell, of the late as little
        -- as of the others: counting the late alone would call every order that is known short.
        case
            when versions.kept_by <> 'delivered' or orders.units_ordered is null then null
            when versions.outcome = 'missed' and versions.actual_at is null and units.are_recorded then false
            when versions.outcome in ('exceeded', 'met', 'missed') and orders.in_full is not null
                then versions.outcome <> 'missed' and orders.in_full
        end as is_on_time_in_full
    from versions
    left join units on true
    left join orders on versions.order_id = orders.order_id
    left join contacts on versions.contact_id = contacts.contact_id
    left join customers on versions.customer_id = customers.customer_id
    left join promise_kinds on versions.promise_kind = promise_kinds.promise_kind
    {{ cx_warehouse.zoned_dates_join('versions.made_at', 'versions.timezone', 'made_dates') }}

),

-- What a call brings about an order is a promise of the order and none of the call.
promised_contacts as (

    select contact_id from promises where subject_kind = 'contact' and contact_id is not null group by contact_id

),

-- A contact without a promise is a gap in the record only where the firm makes promises to contacts at all.
unpromised as (

    select
        'delivery' as touchpoint,
        orders.segment,
        orders.region,
        orders.service_level,
        {{ cx_warehouse.period_month('orders.ordered_at') }} as period_month
    from orders
    where orders.outcome_reason = 'no_promise'

    union all

    select
        contacts.touchpoint,
        customers.segment,
        customers.region,
        cast(null as {{ dbt.type_string() }}) as service_level,
        {{ cx_warehouse.period_month('contacts.opened_at') }} as period_month
    from contacts
    left join promised_contacts on contacts.contact_id = promised_contacts.contact_id
    left join customers on contacts.customer_id = customers.customer_id
    where
        promised_contacts.contact_id is null
        and exists (select 1 from promised_contacts)

),

counted as (

    select
        promise_version, touchpoint, segment, region, service_level, outcome, outcome_reason, period_month,
        promised_days, gap_days, promised_calendar_days, is_last_kept, is_due_passed, is_on_time_in_full
    from promised

    union all

    select
        versions.promise_version, touchpoint, segment, region, service_level, 'unknown', 'no_promise', period_month,
        null, null, null, null, false, null
    from unpromised
    cross join (select 'first' as promise_version union all select 'last' as promise_version) as versions

),

final as (

    select counted.*, period_months.month
    from counted
    inner join period_months on counted.period_month = period_months.period_month

    union all

    -- What falls due after as_of belongs to no month yet, but to the total.
    select counted.*, 'all' as month
    from counted

)

select
    promise_version,
    {{ cx_warehouse.dimension('touchpoint') }} as touchpoint,
    {{ cx_warehouse.dimension('segment') }} as segment,
    {{ cx_warehouse.dimension('region') }} as region,
    {{ cx_warehouse.dimension('service_level') }} as service_level,
    outcome,
    outcome_reason,
    month,
    period_month,
    promised_days,
    gap_days,
    case when gap_days is not null then promised_calendar_days end as delivered_promised_days,
    promised_calendar_days - gap_days as delivered_taken_days,
    is_last_kept,
    is_due_passed and outcome in ('exceeded', 'met', 'missed') as is_due,
    is_on_time_in_full
from final
