-- Grain: one row per index kind × comparison × span of days since the landmark.
{%- set ends = [0, 30, 60, 90, 180, 365] %}
with

orders as (

    select * from {{ ref('int_orders_compared') }}

),

reorders as (

    select * from {{ ref('int_reorders_ranked') }}

),

-- The whole follow-up, and for misses each span, all up to its end and all that comes after.
spans as (

    {% for comparison in ['missed_and_kept', 'outside_cause_and_kept', 'compensated_and_kept', 'uncompensated_and_kept', 'compensated_and_uncompensated'] -%}
    select '{{ comparison }}' as comparison, -1 as from_days, cast(null as integer) as to_days
    union all
    {% endfor -%}
    {% for end in ends -%}
    {% if not loop.first -%}
    select 'missed_and_kept' as comparison, {{ loop.previtem if loop.index > 2 else -1 }} as from_days, {{ end }} as to_days
    union all
    {% if loop.index > 2 -%}
    select 'missed_and_kept' as comparison, -1 as from_days, {{ end }} as to_days
    union all
    {% endif -%}
    select 'missed_and_kept' as comparison, {{ end }} as from_days, cast(null as integer) as to_days
    {{ 'union all' if not loop.last }}
    {% endif -%}
    {% endfor %}

),

spanned as (

    select
        reorders.index_kind,
        reorders.comparison,
        spans.from_days,
        coalesce(spans.to_days, -1) as to_days,
        reorders.pace_stratum,
        reorders.passed_days,
        reorders.tie_share,
        reorders.exposed_at_risk,
        reorders.unexposed_at_risk,
        reorders.exposed_share
    from reorders
    inner join spans
        on reorders.comparison = spans.comparison
        and reorders.passed_days > spans.from_days
        and (reorders.passed_days <= spans.to_days or spans.to_days is null)

),

ratios as (

    {{ cx_warehouse.hazard_ratio('spanned', ['index_kind', 'comparison', 'from_days', 'to_days']) }}

),

-- Who had not ordered again when a span began is in it until the end of theirs; a next order after its end is none in it.
people as (

    select
        orders.index_kind,
        orders.comparison,
        spans.from_days,
        coalesce(spans.to_days, -1) as to_days,
        orders.customer_id,
        orders.pace_stratum,
        orders.passed_days,
        orders.is_exposed,
        orders.is_reordered and (orders.passed_days <= spans.to_days or spans.to_days is null) as is_reordered
    from orders
    inner join spans on orders.comparison = spans.comparison and orders.passed_days > spans.from_days

),

counted as (

    select
        index_kind,
        comparison,
        from_days,
        to_days,
        {{ cx_warehouse.count_if('is_exposed') }} as exposed_count,
        {{ cx_warehouse.count_if('not is_exposed') }} as unexposed_count,
        {{ cx_warehouse.count_if('is_exposed and is_reordered') }} as exposed_reordered_count,
        {{ cx_warehouse.count_if('not is_exposed and is_reordered') }} as unexposed_reordered_count,
        count(distinct case when is_exposed then customer_id end) as exposed_customer_count,
        count(distinct case when not is_exposed then customer_id end) as unexposed_customer_count
    from people
    group by index_kind, comparison, from_days, to_days

),

-- By first order every customer counts once, and the plain variance holds.
repeated as (

    select * from people where index_kind = 'every_order'

),

clustered as (

    {{ cx_warehouse.hazard_ratio_variance(
        'repeated', 'spanned', 'ratios', ['index_kind', 'comparison', 'from_days', 'to_days'],
        'pace_stratum', 'customer_id', 'passed_days', 'is_exposed', 'is_reordered'
    ) }}

),

final as (

    select
        counted.index_kind,
        counted.comparison,
        case when counted.from_days < 0 then 0 else counted.from_days end as from_days,
        case when counted.to_days >= 0 then counted.to_days end as to_days,
        counted.exposed_count,
        counted.unexposed_count,
        counted.exposed_reordered_count,
        counted.unexposed_reordered_count,
        counted.exposed_customer_count,
        counted.unexposed_customer_count,
        coalesce(ratios.event_count, 0) as matched_reordered_count,
        ratios.log_hazard_ratio,
        case counted.index_kind
            when 'first_order' then {{ cx_warehouse.ratio('1', 'ratios.information') }}
            else clustered.log_hazard_ratio_variance
        end as log_hazard_ratio_variance
    from counted
    left join ratios
        on counted.index_kind = ratios.index_kind
        and counted.comparison = ratios.comparison
        and counted.from_days = ratios.from_days
        and counted.to_days = ratios.to_days
    left join clustered
        on counted.index_kind = clustered.index_kind
        and counted.comparison = clustered.comparison
        and counted.from_days = clustered.from_days
        and counted.to_days = clustered.to_days

)

select * from final
