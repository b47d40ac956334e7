-- Grain: one row per answer that says what was experienced and has its expectation.
-- What was expected may have been asked in an earlier questionnaire, so a pair is found by what it is about: the order or
-- the contact where one is named, else the questionnaire itself. Of several the one of the same questionnaire counts, else
-- the latest that was stated before the experience. What would just have done (`adequate`) joins the pair where it was asked too.
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
        other.answer_id as other_answer_id,
        other.question_kind,
        row_number() over (
            partition by experienced.answer_id, other.question_kind
            order by
                case when other.response_id = experienced.response_id then 0 else 1 end,
                case when other.responded_at <= experienced.responded_at then 0 else 1 end,
                other.responded_at desc,
                other.answer_id
        ) as other_rank,
        row_number() over (
            partition by other.answer_id
            order by
                case when other.response_id = experienced.response_id then 0 else 1 end,
                case when other.responded_at <= experienced.responded_at then 0 else 1 end,
                experienced.responded_at,
                experienced.answer_id
        ) as experienced_rank
    from answers as experienced
    inner join answers as other
        on experienced.subject = other.subject
        and experienced.item = other.item
        and experienced.touchpoint = other.touchpoint
        and coalesce(experienced.unit, 'score') = coalesce(other.unit, 'score')
        and coalesce(experienced.customer_id, '') = coalesce(other.customer_id, '')
    where
        experienced.question_kind = 'experienced'
        and other.question_kind in ('expected', 'adequate')

),

pairs as (

    select * from matched where other_rank = 1 and experienced_rank = 1

),

final as (

    select
        expected_pairs.experienced_answer_id,
        expected_pairs.other_answer_id as expected_answer_id,
        adequate_pairs.other_answer_id as adequate_answer_id
    from pairs as expected_pairs
    left join pairs as adequate_pairs
        on expected_pairs.experienced_answer_id = adequate_pairs.experienced_answer_id
        and adequate_pairs.question_kind = 'adequate'
    where expected_pairs.question_kind = 'expected'

)

select * from final
