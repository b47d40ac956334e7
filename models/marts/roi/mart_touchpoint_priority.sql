-- Grain: one row per touchpoint.
-- P(rank ≤ 3) is an integral, not a simulation: over the touchpoint's own money at risk (normal) of the probability that at
-- most two others have more, those being independent. It is summed at 401 points from −4 to 4 standard errors, weighted
-- by the normal density, so that every run and every engine gives the same number.
-- Beyond this an odds would swamp the others in double precision.
{%- set least_share = '1e-7' %}
with

touchpoints as (

    select * from {{ ref('dim_touchpoints') }}

),

shrunk as (

    select * from {{ ref('int_touchpoints_shrunk') }}

),

metrics as (

    select * from {{ ref('dim_metrics') }} where metric_id = 'miss_rate'

),

available as (

    select * from {{ ref('int_metrics_available') }}

),

unpriced as (

    {{ cx_warehouse.unpriced_currencies(['crm.contacts', 'fulfilment.adjustments']) }}

),

missed_orders as (

    select
        max(case when component = 'total' then difference end) as miss_cost,
        max(case when component = 'total' then difference_high - difference_low end) / (2e0 * {{ cx_warehouse.z_95() }}) as miss_cost_error,
        max(case when component = 'lost_margin' then difference end) as lost_margin
    from {{ ref('mart_cost_of_miss') }}
    where outcome = 'missed' and segment = 'all'

),

-- Something has come due here, and nobody knows how it ended: that is not that there was nothing.
untold as (

    select promises.touchpoint
    from {{ ref('fct_promises') }} as promises
    inner join {{ ref('int_reporting_period_months') }} as period_months
        on {{ cx_warehouse.due_month('promises.due_date', 'promises.due_at') }} = period_months.period_month
        and period_months.month = 'last_12_months'
    where
        promises.source = 'explicit'
        and promises.is_first
        and promises.is_due_passed
        and promises.outcome = 'unknown'
    group by promises.touchpoint

),

-- A touchpoint that promises deliveries misses orders, and what a missed order costs is known of orders alike, lost margin
-- included. A cost is known for all touchpoints or for none, since what a miss costs everywhere stands in where it is not,
-- and where a currency has no rate the others are no sample of what was spent: then misses are ranked, not money.
costed as (

    select
        shrunk.exposure_kind,
        shrunk.touchpoint,
        shrunk.exposure_count,
        shrunk.missed_count,
        shrunk.controllable_count,
        shrunk.judged_control_count,
        shrunk.missed_rate,
        shrunk.prior_rate,
        shrunk.correlation,
        shrunk.shrunk_rate,
        shrunk.shrunk_rate_error,
        shrunk.month_count,
        shrunk.monthly_exposures,
        case
            when unpriced.currencies is not null then null
            when missed_orders.miss_cost is null then shrunk.cost_basis
            else 'missed_orders'
        end as cost_basis,
        case
            when unpriced.currencies is not null then null
            when missed_orders.miss_cost is null then shrunk.miss_cost
            else missed_orders.miss_cost
        end as miss_cost,
        case
            when unpriced.currencies is not null then null
            when missed_orders.miss_cost is null then shrunk.miss_cost_error
            else missed_orders.miss_cost_error
        end as miss_cost_error,
        case when unpriced.currencies is null then missed_orders.lost_margin end as lost_margin
    from shrunk
    cross join unpriced
    left join missed_orders
        on shrunk.delivery_count = shrunk.exposure_count
        and shrunk.miss_cost is not null
        and missed_orders.miss_cost_error is not null

),

valued as (

    select
        costed.*,
        monthly_exposures * shrunk_rate as monthly_misses,
        monthly_exposures * shrunk_rate * miss_cost as money,
        monthly_exposures * sqrt(
            shrunk_rate * shrunk_rate * miss_cost_error * miss_cost_error
            + miss_cost * miss_cost * shrunk_rate_error * shrunk_rate_error
            + shrunk_rate_error * shrunk_rate_error * miss_cost_error * miss_cost_error
        ) as money_error,
        coalesce(monthly_exposures * shrunk_rate * miss_cost, monthly_exposures * shrunk_rate) as weight_mean,
        greatest(
            case
                when miss_cost is null then monthly_exposures * shrunk_rate_error
                else monthly_exposures * sqrt(
                    shrunk_rate * shrunk_rate * miss_cost_error * miss_cost_error
                    + miss_cost * miss_cost * shrunk_rate_error * shrunk_rate_error
                    + shrunk_rate_error * shrunk_rate_error * miss_cost_error * miss_cost_error
                )
            end,
            1e-9
        ) as weight_error
    from costed

),

