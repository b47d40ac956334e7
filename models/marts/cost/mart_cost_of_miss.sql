-- Grain: one row per outcome × segment × component of cost, with `all` as the roll-up of segments and `total` of components.
-- Missed orders against kept ones of the same segment, region, service level and month due, the kept ones weighted to the
-- missed ones' mix (direct standardisation). Missed orders without such a kept one are left out and counted.
{%- set components = {
    'extra_contacts': {'value': 'contact_count', 'feed': 'contacts', 'source': 'crm.contacts', 'unit': 'contacts'},
    'contact_cost': {'value': 'contact_cost_amount', 'feed': 'contacts', 'source': 'crm.contacts', 'unit': 'currency'},
    'refunds': {'value': 'refund_amount', 'feed': 'adjustments', 'source': 'fulfilment.adjustments', 'unit': 'currency'},
    'credits': {'value': 'credit_amount', 'feed': 'adjustments', 'source': 'fulfilment.adjustments', 'unit': 'currency'},
    'returns': {'value': 'return_amount', 'feed': 'adjustments', 'source': 'fulfilment.adjustments', 'unit': 'currency'},
    'reshipments': {'value': 'reshipment_amount', 'feed': 'adjustments', 'source': 'fulfilment.adjustments', 'unit': 'currency'},
    'lost_margin': {'value': '-margin_after_amount', 'feed': 'orders', 'source': 'fulfilment.orders', 'unit': 'currency'},
} %}
with

orders as (

    select * from {{ ref('int_orders_settled') }}

),

period_months as (

    select * from {{ ref('int_reporting_period_months') }}

),

available as (

    select * from {{ ref('int_metrics_available') }} where metric_id = 'cost_of_miss'

),

unpriced as (

    select source_table, {{ cx_warehouse.joined_text('currency', ', ') }} as currencies
    from {{ ref('int_currencies_unpriced') }}
    group by source_table

),

quantiles as (

    {{ cx_warehouse.t_quantiles() }}

),

components as (

    {% for name, facts in components.items() -%}
    select
        {{ loop.index }} as component_number,
        '{{ name }}' as component,
        '{{ facts.unit }}' as unit,
        {{ 'false' if facts.unit == 'contacts' else 'true' }} as is_in_total,
        {{ cx_warehouse.is_present(facts.source) }} as is_source_present,
        '{{ facts.source }}' as source_table,
        {{ 'margin_days' if name == 'lost_margin' else 'miss_follow_up_days' }} as horizon_days
    from (
        select
            max(case when assumption = 'miss_follow_up_days' then base end) as miss_follow_up_days,
            max(case when assumption = 'lost_margin_days' then base end) as margin_days
        from {{ ref('ref_assumptions') }}
    ) as assumptions
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

measured as (

    {% for name, facts in components.items() -%}
    select
        '{{ name }}' as component,
        order_id,
        cluster_id,
        segment,
        region,
        service_level,
        due_month,
        outcome,
        is_followed_by_{{ facts.feed }} as is_matured,
        {{ 'is_margin_comparable' if name == 'lost_margin' else 'true' }} as is_comparable,
        cast({{ facts.value }} as double) as value
    from orders
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- How many of each there are where they can be compared: the strata.
strata as (

    select
        component,
        segment,
        region,
        service_level,
        due_month,
        {{ cx_warehouse.count_if("outcome = 'missed'") }} as missed_count,
        {{ cx_warehouse.count_if("outcome = 'kept'") }} as kept_count
    from measured
    where is_matured and is_comparable and value is not null
    group by component, segment, region, service_level, due_month

),

weighted as (

    select
        measured.component,
        measured.cluster_id,
        measured.segment,
        measured.outcome,
        measured.value,
        -- The kept orders of a stratum together weigh as much as its missed ones.
        case measured.outcome
            when 'missed' then 1e0
            else {{ cx_warehouse.ratio('strata.missed_count', 'strata.kept_count') }}
        end as weight
    from measured
    inner join strata
        on measured.component = strata.component
        and measured.segment = strata.segment
        and measured.region = strata.region
        and measured.service_level = strata.service_level
        and measured.due_month = strata.due_month
    where
        measured.is_matured and measured.is_comparable and measured.value is not null
        and strata.missed_count > 0 and strata.kept_count > 0

),

-- Segments weigh the same on both sides, so taking the mean of its segment off every value changes no difference; it only
-- keeps what sets segments apart out of the interval.
centres as (

    select
        component,
        segment,
        {{ cx_warehouse.steady_avg('value') }} as centre
    from weighted
    where outcome = 'kept'
    group by component, segment

),

by_cluster as (

    select
        weighted.component,
        case when grouping(weighted.segment) = 1 then 'all' else weighted.segment end as segment,
        weighted.cluster_id,
        {% for outcome in ['missed', 'kept'] -%}
        {{ cx_warehouse.count_if("weighted.outcome = '" ~ outcome ~ "'") }} as {{ outcome }}_count,
        {{ cx_warehouse.steady_sum("case when weighted.outcome = '" ~ outcome ~ "' then weighted.weight else 0 end") }} as {{ outcome }}_weight,
        {{ cx_warehouse.steady_sum("case when weighted.outcome = '" ~ outcome ~ "' then weighted.weight * weighted.value else 0 end") }} as {{ outcome }}_sum,
        {{ cx_warehouse.steady_sum("case when weighted.outcome = '" ~ outcome ~ "' then weighted.weight * (weighted.value - centres.centre) else 0 end") }} as {{ outcome }}_centred
        {{- ',' if not loop.last }}
        {% endfor %}
    from weighted
    inner join centres on weighted.component = centres.component and weighted.segment = centres.segment
    group by weighted.component, weighted.cluster_id, rollup (weighted.segment)

),

totals as (

    select
        component,
        segment,
        {% for outcome in ['missed', 'kept'] -%}
        sum({{ outcome }}_count) as {{ outcome }}_count,
        {{ cx_warehouse.count_if(outcome ~ '_count > 0') }} as {{ outcome }}_customer_count,
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum(outcome ~ '_sum'), cx_warehouse.steady_sum(outcome ~ '_weight')) }} as {{ outcome }}_mean,
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum(outcome ~ '_centred'), cx_warehouse.steady_sum(outcome ~ '_weight')) }} as {{ outcome }}_centre,
        {% endfor -%}
        count(*) as cluster_count
    from by_cluster
    group by component, segment

),

