-- One definition in one place: the board shows the number of the mart that computes it.
with

expected as (

    select month, 'kept_rate' as metric_id, kept_rate as value
    from {{ ref('mart_promise_reliability') }}
    where
        promise_version = 'first'
        and touchpoint = 'all' and segment = 'all' and region = 'all' and service_level = 'all'

    union all

    select month, metric_id, rate as value from {{ ref('mart_gap_prevalence') }} where metric_id = 'great_cx_rate'

    union all

    select periods.month, 'roi' as metric_id, ledger.roi as value
    from {{ ref('mart_roi_ledger') }} as ledger
    cross join {{ ref('int_reporting_periods') }} as periods
    where ledger.initiative_id = 'all' and ledger.scenario = 'base' and periods.month_start_date is null

)

select
    scorecard.month,
    scorecard.metric_id,
    scorecard.value,
    expected.value as expected_value
from {{ ref('mart_scorecard') }} as scorecard
inner join expected on scorecard.month = expected.month and scorecard.metric_id = expected.metric_id
where
    scorecard.status <> 'withheld'
    -- A return may be -1, so null must not pass for any number.
    and coalesce(cast(scorecard.value as {{ dbt.type_string() }}), 'none')
    <> coalesce(cast(expected.value as {{ dbt.type_string() }}), 'none')
