-- Grain: one row per touchpoint kind: the ten kinds of experience, and `unknown` for touchpoints that no list knows.
-- Whoever asks only how it was cannot tell disappointment from low quality, so both sides are looked for.
{%- set counts = [
    'experience_answer', 'expectation_answer', 'paired_answer', 'promise', 'measured_promise', 'message',
] %}
with

touchpoints as (

    select * from {{ ref('dim_touchpoints') }}

),

covered as (

    select * from {{ ref('int_touchpoints_covered') }}

),

interactions as (

    select
        touchpoint_kind,
        count(*) as interaction_count,
        count(distinct customer_id) as customer_count
    from {{ ref('fct_interactions') }}
    group by touchpoint_kind

),

kinds as (

    {% for kind in [
        'advertising', 'content', 'digital', 'non_digital', 'communications', 'representatives', 'products', 'service',
        'friction', 'reputation', 'unknown',
    ] -%}
    select '{{ kind }}' as touchpoint_kind
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

sources as (

    select
        {{ cx_warehouse.is_present('survey.answers') }} as has_answers,
        {{ cx_warehouse.is_present('crm.messages') }} as has_messages,
        {{ cx_warehouse.is_present('fulfilment.orders') }} or {{ cx_warehouse.is_present('crm.contacts') }} as has_promises

),

summed as (

    select
        coalesce(touchpoints.touchpoint_kind, 'unknown') as touchpoint_kind,
        {%- for count in counts %}
        sum(covered.{{ count }}_count) as {{ count }}_count,
        {%- endfor %}
        {{ cx_warehouse.count_if('covered.experience_answer_count + covered.measured_promise_count > 0') }}
            as experience_touchpoint_count,
        {{ cx_warehouse.count_if('covered.paired_answer_count + covered.measured_promise_count > 0') }}
            as both_touchpoint_count
    from covered
    left join touchpoints on covered.touchpoint = touchpoints.touchpoint
    group by coalesce(touchpoints.touchpoint_kind, 'unknown')

),

final as (

    select
        kinds.touchpoint_kind,
        coalesce(interactions.interaction_count, 0) as interaction_count,
        coalesce(interactions.customer_count, 0) as customer_count,
        coalesce(summed.experience_touchpoint_count, 0) as experience_touchpoint_count,
        coalesce(summed.both_touchpoint_count, 0) as both_touchpoint_count,
        case when sources.has_answers then coalesce(summed.experience_answer_count, 0) end as experience_answer_count,
        case when sources.has_answers then coalesce(summed.expectation_answer_count, 0) end as expectation_answer_count,
        case when sources.has_answers then coalesce(summed.paired_answer_count, 0) end as paired_answer_count,
        case when sources.has_promises then coalesce(summed.promise_count, 0) end as promise_count,
        case when sources.has_promises then coalesce(summed.measured_promise_count, 0) end as measured_promise_count,
        case when sources.has_messages then coalesce(summed.message_count, 0) end as message_count,
        coalesce(summed.experience_answer_count + summed.measured_promise_count > 0, false) as has_experience_data,
        coalesce(summed.expectation_answer_count + summed.promise_count + summed.message_count > 0, false)
            as has_expectation_data
    from kinds
    cross join sources
    left join summed on kinds.touchpoint_kind = summed.touchpoint_kind
    left join interactions on kinds.touchpoint_kind = interactions.touchpoint_kind

)

select
    touchpoint_kind,
    cast(interaction_count as {{ dbt.type_bigint() }}) as interaction_count,
    cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
    cast(experience_touchpoint_count as {{ dbt.type_bigint() }}) as experience_touchpoint_count,
    cast(both_touchpoint_count as {{ dbt.type_bigint() }}) as both_touchpoint_count,
    {%- for count in counts %}
    cast({{ count }}_count as {{ dbt.type_bigint() }}) as {{ count }}_count,
    {%- endfor %}
    has_experience_data,
    has_expectation_data,
    has_experience_data and has_expectation_data as has_both
from final
