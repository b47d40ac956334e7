-- Grain: one row per day of assessment × dimension, with `all` as the roll-up of dimensions.
-- Respondents are colleagues, few by nature, and all of them are asked: a middle with its ends, not a sample with an interval.
with

answers as (

    select * from {{ ref('stg_crm__maturity_assessments') }}

),

final as (

    select
        assessed_on,
        case when grouping(dimension) = 1 then 'all' else dimension end as dimension,
        {{ cx_warehouse.count_if('stage between 1 and 6') }} as answer_count,
        {{ cx_warehouse.count_if('stage not between 1 and 6') }} as out_of_range_count,
        count(distinct respondent_hash) as respondent_count,
        cast(min(case when stage between 1 and 6 then stage end) as integer) as lowest_stage,
        cast({{ cx_warehouse.quantile('case when stage between 1 and 6 then stage end', 0.5) }} as double) as median_stage,
        cast(max(case when stage between 1 and 6 then stage end) as integer) as highest_stage
    from (select assessed_on, {{ cx_warehouse.dimension('dimension') }} as dimension, stage, respondent_hash from answers) as named
    where assessed_on is not null
    group by assessed_on, rollup (dimension)

)

select * from final
