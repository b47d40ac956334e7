-- Grain: one row per line of a file of proposals.
select
    kind,
    name,
    low,
    base,
    high,
    proposed_by,
    proposed_at,
    why,
    problem,
    file,
    line
from {{ source('ops', 'proposals') }}
