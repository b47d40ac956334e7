-- Grain: one row per defect of what customers are told: kind × message (× the message it contradicts), or promise without one.
-- A message counts as untrue only where the whole interval lies under the level: a small sample accuses nobody.
with

messages as (

    select * from {{ ref('dim_messages') }}

),

contradictions as (

    select * from {{ ref('int_messages_contradicting') }}

),

kept as (

    select * from {{ ref('int_messages_kept') }}

),

promises as (

    select
        touchpoint,
        promise_kind,
        {{ cx_warehouse.local_date('made_at', cx_warehouse.business_timezone()) }} as made_date
    from {{ ref('fct_promises') }}
    -- A message is missing where somebody was told something, not where a message says so.
    -- Nor for an answer to a call, which may name the order that it is about.
    where order_id is not null and source = 'explicit' and coalesce(kept_by, 'unknown') not in ('responded', 'resolved')

),

orders as (

    select
        ordered_date,
        service_level,
        count(*) as order_count
    from {{ ref('int_orders_awaited') }}
    group by ordered_date, service_level

),

assumed as (

    select
        max(case assumption when 'message_kept_share' then base end) as required_rate,
        max(case assumption when 'message_stale_after_days' then base end) as stale_after_days
    from {{ ref('ref_assumptions') }}

),

as_of_row as (

    select {{ cx_warehouse.local_date('as_of', cx_warehouse.business_timezone()) }} as as_of_date
    from {{ ref('stg_as_of') }}

),

untrue as (

    select
        messages.message_id,
        messages.service_level,
        kept.judged_count,
        kept.kept_count,
        {{ cx_warehouse.point(cx_warehouse.ratio('kept.kept_count', 'kept.judged_count'), 'kept.judged_count') }} as kept_rate,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('kept.kept_count', 'kept.judged_count'), 'kept.judged_count') }} as kept_rate_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('kept.kept_count', 'kept.judged_count'), 'kept.judged_count') }} as kept_rate_high,
        messages.published_on as valid_from,
        messages.withdrawn_on as valid_to
    from messages
    inner join kept on messages.message_id = kept.message_id

),

audited as (

    select
        messages.message_id,
        messages.service_level,
        -- Changing a message is looking at it.
        case when messages.audited_on is not null then greatest(messages.published_on, messages.audited_on) end as looked_at_on,
        messages.published_on,
        messages.withdrawn_on
    from messages
    where messages.is_in_force

),

-- Only what is still promised: a promise that was given up needs no message.
promised as (

    select
        promises.touchpoint,
        promises.promise_kind,
        min(promises.made_date) as first_made_on
    from promises
    cross join as_of_row
    where promises.made_date > {{ cx_warehouse.add_days('as_of_row.as_of_date', -365) }}
    group by promises.touchpoint, promises.promise_kind

),

told as (

    select touchpoint, promise_kind from messages where is_in_force group by touchpoint, promise_kind

),

defects as (

    select
        'contradiction' as defect_kind,
        message_id,
        other_message_id,
        cast(null as {{ dbt.type_string() }}) as touchpoint,
        cast(null as {{ dbt.type_string() }}) as promise_kind,
        service_level,
        cast(null as {{ dbt.type_bigint() }}) as judged_count,
        cast(null as {{ dbt.type_bigint() }}) as kept_count,
        cast(null as double) as kept_rate,
        cast(null as double) as kept_rate_low,
        cast(null as double) as kept_rate_high,
        cast(null as double) as required_rate,
        valid_from,
        valid_to
    from contradictions

    union all

    select
        'untrue', untrue.message_id, null, null, null, untrue.service_level, untrue.judged_count, untrue.kept_count,
        untrue.kept_rate, untrue.kept_rate_low, untrue.kept_rate_high, assumed.required_rate, untrue.valid_from, untrue.valid_to
    from untrue
    cross join assumed
    where untrue.kept_rate_high < assumed.required_rate

    union all

    select
        'stale', audited.message_id, null, null, null, audited.service_level, null, null, null, null, null, null,
        {{ cx_warehouse.add_days('audited.looked_at_on', 'assumed.stale_after_days + 1') }}, audited.withdrawn_on
    from audited
    cross join assumed
    cross join as_of_row
    where {{ cx_warehouse.dates_between('audited.looked_at_on', 'as_of_row.as_of_date') }} > assumed.stale_after_days

    union all

    select
        'unaudited', message_id, null, null, null, service_level, null, null, null, null, null, null,
        published_on, withdrawn_on
    from audited
    where looked_at_on is null

    union all

    -- Without the table nobody knows what customers are told.
    select
        'missing', null, null, promised.touchpoint, promised.promise_kind, 'all', null, null, null, null, null, null,
        promised.first_made_on, null
    from promised
    left join told
        on promised.touchpoint = told.touchpoint
        and promised.promise_kind = told.promise_kind
    where told.touchpoint is null and {{ cx_warehouse.is_present('crm.messages') }}

),

