-- On the orders it was made from, a promise is kept as often as its level says, and a day more never makes more orders late.
select *
from {{ ref('mart_promise_planner') }}
where
    is_supported <> (promise_days is not null)
    or late_count > fitted_count * (1 - level) + 1e-6
    or late_per_1000_day_more > late_per_1000
    or late_per_1000 > late_per_1000_day_less
    or within_count > judged_count
