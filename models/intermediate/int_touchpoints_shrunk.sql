-- Grain: one row per touchpoint that had a chance to disappoint in the last 12 complete months.
-- Rates are shrunk towards the rate of all touchpoints that are judged the same way. The variance of a shrunk rate is that
-- of its beta distribution and of the rate of all: p (1 − p) ρ ÷ (1 + n ρ) + (1 − weight)² π (1 − π) Σ n (1 + (n − 1) ρ) ÷ N².
with

exposures as (

    select * from {{ ref('int_touchpoints_exposed') }}

),

costs as (

    select * from {{ ref('int_touchpoints_costed') }}

),

counted as (

    select
        exposure_kind,
        touchpoint,
        count(*) as exposure_count,
        max(month_count) as month_count,
        {{ cx_warehouse.count_if('is_missed') }} as missed_count,
        {{ cx_warehouse.count_if('is_controllable') }} as controllable_count,
        count(is_controllable) as judged_control_count,
        {{ cx_warehouse.count_if('is_about_delivery') }} as delivery_count
    from exposures
    group by exposure_kind, touchpoint

),

pools as (

    select
        exposure_kind,
        count(*) as touchpoint_count,
        cast(sum(exposure_count) as double) as exposure_count,
        cast(sum(exposure_count * exposure_count) as double) as exposure_squares,
        {{ cx_warehouse.ratio('sum(missed_count)', 'sum(exposure_count)') }} as rate
    from counted
    group by exposure_kind

),

spreads as (

    select
        pools.exposure_kind,
        {{ cx_warehouse.steady_sum(
            'counted.exposure_count * (' ~ cx_warehouse.ratio('counted.missed_count', 'counted.exposure_count') ~ ' - pools.rate)'
            ~ ' * (' ~ cx_warehouse.ratio('counted.missed_count', 'counted.exposure_count') ~ ' - pools.rate)'
        ) }} as squares
    from counted
    inner join pools on counted.exposure_kind = pools.exposure_kind
    group by pools.exposure_kind

),

priors as (

    select
        pools.*,
        {{ cx_warehouse.beta_binomial_correlation('spreads.squares', 'pools.rate', 'pools.touchpoint_count', 'pools.exposure_count', 'pools.exposure_squares') }} as correlation
    from pools
    inner join spreads on pools.exposure_kind = spreads.exposure_kind

),

shrunk as (

    select
        counted.*,
        priors.rate as prior_rate,
        priors.correlation,
        priors.exposure_count as pool_count,
        priors.exposure_squares,
        {{ cx_warehouse.ratio('counted.missed_count', 'counted.exposure_count') }} as missed_rate,
        -- Alone in its pool, or without any spread to learn from, a touchpoint keeps its own rate.
        coalesce({{ cx_warehouse.beta_binomial_weight('counted.exposure_count', 'priors.correlation') }}, 1e0) as weight
    from counted
    inner join priors on counted.exposure_kind = priors.exposure_kind

),

rated as (

    select
        shrunk.*,
        prior_rate + (missed_rate - prior_rate) * weight as shrunk_rate
    from shrunk

),

varied as (

    select
        rated.*,
        case
            when correlation is null
                then ({{ cx_warehouse.wilson_high('missed_count', 'exposure_count') }} - {{ cx_warehouse.wilson_low('missed_count', 'exposure_count') }})
                    / (2.0 * {{ cx_warehouse.z_95() }})
            else sqrt(
                {{ cx_warehouse.ratio('shrunk_rate * (1e0 - shrunk_rate) * correlation', '(1e0 + exposure_count * correlation)') }}
                + (1e0 - weight) * (1e0 - weight) * prior_rate * (1e0 - prior_rate)
                * {{ cx_warehouse.ratio('(pool_count * (1e0 - correlation) + exposure_squares * correlation)', '(pool_count * pool_count)') }}
            )
        end as shrunk_rate_error
    from rated

),

final as (

    select
        varied.exposure_kind,
        varied.touchpoint,
        varied.exposure_count,
        varied.missed_count,
        varied.controllable_count,
        varied.judged_control_count,
        varied.delivery_count,
        varied.missed_rate,
        varied.prior_rate,
        varied.correlation,
        varied.weight,
        varied.shrunk_rate,
        varied.shrunk_rate_error,
        varied.month_count,
        {{ cx_warehouse.ratio('varied.exposure_count', 'varied.month_count') }} as monthly_exposures,
        -- Where too few were missed or kept to tell, a miss costs what it costs everywhere; where all cost the same nobody can tell.
        case
            when own.missed_count >= 30 and own.kept_count >= 30 and own.miss_cost_error is not null then 'touchpoint'
            when everywhere.missed_count >= 30 and everywhere.kept_count >= 30 and everywhere.miss_cost_error is not null then 'all'
        end as cost_basis,
        case
            when own.missed_count >= 30 and own.kept_count >= 30 and own.miss_cost_error is not null then own.miss_cost
            when everywhere.missed_count >= 30 and everywhere.kept_count >= 30 and everywhere.miss_cost_error is not null then everywhere.miss_cost
        end as miss_cost,
        case
            when own.missed_count >= 30 and own.kept_count >= 30 and own.miss_cost_error is not null then own.miss_cost_error
            when everywhere.missed_count >= 30 and everywhere.kept_count >= 30 and everywhere.miss_cost_error is not null then everywhere.miss_cost_error
        end as miss_cost_error
    from varied
    left join costs as own on varied.touchpoint = own.touchpoint
    left join costs as everywhere on everywhere.touchpoint = 'all'

)

select * from final
