-- A gap is promised minus actual: what is kept without grace is never negative, what arrived late is never positive.
select
    promises.promise_id,
    promises.outcome,
    promises.gap
from {{ ref('fct_promises') }} as promises
inner join {{ ref('ref_promise_kinds') }} as promise_kinds on promises.promise_kind = promise_kinds.promise_kind
where
    (promises.outcome in ('exceeded', 'met') and promises.gap < -promise_kinds.grace)
    or (promises.outcome = 'exceeded' and promises.gap < promise_kinds.exceeds_by)
    or (promises.outcome_reason = 'late' and promises.gap >= 0)
