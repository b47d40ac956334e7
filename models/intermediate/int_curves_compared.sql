-- Grain: one row per index kind × horizon.
-- Kaplan–Meier after a missed promise against after a kept one: unlike the rates of those followed for the whole horizon it
-- uses everybody for as long as they were followed.
{%- set horizons = [30, 60, 90, 180, 365] %}
with

orders as (

    select index_kind, customer_id, is_exposed, passed_days, is_reordered
    from {{ ref('int_orders_compared') }}
    where comparison = 'missed_and_kept'

),

horizons as (

    {% for horizon in horizons -%}
    select {{ horizon }} as horizon_days
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

curves as (

    {{ cx_warehouse.kaplan_meier('orders', ['index_kind', 'is_exposed'], 'passed_days', 'is_reordered') }}

),

sides as (

    select
        index_kind,
        is_exposed,
        count(*) as order_count,
        count(distinct customer_id) as customer_count,
        max(passed_days) as longest_days
    from orders
    group by index_kind, is_exposed

),

-- A curve says nothing beyond the longest follow-up: it has no value there.
on_the_day as (

    select
        sides.index_kind,
        sides.is_exposed,
        sides.order_count,
        sides.customer_count,
        horizons.horizon_days,
        case
            when sides.longest_days >= horizons.horizon_days then case when curves.passed_days is null then 1e0 else curves.survival_rate end
        end as survival_rate,
        case
            when sides.longest_days >= horizons.horizon_days then case when curves.passed_days is null then 0e0 else curves.log_variance end
        end as log_variance
    from sides
    cross join horizons
    left join curves
        on sides.index_kind = curves.index_kind
        and sides.is_exposed = curves.is_exposed
        and horizons.horizon_days >= curves.passed_days
        and (horizons.horizon_days < curves.next_passed_days or curves.next_passed_days is null)

),

hazards as (

    select
        index_kind,
        is_exposed,
        passed_days,
        at_risk_count,
        sum(cast({{ cx_warehouse.ratio('event_count', 'cast(at_risk_count as double) * at_risk_count') }} as numeric(38, 18)))
            over (partition by index_kind, is_exposed order by passed_days rows between unbounded preceding and current row) as passed_risk
    from curves

),

-- What the curve had summed up by each horizon.
reached as (

    select
        hazards.index_kind,
        hazards.is_exposed,
        horizons.horizon_days,
        cast(max(hazards.passed_risk) as double) as passed_risk
    from hazards
    inner join horizons on hazards.passed_days <= horizons.horizon_days
    group by hazards.index_kind, hazards.is_exposed, horizons.horizon_days

),

-- How far an order moves the curve, so that orders of one customer can be taken together.
influences as (

    select
        orders.index_kind,
        on_the_day.horizon_days,
        orders.customer_id,
        {{ cx_warehouse.steady_sum(
            '(case when orders.is_exposed then 1e0 else -1e0 end) * on_the_day.survival_rate * ('
            ~ 'case when orders.is_reordered and orders.passed_days <= on_the_day.horizon_days then '
            ~ cx_warehouse.ratio('1', 'hazards.at_risk_count') ~ ' else 0e0 end'
            ~ ' - case when orders.passed_days <= on_the_day.horizon_days then cast(hazards.passed_risk as double) else coalesce(reached.passed_risk, 0e0) end'
            ~ ') * 1e4'
        ) }} as influence
    from orders
    inner join on_the_day on orders.index_kind = on_the_day.index_kind and orders.is_exposed = on_the_day.is_exposed
    inner join hazards
        on orders.index_kind = hazards.index_kind
        and orders.is_exposed = hazards.is_exposed
        and orders.passed_days = hazards.passed_days
    left join reached
        on orders.index_kind = reached.index_kind
        and orders.is_exposed = reached.is_exposed
        and on_the_day.horizon_days = reached.horizon_days
    where orders.index_kind = 'every_order' and on_the_day.survival_rate is not null
    group by orders.index_kind, on_the_day.horizon_days, orders.customer_id

),

spread as (

    select
        index_kind,
        horizon_days,
        count(*) as cluster_count,
        {{ cx_warehouse.steady_sum('influence * influence') }} / 1e8 as squares
    from influences
    group by index_kind, horizon_days

),

final as (

    select
        missed.index_kind,
        missed.horizon_days,
        missed.order_count as missed_order_count,
        kept.order_count as kept_order_count,
        missed.customer_count as missed_customer_count,
        kept.customer_count as kept_customer_count,
        kept.survival_rate - missed.survival_rate as retained_difference,
        nullif(case
            when kept.survival_rate is null or missed.survival_rate is null then null
            -- Greenwood's, for customers who count once.
            when missed.index_kind = 'first_order'
                then missed.survival_rate * missed.survival_rate * missed.log_variance
                    + kept.survival_rate * kept.survival_rate * kept.log_variance
            else spread.squares * {{ cx_warehouse.ratio('spread.cluster_count', 'spread.cluster_count - 1') }}
        end, 0e0) as retained_difference_variance
    from on_the_day as missed
    inner join on_the_day as kept
        on missed.index_kind = kept.index_kind and missed.horizon_days = kept.horizon_days and not kept.is_exposed
    left join spread on missed.index_kind = spread.index_kind and missed.horizon_days = spread.horizon_days
    where missed.is_exposed

)

select * from final
