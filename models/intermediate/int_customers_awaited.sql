-- Grain: one row per segment, and one for `all`.
-- After how many days the assumed share of kept customers has ordered again: who is silent for longer than that after a
-- miss is not merely slow.
{%- set fewest_at_risk = 10 %}
with

orders as (

    select * from {{ ref('int_orders_followed') }} where outcome = 'kept' and not is_reordered_before and followed_days >= 0

),

assumed as (

    select base as lost_share from {{ ref('ref_assumptions') }} where assumption = 'lost_share'

),

rolled_up as (

    select
        {{ cx_warehouse.dimension('segment') }} as segment,
        customer_id,
        coalesce(reordered_days, followed_days) as passed_days,
        is_reordered
    from orders

    union all

    select
        'all' as segment,
        customer_id,
        coalesce(reordered_days, followed_days) as passed_days,
        is_reordered
    from orders

),

curves as (

    {{ cx_warehouse.kaplan_meier('rolled_up', ['segment'], 'passed_days', 'is_reordered') }}

),

-- Where few are still followed the curve hangs on single people.
quantiles as (

    select
        curves.segment,
        {{ cx_warehouse.curve_quantile('curves.passed_days', 'curves.survival_rate', 'assumed.lost_share') }} as usual_days
    from curves
    cross join assumed
    where curves.at_risk_count >= {{ fewest_at_risk }}
    group by curves.segment

),

counted as (

    select segment, count(distinct customer_id) as customer_count
    from rolled_up
    group by segment

),

final as (

    select
        counted.segment,
        counted.customer_count,
        cast(assumed.lost_share as double) as lost_share,
        quantiles.usual_days
    from counted
    cross join assumed
    left join quantiles on counted.segment = quantiles.segment

)

select * from final
