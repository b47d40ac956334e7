-- Grain: one row per proposed assumption or goal.
-- Who proposed what, when and why, and whether the numbers of this version rest on it.
with

proposals as (

    select * from {{ ref('int_proposals_judged') }}

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['file', 'line']) }} as proposal_id,
        kind,
        name,
        outcome,
        problem,
        proposed_by,
        why,
        file,
        cast(line as {{ dbt.type_bigint() }}) as line,
        low,
        base,
        high,
        proposed_at
    from proposals

)

select
    proposal_id,
    kind,
    name,
    outcome,
    problem,
    proposed_by,
    why,
    file,
    line,
    low,
    base,
    high,
    proposed_at
from final