named as (

    select
        {{ cx_warehouse.surrogate_key([
            'defects.defect_kind', 'defects.message_id', 'defects.other_message_id', 'defects.touchpoint', 'defects.promise_kind'
        ]) }} as message_defect_id,
        defects.defect_kind,
        coalesce(messages.touchpoint, defects.touchpoint) as touchpoint,
        coalesce(messages.promise_kind, defects.promise_kind) as promise_kind,
        defects.service_level,
        defects.message_id,
        defects.other_message_id,
        messages.channel,
        others.channel as other_channel,
        messages.locale,
        others.locale as other_locale,
        messages.wording,
        others.wording as other_wording,
        messages.owner,
        others.owner as other_owner,
        messages.url,
        others.url as other_url,
        messages.unit,
        messages.promised_value,
        others.promised_value as other_promised_value,
        defects.judged_count,
        defects.kept_count,
        defects.kept_rate,
        defects.kept_rate_low,
        defects.kept_rate_high,
        defects.required_rate,
        defects.valid_to is null or defects.valid_to >= as_of_row.as_of_date as is_open,
        as_of_row.as_of_date,
        defects.valid_from,
        defects.valid_to
    from defects
    cross join as_of_row
    left join messages on defects.message_id = messages.message_id
    left join messages as others on defects.other_message_id = others.message_id

),

exposed as (

    select
        named.message_defect_id,
        cast(sum(orders.order_count) as {{ dbt.type_bigint() }}) as order_count
    from named
    inner join orders
        on orders.ordered_date >= named.valid_from
        and (named.valid_to is null or orders.ordered_date <= named.valid_to)
        and named.service_level in ('all', orders.service_level)
    group by named.message_defect_id

),

final as (

    select
        named.*,
        case
            when named.defect_kind in ('contradiction', 'untrue') and named.is_open then 'high'
            when named.defect_kind in ('contradiction', 'untrue', 'missing') then 'medium'
            else 'low'
        end as severity,
        'final' as status,
        cast(null as {{ dbt.type_string() }}) as reason,
        'Wilson 95 % (ignores that a customer may come more than once)' as method,
        case
            when {{ cx_warehouse.is_present('fulfilment.orders') }} then coalesce(exposed.order_count, 0)
        end as exposed_order_count,
        cast({{ cx_warehouse.dates_between('named.valid_from', 'named.as_of_date') }} as {{ dbt.type_bigint() }}) as age_days
    from named
    left join exposed on named.message_defect_id = exposed.message_defect_id

)

select
    message_defect_id,
    defect_kind,
    touchpoint,
    promise_kind,
    service_level,
    severity,
    is_open,
    message_id,
    other_message_id,
    channel,
    other_channel,
    locale,
    other_locale,
    wording,
    other_wording,
    owner,
    other_owner,
    url,
    other_url,
    unit,
    promised_value,
    other_promised_value,
    method,
    status,
    reason,
    exposed_order_count,
    age_days,
    judged_count,
    kept_count,
    kept_rate,
    kept_rate_low,
    kept_rate_high,
    required_rate,
    valid_from,
    valid_to
from final
