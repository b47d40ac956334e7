-- Grain: one row per answered question and export that holds it.
{% set columns = cx_warehouse.contract_columns('survey', 'answers') | map(attribute='name') | list %}
with

answers as (

    select * from {{ ref('qualtrics__answers') }}

),

-- The same line may have been landed twice, and a corrected one replaces the one before.
question_kinds as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by question, coalesce(survey, '') order by _load_id desc, _file desc, _line desc
            ) as version_rank
        from {{ source('qualtrics', 'question_kinds') }}
    ) as ranked
    where version_rank = 1

),

mapped as (

    select
        answers.response_id || '-' || answers.question as answer_id,
        answers.response_id,
        coalesce(answers.email_hash, answers.external_reference) as customer_id,
        answers.order_id,
        answers.contact_id,
        question_kinds.touchpoint,
        question_kinds.question_kind,
        question_kinds.item,
        answers.score,
        question_kinds.scale_min,
        question_kinds.scale_max,
        question_kinds.unit,
        {{ cx_warehouse.unfilled() }} as comment,
        answers.responded_at,
        answers.responded_at as updated_at,
        {{ cx_warehouse.unfilled() }} as deleted_at,
        answers._file,
        answers._line,
        answers._load_id,
        answers._loaded_at
    from answers
    inner join question_kinds
        on
            answers.question = question_kinds.question
            and (question_kinds.survey is null or position(question_kinds.survey in answers.survey) > 0)

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
