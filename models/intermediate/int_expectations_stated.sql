-- Grain: one row per month × segment × touchpoint × item × unit × scale × customer × level stated; `all` is the roll-up of the first four.
-- Opinions are put on 0–100 of their scale, durations stay in their unit.
with

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

answers as (

    select
        {{ cx_warehouse.dimension('customers.segment') }} as segment,
        {{ cx_warehouse.dimension('answers.touchpoint') }} as touchpoint,
        {{ cx_warehouse.dimension('answers.item') }} as item,
        coalesce(answers.unit, 'score') as unit,
        {{ cx_warehouse.answer_scale() }} as scale,
        {{ cx_warehouse.answer_level() }} as level,
        -- Whoever answers anonymously is a customer of one questionnaire.
        coalesce('customer:' || answers.customer_id, 'response:' || answers.response_id) as cluster_id,
        {{ cx_warehouse.period_month('answers.responded_at') }} as period_month
    from {{ ref('stg_survey__answers') }} as answers
    left join customers on answers.customer_id = customers.customer_id
    where answers.question_kind = 'expected'

),

period_months as (

    select * from {{ ref('int_reporting_period_months') }}

),

final as (

    select
        period_months.month,
        case when grouping(answers.segment) = 1 then 'all' else answers.segment end as segment,
        case when grouping(answers.touchpoint) = 1 then 'all' else answers.touchpoint end as touchpoint,
        case when grouping(answers.item) = 1 then 'all' else answers.item end as item,
        answers.unit,
        answers.scale,
        answers.cluster_id,
        answers.level,
        count(*) as answer_count
    from answers
    inner join period_months on answers.period_month = period_months.period_month
    group by
        period_months.month, answers.unit, answers.scale, answers.cluster_id, answers.level,
        cube (answers.segment, answers.touchpoint, answers.item)

)

select * from final
