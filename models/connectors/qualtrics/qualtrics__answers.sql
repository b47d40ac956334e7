-- Grain: one row per answered question and export that holds it, in whichever shape it came.
with

csv_responses as (

    select * from {{ source('qualtrics', 'responses_export') }}

),

question_kinds as (

    select * from {{ source('qualtrics', 'question_kinds') }}

),

survey_responses as (

    select * from {{ source('qualtrics', 'survey_responses') }}

),

question_responses as (

    select * from {{ source('qualtrics', 'question_responses') }}

),

questions as (

    select * from {{ source('qualtrics', 'questions') }}

),

embedded_data as (

    select * from {{ source('qualtrics', 'embedded_data') }}

),

-- The third header line says on which wall the instants of its file are; the second repeats the questions.
header_lines as (

    select
        _file,
        _load_id,
        {{ cx_warehouse.split_part(cx_warehouse.split_part(
            "replace(recorded_date, ' ', '')", '"timeZone":"', 2
        ), '"', 1) }} as timezone_text
    from csv_responses
    where substr(recorded_date, 1, 1) = '{'

),

walls as (

    select
        _file,
        _load_id,
        max(timezone) as timezone
    from (
        select
            _file,
            _load_id,
            case when timezone_text = 'Z' then 'UTC' else {{ cx_warehouse.known_timezone('timezone_text') }} end as timezone
        from header_lines
    ) as read_lines
    group by _file, _load_id

),

exported as (

    select
        csv_responses.*,
        coalesce(walls.timezone, {{ cx_warehouse.business_timezone() }}) as timezone
    from csv_responses
    left join walls
        on
            csv_responses._file = walls._file
            and csv_responses._load_id = walls._load_id
    where substr(csv_responses.response_id, 1, 2) = 'R_'

),

-- Each question that the user named is a column of the export, which the loader kept by its name.
csv_answers as (

    select
        exported.response_id,
        question_kinds.question,
        {{ cx_warehouse.json_value('exported._unknown_columns', 'question_kinds.question') }} as score,
        exported.recipient_email as email_hash,
        exported.external_reference,
        exported.order_id,
        exported.contact_id,
        lower(exported.status) as status,
        {{ cx_warehouse.local_to_utc_text('exported.recorded_date', 'exported.timezone') }} as responded_at,
        exported._file as survey,
        exported._file,
        exported._line,
        exported._load_id,
        exported._loaded_at
    from exported
    cross join (select distinct question from question_kinds) as question_kinds

),

embedded as (

    select
        response_id,
        max(case
            when lower(replace(field_name, '_', '')) in ('orderid', 'order') then nullif(trim(field_value), '')
        end) as order_id,
        max(case
            when lower(replace(field_name, '_', '')) in ('contactid', 'ticketid') then nullif(trim(field_value), '')
        end) as contact_id,
        max(case
            when lower(replace(field_name, '_', '')) in ('externalreference', 'externaldatareference')
                then nullif(trim(field_value), '')
        end) as external_reference
    from embedded_data
    group by response_id

),

tags as (

    select
        id,
        survey_id,
        min(data_export_tag) as tag
    from questions
    group by id, survey_id

),

table_answers as (

    select
        survey_responses.id as response_id,
        case
            when nullif(question_responses.sub_question_key, '') is null then coalesce(tags.tag, question_responses.question_id)
            else coalesce(tags.tag, question_responses.question_id) || '_' || question_responses.sub_question_key
        end as question,
        question_responses.answer_value as score,
        survey_responses.recipient_email as email_hash,
        embedded.external_reference,
        embedded.order_id,
        embedded.contact_id,
        lower(survey_responses.status) as status,
        {{ cx_warehouse.utc_text('survey_responses.recorded_date') }} as responded_at,
        survey_responses.survey_id as survey,
        question_responses._file,
        question_responses._line,
        question_responses._load_id,
        question_responses._loaded_at
    from survey_responses
    inner join question_responses on survey_responses.id = question_responses.response_id
    left join tags
        on
            question_responses.question_id = tags.id
            and survey_responses.survey_id = tags.survey_id
    left join embedded on survey_responses.id = embedded.response_id

),

shapes as (

    select * from csv_answers

    union all

    select * from table_answers

),

-- Previews, tests and spam are no customer's answers, under their names or the numbers of the tables.
final as (

    select *
    from shapes
    where
        score is not null
        and coalesce(status, '') not in ('1', '2', '8', '9', '12', '17', '40')
        and coalesce(status, '') not like '%preview%'
        and coalesce(status, '') not like '%test%'
        and coalesce(status, '') not like '%spam%'

)

select * from final