digits as (

    {% for digit in range(10) -%}
    select {{ digit }} as digit
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

points as (

    select (hundreds.digit * 100 + tens.digit * 10 + ones.digit - 200) / 50.0 as z
    from digits as hundreds
    cross join digits as tens
    cross join digits as ones
    where hundreds.digit * 100 + tens.digit * 10 + ones.digit <= 400

),

-- How likely each other touchpoint has more than this one would have at that point.
above as (

    select
        own.touchpoint,
        points.z,
        least(greatest(
            {{ cx_warehouse.normal_tail('((own.weight_mean + points.z * own.weight_error - other.weight_mean) / (other.weight_error))') }},
            {{ least_share }}
        ), 1e0 - {{ least_share }}) as share
    from valued as own
    cross join points
    inner join valued as other on own.touchpoint <> other.touchpoint

),

-- None, one or two of independent events: the product of what does not happen, times 1, Σ odds, ((Σ odds)² − Σ odds²) ÷ 2.
combined as (

    select
        touchpoint,
        z,
        exp({{ cx_warehouse.steady_sum('ln(1e0 - share)') }}) as none_share,
        {{ cx_warehouse.steady_sum(cx_warehouse.ratio('share', '(1e0 - share)')) }} as odds,
        {{ cx_warehouse.steady_sum(
            cx_warehouse.ratio('share', '(1e0 - share)') ~ ' * ' ~ cx_warehouse.ratio('share', '(1e0 - share)')
        ) }} as odds_squared
    from above
    group by touchpoint, z

),

placed as (

    select
        touchpoint,
        {{ cx_warehouse.ratio(
            cx_warehouse.steady_sum('exp(-z * z / 2.0) * none_share * (1e0 + odds + (odds * odds - odds_squared) / 2.0)'),
            cx_warehouse.steady_sum('exp(-z * z / 2.0)')
        ) }} as top_3_probability
    from combined
    group by touchpoint

),

ranked as (

    select
        valued.*,
        least(greatest(coalesce(placed.top_3_probability, 1e0), 0e0), 1e0) as top_3_probability,
        row_number() over (order by valued.weight_mean desc, valued.touchpoint) as priority_rank,
        greatest(valued.shrunk_rate - {{ cx_warehouse.z_95() }} * valued.shrunk_rate_error, 0e0) as shrunk_rate_low,
        least(valued.shrunk_rate + {{ cx_warehouse.z_95() }} * valued.shrunk_rate_error, 1e0) as shrunk_rate_high,
        valued.money - {{ cx_warehouse.z_95() }} * valued.money_error as money_low,
        valued.money + {{ cx_warehouse.z_95() }} * valued.money_error as money_high
    from valued
    left join placed on valued.touchpoint = placed.touchpoint

),

keys as (

    select touchpoint from touchpoints
    union
    select touchpoint from ranked
    union
    select touchpoint from untold

),

final as (

    select
        keys.touchpoint,
        coalesce(touchpoints.touchpoint_name, keys.touchpoint) as touchpoint_name,
        ranked.exposure_kind,
        'rate: beta-binomial empirical Bayes (moments), normal 95 %; money: product of rate and cost, normal 95 %; P: quadrature' as method,
        case when ranked.cost_basis = 'missed_orders' then 'C' else 'D' end as grade,
        {{ cx_warehouse.estimate_status('ranked.exposure_count', 'false') }} as status,
        case
            when ranked.touchpoint is null and not rate_available.is_available then rate_available.reason
            when ranked.touchpoint is null and untold.touchpoint is not null
                then 'of no promise that has come due here is it known whether it was kept'
            when ranked.touchpoint is null then 'nothing promised has come due here in 12 months, and nothing was asked before and after'
            else {{ cx_warehouse.estimate_reason('ranked.exposure_count') }}
        end as reason,
        ranked.cost_basis,
        case
            when ranked.touchpoint is null or ranked.money is not null then null
            when not money_available.is_available then money_available.reason
            when unpriced.currencies is not null then concat('no rate in fx_rates for ', unpriced.currencies)
            else 'fewer than 30 missed or 30 kept orders with their cost on record, or all of them cost the same'
        end as money_reason,
        case
            when coalesce(ranked.exposure_count, 0) < 30 then 'not_enough_evidence'
            when ranked.shrunk_rate_high <= metrics.target then 'fine'
            when ranked.money is null then 'not_enough_evidence'
            when ranked.money_low <= 0 and ranked.money_high >= 0 then 'not_enough_evidence'
            -- Where a miss is known to save money nothing is at risk, however often it happens.
            when ranked.money_low > 0 and ranked.top_3_probability >= 0.8 then 'worst_first'
            else 'watch'
        end as verdict,
        -- Where a source is absent or tells of none of them nobody knows how many were missed, nor by what cause.
        {% for column in ['exposure_count', 'missed_count'] -%}
        case
            when ranked.touchpoint is not null or rate_available.is_available and untold.touchpoint is null
                then coalesce(ranked.{{ column }}, 0)
        end as {{ column }},
        {% endfor -%}
        {% for column in ['controllable_count', 'judged_control_count'] -%}
        case
            when {{ cx_warehouse.is_present('fulfilment.orders') }} and {{ cx_warehouse.is_present('fulfilment.shipments') }}
                then ranked.{{ column }}
        end as {{ column }},
        {% endfor -%}
        cast(ranked.priority_rank as {{ dbt.type_bigint() }}) as priority_rank,
        cast(ranked.month_count as {{ dbt.type_bigint() }}) as month_count,
        ranked.monthly_exposures,
        {{ cx_warehouse.point('ranked.missed_rate', 'ranked.exposure_count') }} as missed_rate,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('ranked.missed_count', 'ranked.exposure_count'), 'ranked.exposure_count') }} as missed_rate_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('ranked.missed_count', 'ranked.exposure_count'), 'ranked.exposure_count') }} as missed_rate_high,
        ranked.prior_rate,
        ranked.correlation as prior_correlation,
        {{ cx_warehouse.point('ranked.shrunk_rate', 'ranked.exposure_count') }} as shrunk_rate,
        {{ cx_warehouse.bound('ranked.shrunk_rate_low', 'ranked.exposure_count') }} as shrunk_rate_low,
        {{ cx_warehouse.bound('ranked.shrunk_rate_high', 'ranked.exposure_count') }} as shrunk_rate_high,
        {{ cx_warehouse.point('ranked.miss_cost', 'ranked.exposure_count') }} as miss_cost,
        {{ cx_warehouse.bound('ranked.miss_cost - ' ~ cx_warehouse.z_95() ~ ' * ranked.miss_cost_error', 'ranked.exposure_count') }} as miss_cost_low,
        {{ cx_warehouse.bound('ranked.miss_cost + ' ~ cx_warehouse.z_95() ~ ' * ranked.miss_cost_error', 'ranked.exposure_count') }} as miss_cost_high,
        {{ cx_warehouse.point('ranked.lost_margin', 'ranked.exposure_count') }} as miss_lost_margin,
        {{ cx_warehouse.point('ranked.money', 'ranked.exposure_count') }} as money_at_risk,
        {{ cx_warehouse.bound('ranked.money_low', 'ranked.exposure_count') }} as money_at_risk_low,
        {{ cx_warehouse.bound('ranked.money_high', 'ranked.exposure_count') }} as money_at_risk_high,
        case
            when ranked.money_low <= 0 and ranked.money_high >= 0
                then {{ cx_warehouse.bound(cx_warehouse.needed_count('ranked.exposure_count', 'ranked.money', 'ranked.money_error'), 'ranked.exposure_count') }}
        end as needed_observation_count,
        {{ cx_warehouse.bound('ranked.top_3_probability', 'ranked.exposure_count') }} as top_3_probability,
        {{ cx_warehouse.point(cx_warehouse.ratio('ranked.controllable_count', 'ranked.judged_control_count'), 'ranked.judged_control_count') }} as controllable_share,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('ranked.controllable_count', 'ranked.judged_control_count'), 'ranked.judged_control_count') }} as controllable_share_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('ranked.controllable_count', 'ranked.judged_control_count'), 'ranked.judged_control_count') }} as controllable_share_high
    from keys
    cross join metrics
    cross join unpriced
    inner join available as rate_available on rate_available.metric_id = 'miss_rate'
    inner join available as money_available on money_available.metric_id = 'money_at_risk'
    left join touchpoints on keys.touchpoint = touchpoints.touchpoint
    left join ranked on keys.touchpoint = ranked.touchpoint
    left join untold on keys.touchpoint = untold.touchpoint

)

select
    touchpoint,
    touchpoint_name,
    exposure_kind,
    method,
    grade,
    status,
    reason,
    cost_basis,
    money_reason,
    verdict,
    exposure_count,
    missed_count,
    controllable_count,
    judged_control_count,
    priority_rank,
    month_count,
    needed_observation_count,
    monthly_exposures,
    missed_rate,
    missed_rate_low,
    missed_rate_high,
    prior_rate,
    prior_correlation,
    shrunk_rate,
    shrunk_rate_low,
    shrunk_rate_high,
    miss_cost,
    miss_cost_low,
    miss_cost_high,
    miss_lost_margin,
    money_at_risk,
    money_at_risk_low,
    money_at_risk_high,
    top_3_probability,
    controllable_share,
    controllable_share_low,
    controllable_share_high
from final