-- What a customer adds to the uncertainty of a component, in its unit and not yet divided by the number of missed orders.
residuals as (

    select
        by_cluster.component,
        by_cluster.segment,
        by_cluster.cluster_id,
        totals.missed_count,
        by_cluster.missed_centred - totals.missed_centre * by_cluster.missed_weight
        - by_cluster.kept_centred + totals.kept_centre * by_cluster.kept_weight as residual
    from by_cluster
    inner join totals on by_cluster.component = totals.component and by_cluster.segment = totals.segment

),

-- The parts of the total rest on different orders (margin is followed for longer), so each is brought to the scale of the
-- part with the most before they are added up customer by customer: they move together.
scales as (

    select
        segment,
        max(missed_count) as scale_count
    from totals
    group by segment

),

total_residuals as (

    select
        residuals.segment,
        residuals.cluster_id,
        {{ cx_warehouse.steady_sum('residuals.residual * ' ~ cx_warehouse.ratio('scales.scale_count', 'residuals.missed_count')) }} as residual
    from residuals
    inner join components on residuals.component = components.component
    inner join scales on residuals.segment = scales.segment
    where components.is_in_total
    group by residuals.segment, residuals.cluster_id

),

spread as (

    select
        component,
        segment,
        {{ cx_warehouse.steady_sum('residual * residual') }} as squares
    from residuals
    group by component, segment

    union all

    select
        'total' as component,
        segment,
        {{ cx_warehouse.steady_sum('residual * residual') }} as squares
    from total_residuals
    group by segment

),

-- What there is of missed orders, and why some are not compared.
missed as (

    select
        component,
        case when grouping(segment) = 1 then 'all' else segment end as segment,
        count(*) as missed_order_count,
        {{ cx_warehouse.count_if('not is_matured') }} as not_matured_count,
        {{ cx_warehouse.count_if('is_matured and not is_comparable') }} as not_comparable_count,
        {{ cx_warehouse.count_if('is_matured and is_comparable and value is null') }} as unknown_count,
        {{ cx_warehouse.count_if('is_matured and is_comparable and value is not null') }} as judged_count
    from measured
    where outcome = 'missed'
    group by component, rollup (segment)

),

