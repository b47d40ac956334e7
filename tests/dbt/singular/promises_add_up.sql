-- Kept and missed are all that came due; exceeded and met are all that was kept.
select *
from {{ ref('mart_promise_reliability') }}
where
    due_count <> kept_count + missed_count
    or kept_count <> exceeded_count + met_count
    or delivered_late_count > missed_count
    or otif_count > otif_known_count
