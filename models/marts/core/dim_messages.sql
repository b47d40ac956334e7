-- Grain: one row per message that tells customers what to expect.
with

messages as (

    select * from {{ ref('int_messages_valid') }}

)

select
    message_id,
    touchpoint,
    channel,
    promise_kind,
    unit,
    service_level,
    locale,
    wording,
    owner,
    url,
    promised_value,
    is_in_force,
    is_published,
    is_mapped,
    published_on,
    withdrawn_on,
    audited_on
from messages
