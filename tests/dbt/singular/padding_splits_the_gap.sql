-- A better gap is either promised later or done sooner: Δgap = ΔP − ΔA on every row, all three there or none; and what changed by
-- promising anew lies within its interval.
select
    promise_reliability_id,
    gap_days_change,
    promised_days_change,
    taken_days_change,
    reprom_inflation
from {{ ref('mart_promise_reliability') }}
where
    abs(gap_days_change - (promised_days_change - taken_days_change)) > 1e-9
    or (gap_days_change is null) <> (promised_days_change is null)
    or (gap_days_change is null) <> (taken_days_change is null)
    or (gap_days_change is not null and previous_delivered_count < 30)
    or gap_days_change not between gap_days_change_low and gap_days_change_high
    or abs(delivered_promised_days_mean - delivered_taken_days_mean - gap_days_mean) > 1e-9
    or (reprom_inflation is not null and reprom_pair_count < 30)
    or (reprom_inflation is not null and promise_version <> 'first')
