-- The gap falls into what was said and what was done, on every row; what was done is the gap by which the promise is judged.
select
    gaps.expectation_gap_id,
    gaps.gap_message,
    gaps.gap_delivery,
    gaps.gap_total,
    promises.gap_days
from {{ ref('fct_expectation_gaps') }} as gaps
left join {{ ref('fct_promises') }} as promises on gaps.promise_id = promises.promise_id
where
    abs(gaps.gap_total - (gaps.gap_message + gaps.gap_delivery)) > 1e-9
    or (gaps.gap_total is null) <> (gaps.expected_days is null or gaps.actual_days is null)
    or abs(gaps.gap_delivery - promises.gap_days) > 1e-9
    or (gaps.started_at is not null and (gaps.gap_delivery is null) <> (promises.gap_days is null))
