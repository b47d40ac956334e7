-- Grain: one row per touchpoint at which anything was said, promised or asked; a null touchpoint is one of them.
with

answers as (

    select * from {{ ref('stg_survey__answers') }}

),

pairs as (

    select * from {{ ref('int_answers_paired') }}

),

promises as (

    select
        *,
        -- A column of its own for the join, which a condition on one side would turn into a comparison of all with all.
        case when subject_kind = 'contact' then contact_id end as subject_contact_id
    from {{ ref('int_promises_resolved') }}
    where is_first

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

messages as (

    select * from {{ ref('int_messages_valid') }} where is_published

),

promise_kinds as (

    select * from {{ ref('ref_promise_kinds') }}

),

counted as (

    select
        answers.touchpoint,
        case when answers.question_kind not in ('expected', 'adequate') then 1 else 0 end as is_experience_answer,
        case when answers.question_kind in ('expected', 'adequate') then 1 else 0 end as is_expectation_answer,
        case when pairs.experienced_answer_id is not null then 1 else 0 end as is_paired_answer,
        0 as is_promise,
        0 as is_measured_promise,
        0 as is_message
    from answers
    left join pairs on answers.answer_id = pairs.experienced_answer_id

    union all

    -- Only the first version: a promise that was changed is still one. What was promised about an order in a call is the order's.
    select
        coalesce(contacts.touchpoint, promise_kinds.touchpoint),
        0,
        0,
        0,
        1,
        case when promises.actual_at is not null then 1 else 0 end,
        0
    from promises
    left join contacts on promises.subject_contact_id = contacts.contact_id
    left join promise_kinds on promises.promise_kind = promise_kinds.promise_kind

    union all

    select touchpoint, 0, 0, 0, 0, 0, 1 from messages

),

final as (

    select
        touchpoint,
        sum(is_experience_answer) as experience_answer_count,
        sum(is_expectation_answer) as expectation_answer_count,
        sum(is_paired_answer) as paired_answer_count,
        sum(is_promise) as promise_count,
        sum(is_measured_promise) as measured_promise_count,
        sum(is_message) as message_count
    from counted
    group by touchpoint

)

select * from final
