-- What every row rests on, and how far the data reached, as the last build wrote it down: rows kept from it are wrong where either
-- has changed. Build again with --full-refresh; `cx run` does so by itself.
{{ config(enabled=var('cx_incremental', false)) }}
select
    before.basis,
    now.basis as basis_now
from {{ ref('stg_builds_remembered') }} as before
cross join {{ ref('int_builds_made') }} as now
where before.basis <> now.basis or before.settled_until > now.settled_until
limit 1
