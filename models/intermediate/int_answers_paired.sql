-- Grain: one row per answer that says what was experienced and has its expectation.
-- What was expected may have been asked in an earlier questionnaire, so a pair is found by what it is about: the order or
-- the contact where one is named, else the questionnaire itself.
with

answers as (

    select
        *,
        coalesce(
            'order:' || order_id,
            'contact:' || contact_id,
            'response:' || response_id
        ) as subject
    from {{ ref('stg_survey__answers') }}
    where item is not null

),

matched as (

    select
        experienced.answer_id as experienced_answer_id,
        expected.answer_id as expected_answer_id,
        row_number() over (
            partition by experienced.answer_id
            order by expected.responded_at desc, expected.answer_id
        ) as expected_rank,
        row_number() over (
            partition by expected.answer_id
            order by experienced.responded_at, experienced.answer_id
        ) as experienced_rank
    from answers as experienced
    inner join answers as expected
        on experienced.subject = expected.subject
        and experienced.item = expected.item
        and experienced.touchpoint = expected.touchpoint
        and coalesce(experienced.unit, 'score') = coalesce(expected.unit, 'score')
        and coalesce(experienced.customer_id, '') = coalesce(expected.customer_id, '')
    where
        experienced.question_kind = 'experienced'
        and expected.question_kind = 'expected'

),

final as (

    select
        experienced_answer_id,
        expected_answer_id
    from matched
    where expected_rank = 1 and experienced_rank = 1

)

select * from final
