-- Grain: one row per initiative (or all) × scenario × step from the margin gained to the net present value.
with

ledger as (

    select * from {{ ref('mart_roi_ledger') }}

),

steps as (

    select initiative_id, scenario, status, reason, 'margin' as step, 1 as step_number, margin_amount as amount, 0e0 as from_amount, margin_amount as to_amount from ledger
    union all
    select initiative_id, scenario, status, reason, 'saved' as step, 2 as step_number, saved_amount as amount, margin_amount as from_amount, benefit_amount as to_amount from ledger
    union all
    select initiative_id, scenario, status, reason, 'cost' as step, 3 as step_number, 0e0 - cost_amount as amount, benefit_amount as from_amount, npv as to_amount from ledger
    union all
    select initiative_id, scenario, status, reason, 'npv' as step, 4 as step_number, npv as amount, 0e0 as from_amount, npv as to_amount from ledger

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['initiative_id', 'scenario', 'step']) }} as roi_waterfall_id,
        initiative_id,
        scenario,
        step,
        status,
        reason,
        cast(step_number as {{ dbt.type_bigint() }}) as step_number,
        amount,
        case when to_amount is not null then from_amount end as from_amount,
        to_amount
    from steps

)

select
    roi_waterfall_id,
    initiative_id,
    scenario,
    step,
    status,
    reason,
    step_number,
    amount,
    from_amount,
    to_amount
from final
