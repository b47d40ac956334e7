-- Grain: one row per day of assessment × dimension, with `all` as the roll-up; one row `all` even without an assessment.
-- The warehouse sees the evidence of today only, so it caps the latest assessment; earlier ones stand as they were answered.
with

answered as (

    select
        *,
        -- Whoever answers on three dimensions is one colleague all the same.
        max(case when dimension <> 'all' then answer_count end) over (partition by assessed_on) as most_answer_count
    from {{ ref('int_maturity_answered') }}

),

evidence as (

    select * from {{ ref('mart_maturity_evidence') }}

),

stages as (

    select * from {{ ref('ref_maturity_stages') }}

),

-- A stage is reached when nothing that it or an earlier one demands is missing; the first stage demands nothing.
reached as (

    select coalesce(min(case when not is_held then stage end) - 1, (select max(stage) from stages)) as evidenced_stage
    from evidence

),

missing as (

    select
        evidence.stage,
        {{ cx_warehouse.joined_text('evidence.evidence', '; ') }} as missing_evidence
    from evidence
    where not evidence.is_held
    group by evidence.stage

),

capped as (

    select
        reached.evidenced_stage,
        missing.missing_evidence
    from reached
    left join missing on reached.evidenced_stage + 1 = missing.stage

),

latest as (

    select max(assessed_on) as assessed_on from answered

),

keys as (

    select assessed_on, dimension from answered

    union all

    select assessed_on, 'all' as dimension from latest where assessed_on is null

),

judged as (

    select
        keys.assessed_on,
        keys.dimension,
        answered.answer_count,
        answered.out_of_range_count,
        answered.respondent_count,
        answered.lowest_stage,
        answered.median_stage,
        answered.highest_stage,
        keys.assessed_on is null or keys.assessed_on = latest.assessed_on as is_latest,
        case
            when answered.answer_count >= 3 and (keys.dimension <> 'all' or answered.most_answer_count >= 3)
                then cast(floor(answered.median_stage) as integer)
        end as answered_stage
    from keys
    cross join latest
    left join answered on keys.assessed_on = answered.assessed_on and keys.dimension = answered.dimension

),

staged as (

    select
        judged.*,
        case when judged.is_latest then capped.evidenced_stage end as evidenced_stage,
        case
            when not judged.is_latest then null
            when judged.dimension = 'all' then capped.evidenced_stage
            else least(judged.answered_stage, case when judged.answered_stage is not null then capped.evidenced_stage end)
        end as stage,
        capped.missing_evidence
    from judged
    cross join capped

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['staged.assessed_on', 'staged.dimension']) }} as maturity_id,
        staged.dimension,
        'stage: highest of which, and of all below, the evidence holds; of a dimension no higher than the middle answer' as method,
        case when staged.answered_stage is null then 'withheld' else 'final' end as status,
        case
            when coalesce(staged.answer_count, 0) = 0 and not {{ cx_warehouse.is_present('crm.maturity_assessments') }} then 'source missing: crm.maturity_assessments'
            when coalesce(staged.answer_count, 0) = 0 then 'nobody answered'
            when staged.answer_count < 3 then 'fewer than 3 answers'
            when staged.answered_stage is null then 'fewer than 3 answers to any dimension'
        end as reason,
        stages.stage_name,
        case
            when staged.stage is null then null
            when staged.stage < staged.evidenced_stage then 'what people answered'
            when staged.missing_evidence is null then null
            else staged.missing_evidence
        end as capped_by,
        coalesce(staged.answer_count, 0) as answer_count,
        coalesce(staged.out_of_range_count, 0) as out_of_range_count,
        nullif(staged.respondent_count, 0) as respondent_count,
        staged.stage,
        staged.evidenced_stage,
        case when staged.answered_stage is not null then staged.lowest_stage end as lowest_answered_stage,
        case when staged.answered_stage is not null then staged.median_stage end as median_answered_stage,
        case when staged.answered_stage is not null then staged.highest_stage end as highest_answered_stage,
        staged.is_latest,
        staged.assessed_on
    from staged
    left join stages on staged.stage = stages.stage

)

select
    maturity_id,
    dimension,
    method,
    status,
    reason,
    stage_name,
    capped_by,
    cast(answer_count as {{ dbt.type_bigint() }}) as answer_count,
    cast(out_of_range_count as {{ dbt.type_bigint() }}) as out_of_range_count,
    cast(respondent_count as {{ dbt.type_bigint() }}) as respondent_count,
    cast(stage as integer) as stage,
    cast(evidenced_stage as integer) as evidenced_stage,
    lowest_answered_stage,
    median_answered_stage,
    highest_answered_stage,
    is_latest,
    assessed_on
from final
