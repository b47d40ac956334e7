-- Grain: one row per message that tells customers what to expect.
-- Dates are the business's: a message is in force from its first to its last day, both included.
with

messages as (

    select * from {{ ref('stg_crm__messages') }}

),

promise_kinds as (

    select * from {{ ref('ref_promise_kinds') }}

),

as_of_row as (

    select {{ cx_warehouse.local_date('as_of', cx_warehouse.business_timezone()) }} as as_of_date
    from {{ ref('stg_as_of') }}

),

final as (

    select
        messages.message_id,
        messages.touchpoint,
        messages.channel,
        messages.promise_kind,
        promise_kinds.unit,
        -- Null means every level, which is not the same as not known.
        coalesce(messages.service_level, 'all') as service_level,
        messages.locale,
        messages.wording,
        messages.owner,
        messages.url,
        cast(messages.promised_value as double) as promised_value,
        messages.published_on <= as_of_row.as_of_date
        and (messages.withdrawn_on is null or messages.withdrawn_on >= as_of_row.as_of_date) as is_in_force,
        messages.published_on <= as_of_row.as_of_date as is_published,
        not messages.is_unmapped as is_mapped,
        messages.published_on,
        messages.withdrawn_on,
        -- What is checked after as_of has not been checked yet.
        case when messages.audited_on <= as_of_row.as_of_date then messages.audited_on end as audited_on
    from messages
    cross join as_of_row
    left join promise_kinds on messages.promise_kind = promise_kinds.promise_kind

)

select * from final
