-- One definition in one place: the board shows the number of the mart that computes it.
select
    scorecard.month,
    scorecard.metric_id,
    scorecard.value,
    reliability.kept_rate
from {{ ref('mart_scorecard') }} as scorecard
inner join {{ ref('mart_promise_reliability') }} as reliability
    on scorecard.month = reliability.month
    and scorecard.metric_id = 'kept_rate'
    and reliability.promise_version = 'first'
    and reliability.touchpoint = 'all'
    and reliability.segment = 'all'
    and reliability.region = 'all'
    and reliability.service_level = 'all'
where
    scorecard.status <> 'withheld'
    and coalesce(scorecard.value, -1) <> coalesce(reliability.kept_rate, -1)
