-- Grain: one row per contact.
with

contacts as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__contacts')) }}

),

customers as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__customers')) }}

),

contact_reasons as (

    select * from {{ ref('ref_contact_reasons') }}

),

-- Two kinds may be kept by the same event; the customer heard the earlier one first.
promises as (

    select
        promises.*,
        row_number() over (partition by contact_id, kept_by order by made_at, promise_id) as promise_rank
    from {{ cx_warehouse.changed(ref('int_promises_resolved')) }} as promises
    where subject_kind = 'contact' and kept_by in ('responded', 'resolved')

),

responses as (

    select * from promises where kept_by = 'responded' and promise_rank = 1

),

resolutions as (

    select * from promises where kept_by = 'resolved' and promise_rank = 1

),

waited as (

    select
        contacts.*,
        -- Whoever gave up before an answer came was not served, even if the answer came later.
        case
            when abandoned_at is not null and (first_response_at is null or abandoned_at <= first_response_at) then 'abandoned'
            when first_response_at is not null or resolved_at is not null then 'served'
            else 'open'
        end as wait_outcome
    from contacts

),

final as (

    select
        waited.contact_id,
        waited.customer_id,
        waited.order_id,
        waited.touchpoint,
        waited.channel,
        waited.reason,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.region, 'unknown') as region,
        waited.wait_outcome,
        coalesce(responses.outcome, 'unknown') as response_outcome,
        coalesce(responses.outcome_reason, 'no_promise') as response_outcome_reason,
        coalesce(resolutions.outcome, 'unknown') as resolution_outcome,
        coalesce(resolutions.outcome_reason, 'no_promise') as resolution_outcome_reason,
        case contact_reasons.is_failure_demand when true then 'yes' when false then 'no' else 'unknown' end as is_failure_demand,
        cast({{ cx_warehouse.seconds_between(
            'waited.opened_at',
            "case waited.wait_outcome when 'abandoned' then waited.abandoned_at when 'served' then waited.first_response_at end"
        ) }} / 60.0 as double) as wait_minutes,
        cast({{ cx_warehouse.seconds_between('waited.opened_at', 'waited.resolved_at') }} / 3600.0 as double) as resolution_hours,
        cast(responses.gap * ({{ cx_warehouse.seconds_in('responses.unit') }}) / 3600.0 as double) as response_gap_hours,
        cast(resolutions.gap * ({{ cx_warehouse.seconds_in('resolutions.unit') }}) / 3600.0 as double) as resolution_gap_hours,
        cast(waited.handle_minutes as double) as handle_minutes,
        cast({{ cx_warehouse.reporting_amount('waited.cost_amount', 'waited.currency') }} as numeric(28, 6)) as cost_amount,
        coalesce(waited.resolved_at < waited.opened_at, false) as is_resolved_before_opened,
        waited.is_orphan,
        waited.opened_at,
        waited.first_response_at,
        waited.resolved_at,
        waited.abandoned_at,
        responses.due_at as response_due_at,
        resolutions.due_at as resolution_due_at
    from waited
    {{ cx_warehouse.fx_join('waited.currency', cx_warehouse.period_month('waited.opened_at')) }}
    left join customers on waited.customer_id = customers.customer_id
    left join contact_reasons on waited.reason = contact_reasons.reason
    left join responses on waited.contact_id = responses.contact_id
    left join resolutions on waited.contact_id = resolutions.contact_id

)

select
    contact_id,
    customer_id,
    order_id,
    touchpoint,
    channel,
    reason,
    segment,
    region,
    wait_outcome,
    response_outcome,
    response_outcome_reason,
    resolution_outcome,
    resolution_outcome_reason,
    is_failure_demand,
    wait_minutes,
    resolution_hours,
    response_gap_hours,
    resolution_gap_hours,
    handle_minutes,
    cost_amount,
    is_resolved_before_opened,
    is_orphan,
    opened_at,
    first_response_at,
    resolved_at,
    abandoned_at,
    response_due_at,
    resolution_due_at
from final
