-- Grain: one row per initiative × scenario, and one per scenario for the headline.
-- The headline adds up grades A and B only, found or not found: one that counted found effects alone would add up luck.
{#- A return on nothing, or on a refund, is no return. #}
{%- set spent = 'case when judged.cost_amount > 0 then judged.cost_amount end' %}
with

initiatives as (

    select * from {{ ref('dim_initiatives') }}

),

windows as (

    select initiative_id, is_started from {{ ref('int_initiatives_windowed') }}

),

cases as (

    select * from {{ ref('int_assumptions_cased') }} where scenario is not null

),

cash as (

    select
        mart_roi_cash.*,
        1e0 * months_since_start / 12.0 as years_since_start
    from {{ ref('mart_roi_cash') }} as mart_roi_cash
    inner join cases on mart_roi_cash.case_id = cases.case_id

),

effects as (

    select * from {{ ref('mart_initiative_effects') }}

),

unpriced as (

    {{ cx_warehouse.unpriced_currencies(['crm.initiative_costs']) }}

),

-- The middle of an interval is the effect, also where the effect itself rests on too few customers to be shown.
sides as (

    select
        initiative_id,
        max(case when metric_id = 'net_margin_per_customer_month' then grade end) as grade,
        max(case when metric_id = 'net_margin_per_customer_month' then status end) as effect_status,
        max(case when metric_id = 'net_margin_per_customer_month' then reason end) as effect_reason,
        {% for name, metric_id in [
            ('margin', 'margin_per_customer_month'), ('cost', 'service_cost_per_customer_month'), ('net', 'net_margin_per_customer_month')
        ] -%}
        max(case when metric_id = '{{ metric_id }}' then (effect_low + effect_high) / 2.0 end) as {{ name }}_effect,
        max(case when metric_id = '{{ metric_id }}' then effect_error * effect_error end) as {{ name }}_variance,
        {% endfor -%}
        max(case when metric_id = 'net_margin_per_customer_month' then {{ cx_warehouse.ratio('effect_high - effect_low', '2.0 * effect_error') }} end) as t_975
    from effects
    group by initiative_id

),

-- What does not vary has no interval of its own (nobody cost anything in service, say): then all of the difference of the
-- two, and of its error, is the other's.
completed as (

    select
        initiative_id,
        grade,
        effect_status,
        effect_reason,
        coalesce(margin_effect, net_effect + cost_effect) as margin_effect,
        coalesce(cost_effect, margin_effect - net_effect) as cost_effect,
        coalesce(margin_variance, case when net_variance is not null then 0e0 end) as margin_variance,
        coalesce(cost_variance, case when net_variance is not null then 0e0 end) as cost_variance,
        net_variance,
        t_975
    from sides

),

summed as (

    select
        initiative_id,
        case_id as scenario,
        max(grade) as cash_grade,
        min(case when months_since_start = 0 then month end) as start_month,
        sum(case when is_measured then customer_count else 0 end) as customer_month_count,
        count(case when is_measured and months_since_start >= 0 then month end) as measured_month_count,
        count(case when not is_measured and months_since_start >= 0 then month end) as projected_month_count,
        min(claim_scale) as claim_scale,
        count(*) = count(cost_amount) as is_cost_known,
        count(*) = count(net_amount) as is_net_known,
        {{ cx_warehouse.steady_sum('effective_customer_count * discount_factor') }} as discounted_customer_months,
        {{ cx_warehouse.steady_sum('margin_amount * discount_factor') }} as margin_amount,
        {{ cx_warehouse.steady_sum('saved_amount * discount_factor') }} as saved_amount,
        {{ cx_warehouse.steady_sum('case when is_measured then (margin_amount + saved_amount) * discount_factor else 0 end') }} as measured_benefit_amount,
        {{ cx_warehouse.steady_sum('case when is_measured then margin_amount + saved_amount else 0 end') }} as claimed_amount,
        {{ cx_warehouse.steady_sum('cost_amount * discount_factor') }} as cost_amount,
        {{ cx_warehouse.steady_sum('case when is_spent then cost_amount * discount_factor else 0 end') }} as spent_amount
    from cash
    group by initiative_id, case_id

),

-- An effect less a share of another: its variance follows from those of both and of their plain difference.
valued as (

    select
        summed.*,
        completed.grade,
        completed.effect_status,
        completed.effect_reason,
        cases.discount_rate,
        cases.horizon_months,
        cases.marginal_service_cost_share,
        summed.claim_scale * (completed.margin_effect - cases.marginal_service_cost_share * completed.cost_effect) as net_effect,
        sqrt(greatest(
            completed.margin_variance + cases.marginal_service_cost_share * cases.marginal_service_cost_share * completed.cost_variance
            - cases.marginal_service_cost_share * (completed.margin_variance + completed.cost_variance - completed.net_variance),
            case when completed.net_variance is not null then 0e0 end
        )) as net_error,
        completed.t_975
    from summed
    inner join cases on summed.scenario = cases.scenario
    left join completed on summed.initiative_id = completed.initiative_id
    where summed.initiative_id <> 'all'

),

-- What one initiative adds to the headline, valued when the first of them started.
added as (

    select
        valued.scenario,
        count(*) as initiative_count,
        max(valued.effect_status) as effect_status,
        sum(valued.customer_month_count) as customer_month_count,
        {{ cx_warehouse.steady_sum('together.discount_factor * valued.measured_benefit_amount') }} as measured_benefit_amount,
        {{ cx_warehouse.steady_sum('valued.claimed_amount') }} as claimed_amount,
        sqrt({{ cx_warehouse.steady_sum('power(together.discount_factor * valued.discounted_customer_months * valued.net_error, 2)') }}) as npv_error,
        sqrt({{ cx_warehouse.steady_sum('power(together.discount_factor * valued.discounted_customer_months * valued.net_error * valued.t_975, 2)') }}) as npv_half_width
    from valued
    inner join cash as together
        on together.initiative_id = 'all'
        and valued.scenario = together.case_id
        and valued.start_month = together.month
    where valued.grade in ('A', 'B') and valued.is_net_known
    group by valued.scenario

),

beside as (

    select
        scenario,
        count(*) as other_initiative_count,
        {{ cx_warehouse.steady_sum('margin_amount + saved_amount - cost_amount') }} as other_npv
    from valued
    where coalesce(grade, 'E') not in ('A', 'B') and is_net_known
    group by scenario

),

rows_of_all as (

    select
        valued.initiative_id,
        valued.scenario,
        valued.start_month,
        valued.customer_month_count,
        valued.measured_month_count,
        valued.projected_month_count,
        valued.claim_scale,
        valued.is_cost_known,
        valued.is_net_known,
        valued.discounted_customer_months,
        valued.margin_amount,
        valued.saved_amount,
        valued.measured_benefit_amount,
        valued.claimed_amount,
        valued.cost_amount,
        valued.spent_amount,
        valued.grade,
        valued.effect_status,
        valued.effect_reason,
        valued.net_effect,
        valued.t_975 * valued.net_error as net_half_width,
        valued.discounted_customer_months * valued.net_effect as middle_benefit_amount,
        valued.discounted_customer_months * valued.net_error as npv_error,
        valued.discounted_customer_months * valued.net_error * valued.t_975 as npv_half_width,
        1 as initiative_count,
        cast(null as {{ dbt.type_bigint() }}) as other_initiative_count,
        cast(null as double) as other_npv
    from valued

    union all

    select
        'all' as initiative_id,
        cases.scenario,
        summed.start_month,
        added.customer_month_count,
        summed.measured_month_count,
        summed.projected_month_count,
        cast(null as double) as claim_scale,
        coalesce(summed.is_cost_known, false) as is_cost_known,
        coalesce(summed.is_net_known, false) as is_net_known,
        summed.discounted_customer_months,
        summed.margin_amount,
        summed.saved_amount,
        added.measured_benefit_amount,
        added.claimed_amount,
        summed.cost_amount,
        summed.spent_amount,
        summed.cash_grade as grade,
        added.effect_status,
        case when added.effect_status = 'provisional' then 'the months compared are not all over' end as effect_reason,
        cast(null as double) as net_effect,
        cast(null as double) as net_half_width,
        summed.margin_amount + summed.saved_amount as middle_benefit_amount,
        added.npv_error,
        added.npv_half_width,
        coalesce(added.initiative_count, 0) as initiative_count,
        coalesce(beside.other_initiative_count, 0) as other_initiative_count,
        beside.other_npv
    from cases
    left join summed on summed.initiative_id = 'all' and cases.scenario = summed.scenario
    left join added on cases.scenario = added.scenario
    left join beside on cases.scenario = beside.scenario

),

flows as (

    select
        cash.initiative_id,
        cash.case_id,
        cash.months_since_start,
        cash.years_since_start,
        cash.net_amount,
        cash.discounted_amount
    from cash
    inner join rows_of_all
        on cash.initiative_id = rows_of_all.initiative_id
        and cash.case_id = rows_of_all.scenario
        and rows_of_all.is_net_known

),

simple_paybacks as (

    {{ cx_warehouse.payback('flows', ['initiative_id', 'case_id'], 'months_since_start', 'net_amount', name='payback_months') }}

),

discounted_paybacks as (

    {{ cx_warehouse.payback('flows', ['initiative_id', 'case_id'], 'months_since_start', 'discounted_amount', name='discounted_payback_months') }}

),

rates as (

    {{ cx_warehouse.internal_rate_of_return('flows', ['initiative_id', 'case_id'], 'years_since_start', 'net_amount') }}

),

-- What has not started has a row too, so that a page can say why it holds no number.
rows_wanted as (

    select initiatives.initiative_id, initiatives.state, cases.scenario, cases.discount_rate, cases.horizon_months, windows.is_started
    from initiatives
    inner join windows on initiatives.initiative_id = windows.initiative_id
    cross join cases

    union all

    select 'all' as initiative_id, cast(null as {{ dbt.type_string() }}) as state, scenario, discount_rate, horizon_months, true as is_started
    from cases

),

known as (

    select
        rows_wanted.initiative_id,
        rows_wanted.state,
        rows_wanted.scenario,
        rows_wanted.discount_rate,
        rows_wanted.horizon_months,
        {% for column in [
            'start_month', 'customer_month_count', 'measured_month_count', 'projected_month_count', 'claim_scale', 'margin_amount', 'saved_amount',
            'measured_benefit_amount', 'claimed_amount', 'grade', 'effect_status', 'net_effect', 'net_half_width',
            'npv_error', 'npv_half_width', 'discounted_customer_months', 'initiative_count', 'other_initiative_count', 'other_npv', 'is_net_known'
        ] -%}
        rows_of_all.{{ column }},
        {% endfor -%}
        -- Unknown in one month is unknown in the whole.
        case when rows_of_all.is_cost_known then rows_of_all.cost_amount end as cost_amount,
        case when rows_of_all.is_cost_known then rows_of_all.spent_amount end as spent_amount,
        case when rows_of_all.is_cost_known then rows_of_all.middle_benefit_amount - rows_of_all.cost_amount end as middle_npv,
        case
            when not rows_wanted.is_started then 'it starts after as_of'
            when rows_wanted.horizon_months > {{ cx_warehouse.longest_horizon() }}
                then 'a horizon of more than {{ cx_warehouse.longest_horizon() | trim }} months is not projected'
            when not {{ cx_warehouse.is_present('crm.initiatives') }} then 'source missing: crm.initiatives'
            when not {{ cx_warehouse.is_present('crm.initiative_costs') }} then 'source missing: crm.initiative_costs'
            when rows_wanted.initiative_id = 'all' and coalesce(rows_of_all.initiative_count, 0) = 0
                then 'no initiative of grade A or B has its return measured'
            when not coalesce(rows_of_all.is_cost_known, false)
                then coalesce('no rate in fx_rates for ' || unpriced.currencies, 'the currency of its costs is not known')
            when rows_of_all.effect_status = 'withheld' then rows_of_all.effect_reason
            when rows_of_all.discounted_customer_months = 0 then 'all its customers are claimed by another initiative'
            when rows_of_all.npv_half_width is null then 'margin or service cost has no effect measured'
        end as withheld_reason,
        rows_of_all.effect_reason
    from rows_wanted
    cross join unpriced
    left join rows_of_all
        on rows_wanted.initiative_id = rows_of_all.initiative_id and rows_wanted.scenario = rows_of_all.scenario

),

-- An npv is shown where its effect is, its interval wherever that of the effect is.
judged as (

    select
        known.*,
        case when withheld_reason is null and is_net_known then margin_amount + saved_amount - cost_amount end as npv,
        case when withheld_reason is null then middle_npv - npv_half_width end as npv_low,
        case when withheld_reason is null then middle_npv + npv_half_width end as npv_high
    from known

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['judged.initiative_id', 'judged.scenario']) }} as roi_ledger_id,
        judged.initiative_id,
        judged.scenario,
        judged.state,
        case when judged.withheld_reason is null then judged.grade end as grade,
        case
            when judged.npv_low > 0 then 'gain'
            when judged.npv_high < 0 then 'loss'
            else 'not enough evidence'
        end as verdict,
        'effect per customer-month × customer-months claimed, discounted monthly from the month of the start; interval that of the effect; chance of a gain: normal, from its error alone' as method,
        case when judged.withheld_reason is not null then 'withheld' when judged.effect_status = 'provisional' then 'provisional' else 'final' end as status,
        coalesce(judged.withheld_reason, judged.effect_reason) as reason,
        judged.start_month,
        cast(judged.initiative_count as {{ dbt.type_bigint() }}) as initiative_count,
        judged.other_initiative_count,
        cast(judged.customer_month_count as {{ dbt.type_bigint() }}) as customer_month_count,
        judged.measured_month_count,
        judged.projected_month_count,
        judged.horizon_months,
        judged.discount_rate,
        case when judged.is_net_known then judged.claim_scale end as claim_scale,
        case when judged.npv is not null then judged.net_effect end as net_effect,
        case when judged.withheld_reason is null then judged.net_effect - judged.net_half_width end as net_effect_low,
        case when judged.withheld_reason is null then judged.net_effect + judged.net_half_width end as net_effect_high,
        case when judged.withheld_reason is null then {{ cx_warehouse.ratio('judged.cost_amount', 'judged.discounted_customer_months') }} end as break_even_effect,
        case when judged.npv is not null then judged.claimed_amount end as claimed_amount,
        case when judged.npv is not null then judged.margin_amount end as margin_amount,
        case when judged.npv is not null then judged.saved_amount end as saved_amount,
        case when judged.npv is not null then judged.margin_amount + judged.saved_amount end as benefit_amount,
        case when judged.npv is not null then judged.measured_benefit_amount end as measured_benefit_amount,
        case when judged.npv is not null then judged.margin_amount + judged.saved_amount - judged.measured_benefit_amount end as projected_benefit_amount,
        judged.cost_amount,
        judged.spent_amount,
        judged.npv,
        judged.npv_low,
        judged.npv_high,
        {{ cx_warehouse.ratio('judged.npv', spent) }} as roi,
        {{ cx_warehouse.ratio('judged.npv_low', spent) }} as roi_low,
        {{ cx_warehouse.ratio('judged.npv_high', spent) }} as roi_high,
        case when judged.npv is not null then rates.internal_rate end as internal_rate,
        case
            when judged.npv is not null
                then {{ cx_warehouse.normal_tail(cx_warehouse.ratio('-1e0 * judged.npv', 'judged.npv_error')) }}
        end as gain_probability,
        case when judged.npv is not null then simple_paybacks.payback_months end as payback_months,
        case when judged.npv is not null then discounted_paybacks.discounted_payback_months end as discounted_payback_months,
        judged.other_npv
    from judged
    left join simple_paybacks on judged.initiative_id = simple_paybacks.initiative_id and judged.scenario = simple_paybacks.case_id
    left join discounted_paybacks on judged.initiative_id = discounted_paybacks.initiative_id and judged.scenario = discounted_paybacks.case_id
    left join rates on judged.initiative_id = rates.initiative_id and judged.scenario = rates.case_id

)

select
    roi_ledger_id,
    initiative_id,
    scenario,
    state,
    grade,
    verdict,
    method,
    status,
    reason,
    start_month,
    initiative_count,
    other_initiative_count,
    customer_month_count,
    measured_month_count,
    projected_month_count,
    cast(horizon_months as {{ dbt.type_bigint() }}) as horizon_months,
    discount_rate,
    claim_scale,
    net_effect,
    net_effect_low,
    net_effect_high,
    break_even_effect,
    claimed_amount,
    margin_amount,
    saved_amount,
    benefit_amount,
    measured_benefit_amount,
    projected_benefit_amount,
    cost_amount,
    spent_amount,
    npv,
    npv_low,
    npv_high,
    roi,
    roi_low,
    roi_high,
    internal_rate,
    gain_probability,
    payback_months,
    discounted_payback_months,
    other_npv
from final
