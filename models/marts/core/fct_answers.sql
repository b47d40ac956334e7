-- Grain: one row per answer.
with

answers as (

    select * from {{ cx_warehouse.changed(ref('stg_survey__answers')) }}

),

customers as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__customers')) }}

),

pairs as (

    select * from {{ ref('int_answers_paired') }}

),

final as (

    select
        answers.answer_id,
        answers.response_id,
        answers.customer_id,
        answers.order_id,
        answers.contact_id,
        coalesce(experienced_pairs.expected_answer_id, expected_pairs.experienced_answer_id) as paired_answer_id,
        answers.touchpoint,
        coalesce(customers.segment, 'unknown') as segment,
        answers.question_kind,
        answers.item,
        coalesce(answers.unit, 'score') as unit,
        {{ cx_warehouse.scale_name('answers.scale_min', 'answers.scale_max') }} as scale,
        cast(answers.score as double) as score,
        cast(answers.scale_min as double) as scale_min,
        cast(answers.scale_max as double) as scale_max,
        case
            when answers.score between answers.scale_min and answers.scale_max and coalesce(answers.unit, 'score') <> 'unknown'
                then 100.0 * {{ cx_warehouse.ratio('answers.score - answers.scale_min', 'answers.scale_max - answers.scale_min') }}
        end as score_100,
        answers.score between answers.scale_min and answers.scale_max as is_in_scale,
        answers.is_orphan,
        answers.responded_at
    from answers
    left join customers on answers.customer_id = customers.customer_id
    left join pairs as experienced_pairs on answers.answer_id = experienced_pairs.experienced_answer_id
    left join pairs as expected_pairs on answers.answer_id = expected_pairs.expected_answer_id

)

select
    answer_id,
    response_id,
    customer_id,
    order_id,
    contact_id,
    paired_answer_id,
    touchpoint,
    segment,
    question_kind,
    item,
    unit,
    scale,
    score,
    scale_min,
    scale_max,
    cast(score_100 as double) as score_100,
    is_in_scale,
    is_orphan,
    responded_at
from final
