-- Grain: one row per initiative (or all) × assumption, the effect itself among them.
-- What the net present value would be if this one assumption stood at its low or its high end and the rest at their bases.
with

cash as (

    select * from {{ ref('mart_roi_cash') }}

),

ledger as (

    select * from {{ ref('mart_roi_ledger') }} where scenario = 'base'

),

cases as (

    select * from {{ ref('int_assumptions_cased') }}

),

assumptions as (

    select * from {{ ref('ref_assumptions') }}

),

worths as (

    select
        initiative_id,
        case_id,
        case when count(*) = count(discounted_amount) then {{ cx_warehouse.steady_sum('discounted_amount') }} end as npv
    from cash
    group by initiative_id, case_id

),

moved as (

    select
        worths.initiative_id,
        cases.assumption,
        {% for end in ['low', 'high'] -%}
        max(case when cases.assumption_end = '{{ end }}' and cases.horizon_months <= {{ cx_warehouse.longest_horizon() }} then worths.npv end) as npv_at_{{ end }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from worths
    inner join cases on worths.case_id = cases.case_id
    where cases.assumption is not null
    group by worths.initiative_id, cases.assumption

),

together as (

    select
        moved.initiative_id,
        moved.assumption,
        assumptions.unit,
        assumptions.low as assumption_at_low,
        assumptions.high as assumption_at_high,
        moved.npv_at_low,
        moved.npv_at_high
    from moved
    inner join assumptions on moved.assumption = assumptions.assumption

    union all

    select
        initiative_id,
        'effect' as assumption,
        'reporting currency per customer and month' as unit,
        net_effect_low as assumption_at_low,
        net_effect_high as assumption_at_high,
        npv_low as npv_at_low,
        npv_high as npv_at_high
    from ledger

),

shown as (

    select
        together.initiative_id,
        together.assumption,
        together.unit,
        together.assumption_at_low,
        together.assumption_at_high,
        case when ledger.npv is not null then together.npv_at_low end as npv_at_low,
        case when ledger.npv is not null then together.npv_at_high end as npv_at_high,
        ledger.npv,
        ledger.status,
        ledger.reason
    from together
    inner join ledger on together.initiative_id = ledger.initiative_id

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['initiative_id', 'assumption']) }} as roi_tornado_id,
        initiative_id,
        assumption,
        unit,
        status,
        reason,
        cast(row_number() over (
            partition by initiative_id
            order by case when npv is null then 1 else 0 end, abs(npv_at_high - npv_at_low) desc, assumption
        ) as {{ dbt.type_bigint() }}) as swing_rank,
        assumption_at_low,
        assumption_at_high,
        npv_at_low,
        npv_at_high,
        npv,
        abs(npv_at_high - npv_at_low) as npv_swing
    from shown

)

select
    roi_tornado_id,
    initiative_id,
    assumption,
    unit,
    status,
    reason,
    swing_rank,
    assumption_at_low,
    assumption_at_high,
    npv_at_low,
    npv_at_high,
    npv,
    npv_swing
from final
