-- Grain: one row per metric, for the build that holds this table.
with

metrics as (

    select * from {{ ref('dim_metrics') }}

),

available as (

    select * from {{ ref('int_metrics_available') }}

),

scorecard as (

    select * from {{ ref('mart_scorecard') }} where month = 'all'

),

as_of_row as (

    select * from {{ ref('stg_as_of') }}

),

final as (

    select
        metrics.metric_id,
        metrics.metric_name,
        case
            when scorecard.status = 'withheld' or not available.is_available then 'withheld'
            when available.refused_tables is not null then 'degraded'
            else 'ok'
        end as fitness,
        case
            when not available.is_available then available.reason
            when scorecard.status = 'withheld' then scorecard.reason
            when available.refused_tables is not null
                then concat('a file was refused in: ', available.refused_tables, '; its rows are missing')
        end as reason,
        -- Filled by the checks that run after the models, before publication.
        cast(null as {{ dbt.type_string() }}) as failing_checks,
        available.required_tables,
        available.absent_tables,
        scorecard.observation_count,
        cast(0 as {{ dbt.type_bigint() }}) as restated_count,
        as_of_row.as_of,
        available.observed_until
    from metrics
    inner join available on metrics.metric_id = available.metric_id
    left join scorecard on metrics.metric_id = scorecard.metric_id
    cross join as_of_row

)

select
    metric_id,
    metric_name,
    fitness,
    reason,
    failing_checks,
    required_tables,
    absent_tables,
    observation_count,
    restated_count,
    as_of,
    observed_until
from final
