-- Grain: one row per answer that says what was experienced, or what was expected where nobody told what came of it.
-- Beside the experience stand what was expected and what would just have done, on 0–100 of the scale or in the unit of the
-- duration; what cannot be compared says why.
with

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

answers as (

    select
        answers.answer_id,
        answers.customer_id,
        answers.order_id,
        coalesce(customers.segment, 'unknown') as segment,
        -- Whoever answers anonymously is a customer of one questionnaire.
        coalesce('customer:' || answers.customer_id, 'response:' || answers.response_id) as cluster_id,
        {{ cx_warehouse.dimension('answers.touchpoint') }} as touchpoint,
        {{ cx_warehouse.dimension('answers.item') }} as item,
        answers.question_kind,
        coalesce(answers.unit, 'score') as unit,
        {{ cx_warehouse.answer_scale() }} as scale,
        {{ cx_warehouse.answer_level() }} as level,
        {{ cx_warehouse.period_month('answers.responded_at') }} as period_month
    from {{ ref('stg_survey__answers') }} as answers
    left join customers on answers.customer_id = customers.customer_id
    where answers.question_kind in ('expected', 'adequate', 'experienced')

),

pairs as (

    select * from {{ ref('int_answers_paired') }}

),

experienced as (

    select
        experienced.answer_id,
        experienced.customer_id,
        experienced.order_id,
        experienced.segment,
        experienced.cluster_id,
        experienced.touchpoint,
        experienced.item,
        experienced.unit,
        experienced.scale,
        experienced.period_month,
        case
            when expected.answer_id is null then 'no_expectation'
            when experienced.level is null or expected.level is null then 'out_of_scale'
            when experienced.scale <> expected.scale then 'other_scale'
        end as dropped_reason,
        expected.level as expected,
        experienced.level as experienced,
        case when adequate.scale = experienced.scale then adequate.level end as adequate,
        -- Of opinions more is better, of durations less.
        case when experienced.unit = 'score' then 1e0 else -1e0 end as better
    from answers as experienced
    left join pairs on experienced.answer_id = pairs.experienced_answer_id
    left join answers as expected on pairs.expected_answer_id = expected.answer_id
    left join answers as adequate on pairs.adequate_answer_id = adequate.answer_id
    where experienced.question_kind = 'experienced'

),

final as (

    select
        answer_id,
        customer_id,
        order_id,
        segment,
        cluster_id,
        touchpoint,
        item,
        unit,
        scale,
        period_month,
        dropped_reason,
        dropped_reason is null as is_pair,
        dropped_reason is null and adequate is not null as is_triple,
        -- What would just do cannot be more than what is wished for: such an answer contradicts itself and is in no zone.
        dropped_reason is null and adequate is not null and better * (expected - adequate) >= 0 as is_zone,
        dropped_reason is null and better * (expected - adequate) < 0 as is_unordered,
        expected,
        adequate,
        experienced,
        better * (experienced - expected) as gap,
        better * (experienced - expected) as superiority,
        better * (experienced - adequate) as adequacy
    from experienced

    union all

    select
        answers.answer_id,
        answers.customer_id,
        answers.order_id,
        answers.segment,
        answers.cluster_id,
        answers.touchpoint,
        answers.item,
        answers.unit,
        answers.scale,
        answers.period_month,
        'no_experience' as dropped_reason,
        false as is_pair,
        false as is_triple,
        false as is_zone,
        false as is_unordered,
        null as expected,
        null as adequate,
        null as experienced,
        null as gap,
        null as superiority,
        null as adequacy
    from answers
    left join pairs on answers.answer_id = pairs.expected_answer_id
    where answers.question_kind = 'expected' and pairs.expected_answer_id is null

)

select * from final
