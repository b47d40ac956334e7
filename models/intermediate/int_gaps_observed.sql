-- Grain: one row per gap that could be known: the first promise of each kind to an order or a contact, and every pair of answers.
-- `state` says whether it is: observed, open (not due yet), or unknown. What the customer cancelled left no gap.
with

promises as (

    select
        *,
        -- A column of its own for the join, which a condition on one side would turn into a comparison of all with all.
        case when subject_kind = 'contact' then contact_id end as subject_contact_id
    from {{ ref('int_promises_resolved') }}
    where is_first and outcome <> 'excluded'

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

answers as (

    select * from {{ ref('stg_survey__answers') }}

),

pairs as (

    select * from {{ ref('int_answers_paired') }}

),

promised as (

    select
        promises.promise_id as gap_id,
        promises.customer_id,
        -- What is promised to a contact about an order is part of that order's journey.
        coalesce(promises.order_id, contacts.order_id) as order_id,
        contacts.contact_id,
        case
            when promises.outcome in ('exceeded', 'met', 'missed') and promises.is_due_passed then 'observed'
            when promises.outcome = 'unknown' then 'unknown'
            else 'open'
        end as state,
        -- Kept within the grace is kept, and yet later than said.
        promises.outcome = 'missed' or coalesce(promises.gap < 0, false) as is_negative,
        case
            when promises.subject_kind = 'contact' then {{ cx_warehouse.period_month('contacts.opened_at') }}
            when promises.due_date is not null then {{ cx_warehouse.month_text('promises.due_date') }}
            else {{ cx_warehouse.period_month('promises.due_at') }}
        end as period_month
    from promises
    left join contacts on promises.subject_contact_id = contacts.contact_id

),

answered as (

    select
        experienced.answer_id as gap_id,
        experienced.customer_id,
        coalesce(experienced.order_id, contacts.order_id) as order_id,
        experienced.contact_id,
        case
            when
                experienced.score between experienced.scale_min and experienced.scale_max
                and expected.score between expected.scale_min and expected.scale_max
                and coalesce(experienced.unit, 'score') <> 'unknown'
                and (
                    coalesce(experienced.unit, 'score') <> 'score'
                    or (experienced.scale_min = expected.scale_min and experienced.scale_max = expected.scale_max)
                )
                then 'observed'
            else 'unknown'
        end as state,
        -- Of opinions more is better, of durations less.
        case
            when coalesce(experienced.unit, 'score') = 'score' then experienced.score < expected.score
            else experienced.score > expected.score
        end as is_negative,
        {{ cx_warehouse.period_month('experienced.responded_at') }} as period_month
    from pairs
    inner join answers as experienced on pairs.experienced_answer_id = experienced.answer_id
    inner join answers as expected on pairs.expected_answer_id = expected.answer_id
    left join contacts on experienced.contact_id = contacts.contact_id

),

final as (

    select
        concat('promise:', gap_id) as gap_id, 'promise' as gap_source, customer_id, order_id, contact_id, state,
        is_negative, period_month
    from promised

    union all

    select
        concat('answer:', gap_id) as gap_id, 'answer' as gap_source, customer_id, order_id, contact_id, state,
        is_negative, period_month
    from answered

)

select * from final
