-- Grain: one row per pair of messages that promise different values to the same customer at the same time.
-- A message for every service level meets each of them. Languages are not told apart: the same customer may read both.
with

-- What was withdrawn before its first day was never in force.
messages as (

    select * from {{ ref('int_messages_valid') }}
    where is_published and (withdrawn_on is null or withdrawn_on >= published_on)

),

final as (

    select
        messages.message_id,
        others.message_id as other_message_id,
        case messages.service_level when 'all' then others.service_level else messages.service_level end as service_level,
        greatest(messages.published_on, others.published_on) as valid_from,
        case
            when messages.withdrawn_on is null then others.withdrawn_on
            when others.withdrawn_on is null then messages.withdrawn_on
            else least(messages.withdrawn_on, others.withdrawn_on)
        end as valid_to
    from messages
    inner join messages as others
        on messages.message_id < others.message_id
        and messages.touchpoint = others.touchpoint
        and messages.promise_kind = others.promise_kind
        and messages.promised_value <> others.promised_value
        and (
            messages.service_level = others.service_level
            or messages.service_level = 'all'
            or others.service_level = 'all'
        )
        and (messages.withdrawn_on is null or messages.withdrawn_on >= others.published_on)
        and (others.withdrawn_on is null or others.withdrawn_on >= messages.published_on)

)

select * from final