months as (

    select count(*) as month_count from period_months where month = 'last_12_months'

),

lately as (

    select
        case when grouping(orders.segment) = 1 then 'all' else orders.segment end as segment,
        count(*) as order_count
    from orders
    inner join period_months on orders.due_month = period_months.period_month and period_months.month = 'last_12_months'
    where orders.outcome = 'missed'
    group by rollup (orders.segment)

),

segments as (

    select segment from missed group by segment
    union
    select 'all' as segment from available

),

-- A row per cell even without a missed order, so that a page can say why there is no number.
parts as (

    select
        segments.segment,
        components.component,
        components.component_number,
        components.unit,
        components.is_in_total,
        components.horizon_days,
        case
            when not available.is_available then available.reason
            when not components.is_source_present then concat('source missing: ', components.source_table)
            when components.unit = 'currency' and unpriced.currencies is not null
                then concat('no rate in fx_rates for ', unpriced.currencies)
            when coalesce(missed.missed_order_count, 0) = 0 then 'no promise was missed'
            when totals.missed_count is null and missed.judged_count > 0 then 'no kept order is like a missed one'
            when totals.missed_count is null and missed.unknown_count > 0 then 'amount not on record for any missed order'
            when totals.missed_count is null and missed.not_comparable_count > 0 then 'no missed order is of a customer who can be followed'
            when totals.missed_count is null
                then concat('not followed for ', cast(cast(components.horizon_days as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }}), ' days yet')
        end as withheld_reason,
        case when available.is_available then coalesce(missed.missed_order_count, 0) end as missed_order_count,
        missed.not_matured_count,
        missed.not_comparable_count,
        missed.unknown_count,
        missed.judged_count,
        coalesce(totals.missed_count, 0) as matched_count,
        coalesce(totals.kept_count, 0) as kept_order_count,
        coalesce(totals.missed_customer_count, 0) as missed_customer_count,
        coalesce(totals.kept_customer_count, 0) as kept_customer_count,
        totals.cluster_count,
        totals.missed_mean,
        totals.kept_mean,
        totals.missed_mean - totals.kept_mean as difference,
        {{ cx_warehouse.ratio('totals.cluster_count', 'totals.cluster_count - 1') }} * spread.squares as scaled_variance,
        totals.missed_count as scale_count
    from segments
    cross join components
    cross join available
    left join unpriced on components.source_table = unpriced.source_table
    left join missed on segments.segment = missed.segment and components.component = missed.component
    left join totals on segments.segment = totals.segment and components.component = totals.component
    left join spread on segments.segment = spread.segment and components.component = spread.component

),

-- Unknown in one part is unknown in the whole.
wholes as (

    select
        segment,
        min(withheld_reason) as withheld_reason,
        count(withheld_reason) as withheld_count,
        max(missed_order_count) as missed_order_count,
        min(matched_count) as matched_count,
        min(kept_order_count) as kept_order_count,
        min(missed_customer_count) as missed_customer_count,
        min(kept_customer_count) as kept_customer_count,
        max(cluster_count) as cluster_count,
        {{ cx_warehouse.steady_sum('missed_mean') }} as missed_mean,
        {{ cx_warehouse.steady_sum('kept_mean') }} as kept_mean,
        {{ cx_warehouse.steady_sum('difference') }} as difference
    from parts
    where is_in_total
    group by segment

),

costed as (

    select
        segment, component, component_number, unit, is_in_total, horizon_days, withheld_reason, missed_order_count, not_matured_count,
        not_comparable_count, unknown_count, judged_count, matched_count, kept_order_count, missed_customer_count,
        kept_customer_count, missed_mean, kept_mean, difference, scaled_variance, scale_count
    from parts

    union all

    select
        wholes.segment, 'total' as component, 8 as component_number, 'currency' as unit, false as is_in_total, null as horizon_days,
        wholes.withheld_reason, wholes.missed_order_count, null as not_matured_count, null as not_comparable_count,
        null as unknown_count, null as judged_count, wholes.matched_count, wholes.kept_order_count,
        wholes.missed_customer_count, wholes.kept_customer_count, wholes.missed_mean, wholes.kept_mean, wholes.difference,
        {{ cx_warehouse.ratio('wholes.cluster_count', 'wholes.cluster_count - 1') }} * spread.squares as scaled_variance,
        scales.scale_count
    from wholes
    left join spread on wholes.segment = spread.segment and spread.component = 'total'
    left join scales on wholes.segment = scales.segment

),

