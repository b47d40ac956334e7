-- Grain: one row per ticket and export that holds it.
{% set columns = cx_warehouse.contract_columns('crm', 'contacts') | map(attribute='name') | list %}
with

tickets as (

    select * from {{ ref('zendesk__tickets') }}

),

known_reasons as (

    select reason from {{ ref('ref_contact_reasons') }}

),

-- A ticket has no reason, but agents tag it: a tag that is a known reason is one. Of several the first in the alphabet.
reasons as (

    select
        tickets.ticket_id,
        tickets._file,
        tickets._line,
        min(known_reasons.reason) as reason
    from tickets
    inner join known_reasons on position(' ' || known_reasons.reason || ' ' in ' ' || tickets.tags || ' ') > 0
    group by tickets.ticket_id, tickets._file, tickets._line

),

-- Ways in that are not listed pass as they are named.
channels as (

    select
        *,
        case
            when via in ('mail', 'email') then 'email'
            when via in ('web', 'web form', 'web_form', 'web service', 'web_service', 'api', 'help center post') then 'web'
            when via in ('chat', 'native_messaging', 'messaging', 'sunshine_conversations_api', 'whatsapp') then 'chat'
            when via in ('voice', 'phone') or via like 'phone call%' then 'phone'
            when via like 'twitter%' or via like 'facebook%' or via like 'instagram%' or via = 'x' then 'social'
            when via in ('mobile', 'mobile_sdk') then 'app'
            else via
        end as channel
    from tickets

),

mapped as (

    select
        channels.ticket_id as contact_id,
        channels.person_id as customer_id,
        channels.order_id,
        case
            when channels.channel = 'phone' then 'phone_support'
            when channels.channel = 'chat' then 'chat_support'
            when channels.channel = 'social' then 'community'
            else 'email_support'
        end as touchpoint,
        channels.channel,
        reasons.reason,
        channels.opened_at,
        channels.first_response_at,
        -- A ticket that was opened again is not settled, though it was solved once.
        case when channels.status in ('solved', 'closed') then channels.solved_at end as resolved_at,
        {{ cx_warehouse.unfilled() }} as abandoned_at,
        {{ cx_warehouse.unfilled() }} as promised_response_at,
        {{ cx_warehouse.unfilled() }} as promised_resolution_at,
        {{ cx_warehouse.unfilled() }} as handle_minutes,
        {{ cx_warehouse.unfilled() }} as cost_amount,
        {{ cx_warehouse.unfilled() }} as currency,
        channels.updated_at,
        case
            when channels.status = 'deleted' or {{ cx_warehouse.is_set('channels.is_deleted') }} then channels.updated_at
        end as deleted_at,
        channels._file,
        channels._line,
        channels._load_id,
        channels._loaded_at
    from channels
    left join reasons
        on
            channels.ticket_id = reasons.ticket_id
            and channels._file = reasons._file
            and channels._line = reasons._line

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
