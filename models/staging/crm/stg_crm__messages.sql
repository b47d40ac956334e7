-- Grain: one row per message, the version in force at as_of.
with

messages as (

    {{ cx_warehouse.current_rows('crm', 'messages') }}

),

ref_touchpoints as (

    select touchpoint from {{ ref('ref_touchpoints') }}

),

ref_promise_kinds as (

    select promise_kind from {{ ref('ref_promise_kinds') }}

),

final as (

    select
        messages.message_id,
        messages.touchpoint,
        messages.channel,
        messages.promise_kind,
        messages.promised_value,
        messages.service_level,
        messages.locale,
        messages.wording,
        messages.owner,
        messages.url,
        messages.published_on,
        messages.withdrawn_on,
        messages.audited_on,
        false as is_orphan,
        (messages.touchpoint is not null and ref_touchpoints.touchpoint is null)
            or (messages.promise_kind is not null and ref_promise_kinds.promise_kind is null) as is_unmapped,
        messages.is_later_version,
        messages.version_at,
        messages._load_id,
        messages._file,
        messages._line
    from messages
    left join ref_touchpoints on messages.touchpoint = ref_touchpoints.touchpoint
    left join ref_promise_kinds on messages.promise_kind = ref_promise_kinds.promise_kind

)

select * from final