compared as (

    select
        costed.*,
        case
            when costed.withheld_reason is null then least(costed.missed_customer_count, costed.kept_customer_count)
            else 0
        end as fewer_customers,
        sqrt(costed.scaled_variance) / nullif(cast(costed.scale_count as double), 0) as standard_error
    from costed

),

estimated as (

    select
        compared.*,
        lately.order_count as lately_count,
        months.month_count,
        -- Nothing that varies is not certainty: no interval, rather than one without width.
        compared.difference - quantiles.t_975 * nullif(compared.standard_error, 0e0) as difference_low,
        compared.difference + quantiles.t_975 * nullif(compared.standard_error, 0e0) as difference_high
    from compared
    cross join months
    left join quantiles on {{ cx_warehouse.has_freedom('quantiles', 'compared.fewer_customers - 1') }}
    left join lately on compared.segment = lately.segment

),

final as (

    select
        {{ cx_warehouse.surrogate_key(["'missed'", 'segment', 'component']) }} as cost_of_miss_id,
        'missed' as outcome,
        segment,
        component,
        unit,
        'Directly standardised to the missed orders by segment, region, service level and month due; Student t 95 %, linearised, clustered by customer' as method,
        'C' as grade,
        {{ cx_warehouse.estimate_status('fewer_customers', 'false') }} as status,
        case
            when withheld_reason is not null then withheld_reason
            when fewer_customers >= {{ cx_warehouse.fewest_for_point() }} and standard_error = 0
                then 'nothing varies, so there is no interval'
            else {{ cx_warehouse.estimate_reason('fewer_customers') }}
        end as reason,
        component_number,
        horizon_days,
        missed_order_count,
        matched_count,
        kept_order_count,
        missed_customer_count,
        kept_customer_count,
        judged_count - matched_count as unmatched_count,
        not_matured_count,
        not_comparable_count,
        unknown_count,
        {{ cx_warehouse.ratio('judged_count - matched_count', 'judged_count') }} as unmatched_rate,
        {{ cx_warehouse.point('missed_mean', 'fewer_customers') }} as missed_mean,
        {{ cx_warehouse.point('kept_mean', 'fewer_customers') }} as kept_mean,
        {{ cx_warehouse.point('difference', 'fewer_customers') }} as difference,
        {{ cx_warehouse.bound('difference_low', 'fewer_customers') }} as difference_low,
        {{ cx_warehouse.bound('difference_high', 'fewer_customers') }} as difference_high,
        {% for column in ['difference', 'difference_low', 'difference_high'] -%}
        {% set per_month = column ~ ' * ' ~ cx_warehouse.ratio('coalesce(lately_count, 0)', 'month_count') -%}
        {{ cx_warehouse.point(per_month, 'fewer_customers') if loop.first else cx_warehouse.bound(per_month, 'fewer_customers') }} as {{ column | replace('difference', 'per_month') }},
        {% endfor -%}
        is_in_total
    from estimated

)

select
    cost_of_miss_id,
    outcome,
    segment,
    component,
    unit,
    method,
    grade,
    status,
    reason,
    cast(component_number as {{ dbt.type_bigint() }}) as component_number,
    cast(horizon_days as {{ dbt.type_bigint() }}) as horizon_days,
    cast(missed_order_count as {{ dbt.type_bigint() }}) as missed_order_count,
    cast(matched_count as {{ dbt.type_bigint() }}) as matched_count,
    cast(kept_order_count as {{ dbt.type_bigint() }}) as kept_order_count,
    cast(missed_customer_count as {{ dbt.type_bigint() }}) as missed_customer_count,
    cast(kept_customer_count as {{ dbt.type_bigint() }}) as kept_customer_count,
    cast(unmatched_count as {{ dbt.type_bigint() }}) as unmatched_count,
    cast(not_matured_count as {{ dbt.type_bigint() }}) as not_matured_count,
    cast(not_comparable_count as {{ dbt.type_bigint() }}) as not_comparable_count,
    cast(unknown_count as {{ dbt.type_bigint() }}) as unknown_count,
    unmatched_rate,
    missed_mean,
    kept_mean,
    difference,
    difference_low,
    difference_high,
    per_month,
    per_month_low,
    per_month_high,
    is_in_total
from final
