-- Grain: one row per piece of evidence that a stage demands (ref_maturity_evidence).
-- What the warehouse can see for itself, at as_of. What it cannot see does not hold: unknown is not good.
with

evidence as (

    select * from {{ ref('ref_maturity_evidence') }}

),

stages as (

    select * from {{ ref('ref_maturity_stages') }}

),

as_of_row as (

    select {{ cx_warehouse.local_date('as_of', cx_warehouse.business_timezone()) }} as as_of_date from {{ ref('stg_as_of') }}

),

answers as (

    select count(*) as answer_count from {{ ref('fct_answers') }}

),

promises as (

    select count(*) as judged_count from {{ ref('fct_promises') }}
    where is_first and is_due_passed and outcome in ('exceeded', 'met', 'missed')

),

touchpoints as (

    select count(*) as paired_count from {{ ref('int_touchpoints_covered') }}
    where touchpoint is not null and (paired_answer_count > 0 or measured_promise_count > 0)

),

initiatives as (

    select
        {{ cx_warehouse.count_if('target_metric is not null and target_value is not null and deadline_on is not null') }} as goal_count,
        {{ cx_warehouse.count_if('started_on <= as_of_row.as_of_date') }} as begun_count,
        {{ cx_warehouse.count_if('started_on <= as_of_row.as_of_date and spent_amount > 0') }} as costed_count
    from {{ ref('dim_initiatives') }}
    cross join as_of_row

),

effects as (

    select {{ cx_warehouse.count_if("grade in ('A', 'B', 'C') and status = 'final'") }} as graded_count
    from {{ ref('mart_initiative_effects') }}
    where is_target

),

closed as (

    select
        count(*) as closed_count,
        count(ledger.roi) as known_count
    from {{ ref('dim_initiatives') }} as initiatives
    inner join as_of_row on initiatives.deadline_on < as_of_row.as_of_date
    left join {{ ref('mart_roi_ledger') }} as ledger
        on initiatives.initiative_id = ledger.initiative_id
        and ledger.scenario = 'base'

),

messages as (

    select
        {{ cx_warehouse.count_if('is_in_force') }} as message_count,
        {{ cx_warehouse.count_if('is_in_force and audited_on is not null') }} as audited_count
    from {{ ref('dim_messages') }}

),

untrue as (

    select count(*) as untrue_count from {{ ref('mart_message_defects') }} where defect_kind = 'untrue' and is_open

),

measured as (

    select
        'answers_loaded' as evidence_id,
        case when {{ cx_warehouse.is_present('survey.answers') }} then cast(answer_count as double) end as measured,
        'source missing: survey.answers' as missing_reason
    from answers

    union all

    select 'paired_touchpoints', cast(paired_count as double), 'nothing measured' from touchpoints

    union all

    select 'promises_judged', cast(judged_count as double), 'nothing measured' from promises

    union all

    select
        'goals_with_deadline',
        case when {{ cx_warehouse.is_present('crm.initiatives') }} then cast(goal_count as double) end,
        'source missing: crm.initiatives'
    from initiatives

    union all

    select
        'costs_recorded_share',
        case when {{ cx_warehouse.is_present('crm.initiative_costs') }} then {{ cx_warehouse.ratio('costed_count', 'begun_count') }} end,
        case
            when not {{ cx_warehouse.is_present('crm.initiatives') }} then 'source missing: crm.initiatives'
            when not {{ cx_warehouse.is_present('crm.initiative_costs') }} then 'source missing: crm.initiative_costs'
            else 'no initiative has begun'
        end
    from initiatives

    union all

    select
        'messages_audited_share',
        {{ cx_warehouse.ratio('audited_count', 'message_count') }},
        case when {{ cx_warehouse.is_present('crm.messages') }} then 'no message is in force' else 'source missing: crm.messages' end
    from messages

    union all

    select
        'effects_graded',
        case when {{ cx_warehouse.is_present('crm.initiatives') }} then cast(graded_count as double) end,
        'source missing: crm.initiatives'
    from effects

    union all

    select
        'messages_true_share',
        {{ cx_warehouse.ratio('messages.message_count - untrue.untrue_count', 'messages.message_count') }},
        case when {{ cx_warehouse.is_present('crm.messages') }} then 'no message is in force' else 'source missing: crm.messages' end
    from messages
    cross join untrue

    union all

    select
        'closed_known_share',
        {{ cx_warehouse.ratio('known_count', 'closed_count') }},
        case
            when {{ cx_warehouse.is_present('crm.initiatives') }} then 'no initiative is closed yet' else 'source missing: crm.initiatives'
        end
    from closed

),

final as (

    select
        evidence.evidence_id,
        evidence.stage,
        stages.stage_name,
        evidence.evidence,
        case
            when measured.evidence_id is null then 'the warehouse does not know how to measure this'
            when measured.measured is null then measured.missing_reason
        end as reason,
        measured.measured,
        evidence.required,
        coalesce(measured.measured >= evidence.required, false) as is_held
    from evidence
    left join stages on evidence.stage = stages.stage
    left join measured on evidence.evidence_id = measured.evidence_id

)

select
    evidence_id,
    stage,
    stage_name,
    evidence,
    reason,
    measured,
    required,
    is_held
from final
