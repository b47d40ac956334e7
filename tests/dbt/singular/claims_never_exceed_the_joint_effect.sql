-- What all initiatives claim together is at most what was measured on everybody they treat; where that is a loss, no gain
-- is claimed.
with

ledger as (

    select * from {{ ref('mart_roi_ledger') }} where initiative_id <> 'all'

),

published as (

    select
        max(case when metric_id = 'margin_per_customer_month' then effect end) as margin_effect,
        max(case when metric_id = 'service_cost_per_customer_month' then effect end) as cost_effect,
        max(case when metric_id = 'net_margin_per_customer_month' then effect end) as net_effect
    from {{ ref('mart_initiative_effects') }}
    where initiative_id = 'all'

),

-- What does not vary is withheld: it is what the other two leave.
effects as (

    select
        coalesce(margin_effect, net_effect + cost_effect) as margin_effect,
        coalesce(cost_effect, margin_effect - net_effect) as cost_effect
    from published

),

claimed as (

    select
        ledger.scenario,
        {{ cx_warehouse.steady_sum('ledger.claimed_amount') }} as claimed_amount,
        max(ledger.claimed_amount) as largest_amount,
        sum(case when ledger.claimed_amount is not null then ledger.customer_month_count end) as customer_month_count
    from ledger
    group by ledger.scenario

)

select
    claimed.scenario,
    claimed.claimed_amount,
    claimed.customer_month_count,
    effects.margin_effect,
    effects.cost_effect
from claimed
inner join {{ ref('int_assumptions_cased') }} as cases on claimed.scenario = cases.scenario
cross join effects
where
    claimed.largest_amount > 1e-6
    and claimed.claimed_amount
    > claimed.customer_month_count * (effects.margin_effect - cases.marginal_service_cost_share * effects.cost_effect) + 1e-6
