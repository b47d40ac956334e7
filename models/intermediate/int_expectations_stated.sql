-- Grain: one row per month × segment × touchpoint × item × unit × scale × customer × level stated; `all` is the roll-up of the first four.
-- Opinions are put on 0–100 of their scale, durations stay in their unit.
with

answers as (

    select
        {{ cx_warehouse.dimension('segment') }} as segment,
        {{ cx_warehouse.dimension('touchpoint') }} as touchpoint,
        {{ cx_warehouse.dimension('item') }} as item,
        unit,
        -- A duration is what it is, whatever the form allowed; an opinion only means something on its scale.
        case
            when unit <> 'score' then unit
            when scale_min <> floor(scale_min) or scale_max <> floor(scale_max) then concat(
                cast(scale_min as {{ dbt.type_string() }}), '–', cast(scale_max as {{ dbt.type_string() }})
            )
            else scale
        end as scale,
        case when coalesce(is_in_scale, false) then case when unit = 'score' then score_100 else score end end as level,
        -- Whoever answers anonymously is a customer of one questionnaire.
        coalesce('customer:' || customer_id, 'response:' || response_id) as cluster_id,
        {{ cx_warehouse.period_month('responded_at') }} as period_month
    from {{ ref('fct_answers') }}
    where question_kind = 'expected'

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
