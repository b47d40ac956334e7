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

-- A column per component, for every order is asked about all of them: null where it cannot be compared.
judged as {{ cx_warehouse.computed_in_place() }} (

    select
        cluster_id,
        segment,
        region,
        service_level,
        due_month,
        outcome,
        {% for name, facts in components.items() -%}
        case
            when is_followed_by_{{ facts.feed }}{{ ' and is_margin_comparable' if name == 'lost_margin' }} then cast({{ facts.value }} as double)
        end as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from orders

),

-- How many of each there are where they can be compared: the strata.
strata as (

    select
        segment,
        region,
        service_level,
        due_month,
        {% for name in components -%}
        {{ cx_warehouse.count_if("outcome = 'missed' and " ~ name ~ ' is not null') }} as {{ name }}_missed_count,
        {{ cx_warehouse.count_if("outcome = 'kept' and " ~ name ~ ' is not null') }} as {{ name }}_kept_count{{ ',' if not loop.last }}
        {% endfor %}
    from judged
    group by segment, region, service_level, due_month

),

weighted as {{ cx_warehouse.computed_in_place() }} (

    select
        judged.cluster_id,
        judged.segment,
        {% for name in components -%}
        {%- set is_matched = 'strata.' ~ name ~ '_missed_count > 0 and strata.' ~ name ~ '_kept_count > 0' -%}
        case when judged.outcome = 'missed' and {{ is_matched }} then judged.{{ name }} end as {{ name }}_missed,
        case when judged.outcome = 'kept' and {{ is_matched }} then judged.{{ name }} end as {{ name }}_kept,
        -- The kept orders of a stratum together weigh as much as its missed ones.
        case
            when judged.outcome = 'kept' and {{ is_matched }} and judged.{{ name }} is not null
                then {{ cx_warehouse.ratio('strata.' ~ name ~ '_missed_count', 'strata.' ~ name ~ '_kept_count') }}
        end as {{ name }}_weight{{ ',' if not loop.last }}
        {% endfor %}
    from judged
    inner join strata
        on judged.segment = strata.segment
        and judged.region = strata.region
        and judged.service_level = strata.service_level
        and judged.due_month = strata.due_month

),

by_segment as (

    select
        segment,
        {% for name in components -%}
        count({{ name }}_missed) as {{ name }}_missed_count,
        count({{ name }}_kept) as {{ name }}_kept_count,
        {{ cx_warehouse.steady_sum(name ~ '_weight') }} as {{ name }}_weight,
        {{ cx_warehouse.steady_sum(name ~ '_missed') }} as {{ name }}_missed,
        {{ cx_warehouse.steady_sum(name ~ '_weight * ' ~ name ~ '_kept') }} as {{ name }}_kept,
        -- Segments weigh the same on both sides, so taking the mean of its segment off every value changes no difference;
        -- it only keeps what sets segments apart out of the interval.
        {{ cx_warehouse.steady_avg(name ~ '_kept') }} as {{ name }}_centre{{ ',' if not loop.last }}
        {% endfor %}
    from weighted
    group by segment

),

totals as (

    select
        case when grouping(segment) = 1 then 'all' else segment end as segment,
        {% for name in components -%}
        {%- set missed_count = 'nullif(sum(' ~ name ~ '_missed_count), 0)' -%}
        {%- set weight = cx_warehouse.steady_sum(name ~ '_weight') -%}
        {{ missed_count }} as {{ name }}_missed_count,
        sum({{ name }}_kept_count) as {{ name }}_kept_count,
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum(name ~ '_missed'), missed_count) }} as {{ name }}_missed_mean,
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum(name ~ '_kept'), weight) }} as {{ name }}_kept_mean,
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum(name ~ '_missed - ' ~ name ~ '_centre * ' ~ name ~ '_missed_count'), missed_count) }} as {{ name }}_missed_centre,
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum(name ~ '_kept - ' ~ name ~ '_centre * ' ~ name ~ '_weight'), weight) }} as {{ name }}_kept_centre{{ ',' if not loop.last }}
        {% endfor %}
    from by_segment
    group by rollup (segment)

),

by_cluster as (

    select
        weighted.segment,
        weighted.cluster_id,
        {% for name in components -%}
        count(weighted.{{ name }}_missed) as {{ name }}_missed_count,
        count(weighted.{{ name }}_kept) as {{ name }}_kept_count,
        {{ cx_warehouse.steady_sum('weighted.' ~ name ~ '_weight') }} as {{ name }}_weight,
        {{ cx_warehouse.steady_sum(
            'coalesce(weighted.' ~ name ~ '_missed - by_segment.' ~ name ~ '_centre, -weighted.' ~ name ~ '_weight * (weighted.' ~ name ~ '_kept - by_segment.' ~ name ~ '_centre))'
        ) }} as {{ name }}_centred{{ ',' if not loop.last }}
        {% endfor %}
    from weighted
    inner join by_segment on weighted.segment = by_segment.segment
    group by weighted.segment, weighted.cluster_id

),

clusters as (

    select
        case when grouping(segment) = 1 then 'all' else segment end as segment,
        cluster_id,
        {% for name in components -%}
        sum({{ name }}_missed_count) as {{ name }}_missed_count,
        sum({{ name }}_kept_count) as {{ name }}_kept_count,
        {{ cx_warehouse.steady_sum(name ~ '_weight') }} as {{ name }}_weight,
        {{ cx_warehouse.steady_sum(name ~ '_centred') }} as {{ name }}_centred{{ ',' if not loop.last }}
        {% endfor %}
    from by_cluster
    group by cluster_id, rollup (segment)

),

-- What a customer adds to the uncertainty of a component, in its unit and not yet divided by the number of missed orders.
residuals as (

    select
        clusters.segment,
        {% for name in components -%}
        clusters.{{ name }}_missed_count,
        clusters.{{ name }}_kept_count,
        totals.{{ name }}_missed_count as {{ name }}_total_count,
        coalesce(
            clusters.{{ name }}_centred
            - totals.{{ name }}_missed_centre * clusters.{{ name }}_missed_count
            + totals.{{ name }}_kept_centre * coalesce(clusters.{{ name }}_weight, 0e0),
            0e0
        ) as {{ name }}_residual,
        {% endfor -%}
        -- The parts of the total rest on different orders (margin is followed for longer), so each is brought to the scale
        -- of the part with the most before they are added up customer by customer: they move together.
        greatest({% for name in components %}coalesce(totals.{{ name }}_missed_count, 0){{ ', ' if not loop.last }}{% endfor %}) as scale_count
    from clusters
    inner join totals on clusters.segment = totals.segment

),

spread as (

    select
        segment,
        max(scale_count) as total_missed_count,
        {% for name in components -%}
        {{ cx_warehouse.count_if(name ~ '_missed_count > 0') }} as {{ name }}_missed_customer_count,
        {{ cx_warehouse.count_if(name ~ '_kept_count > 0') }} as {{ name }}_kept_customer_count,
        {{ cx_warehouse.count_if(name ~ '_missed_count + ' ~ name ~ '_kept_count > 0') }} as {{ name }}_cluster_count,
        {{ cx_warehouse.steady_sum(name ~ '_residual * ' ~ name ~ '_residual') }} as {{ name }}_squares,
        {% endfor -%}
        {% set total_residual -%}
        ({% for name, facts in components.items() if facts.unit == 'currency' %}coalesce({{ name }}_residual * {{ cx_warehouse.ratio('scale_count', name ~ '_total_count') }}, 0e0){{ ' + ' if not loop.last }}{% endfor %})
        {%- endset -%}
        {{ cx_warehouse.steady_sum(total_residual ~ ' * ' ~ total_residual) }} as total_squares
    from residuals
    group by segment

),

-- What there is of missed orders, and why some are not compared.
missed as (

    select
        case when grouping(segment) = 1 then 'all' else segment end as segment,
        count(*) as missed_order_count,
        {% for name, facts in components.items() -%}
        {%- set is_matured = 'is_followed_by_' ~ facts.feed -%}
        {%- set is_comparable = 'is_margin_comparable' if name == 'lost_margin' else 'true' -%}
        {{ cx_warehouse.count_if('not ' ~ is_matured) }} as {{ name }}_not_matured_count,
        {{ cx_warehouse.count_if(is_matured ~ ' and not ' ~ is_comparable) }} as {{ name }}_not_comparable_count,
        {{ cx_warehouse.count_if(is_matured ~ ' and ' ~ is_comparable ~ ' and ' ~ facts.value ~ ' is null') }} as {{ name }}_unknown_count,
        {{ cx_warehouse.count_if(is_matured ~ ' and ' ~ is_comparable ~ ' and ' ~ facts.value ~ ' is not null') }} as {{ name }}_judged_count
        {{- ',' if not loop.last }}
        {% endfor %}
    from orders
    where outcome = 'missed'
    group by rollup (segment)

),

-- Of a month after the one in which shipments end nobody knows who was missed: it is none of them.
recent_months as (

    select period_months.period_month
    from period_months
    inner join {{ ref('int_feeds_observed') }} as feeds
        on feeds.kept_by = 'delivered'
        and {{ cx_warehouse.period_month('feeds.observed_until') }} >= period_months.period_month
    where period_months.month = 'last_12_months'

),

months as (

    select count(*) as month_count from recent_months

),

lately as (

    select
        case when grouping(orders.segment) = 1 then 'all' else orders.segment end as segment,
        count(*) as order_count
    from orders
    inner join recent_months on orders.due_month = recent_months.period_month
    where orders.outcome = 'missed'
    group by rollup (orders.segment)

),

segments as (

    select segment from missed
    union
    select 'all' as segment from available

),

-- Of every component its own column.
counted as (

    select
        segments.segment,
        components.component,
        missed.missed_order_count,
        {% for relation, figures in {
            'missed': ['not_matured_count', 'not_comparable_count', 'unknown_count', 'judged_count'],
            'totals': ['missed_count', 'kept_count', 'missed_mean', 'kept_mean'],
            'spread': ['missed_customer_count', 'kept_customer_count', 'cluster_count', 'squares'],
        }.items() -%}
        {%- set is_last = loop.last -%}
        {%- for figure in figures -%}
        case components.component
            {%- for name in components %}
            when '{{ name }}' then {{ relation }}.{{ name }}_{{ figure }}
            {%- endfor %}
        end as {{ figure }}{{ ',' if not (is_last and loop.last) }}
        {% endfor -%}
        {%- endfor %}
    from segments
    cross join components
    left join missed on segments.segment = missed.segment
    left join totals on segments.segment = totals.segment
    left join spread on segments.segment = spread.segment

),

-- A row per cell even without a missed order, so that a page can say why there is no number.
parts as (

    select
        counted.segment,
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
            when coalesce(counted.missed_order_count, 0) = 0 then 'no promise was missed'
            -- Of an order without contacts they are known to cost nothing, whether or not anybody writes costs down.
            when counted.unknown_count > 0 and counted.missed_mean = 0 and counted.kept_mean = 0 and counted.squares = 0
                then 'amount on record only where it is 0'
            when counted.missed_count is null and counted.judged_count > 0 then 'no kept order is like a missed one'
            when counted.missed_count is null and counted.unknown_count > 0 then 'amount not on record for any missed order'
            when counted.missed_count is null and counted.not_comparable_count > 0 then 'no missed order is of a customer who can be followed'
            when counted.missed_count is null
                then concat('not followed for ', cast(cast(components.horizon_days as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }}), ' days yet')
        end as withheld_reason,
        case when available.is_available then coalesce(counted.missed_order_count, 0) end as missed_order_count,
        -- Present and without such an order is zero; absent is unknown.
        {% for column in ['not_matured_count', 'not_comparable_count', 'unknown_count', 'judged_count'] -%}
        case when available.is_available and components.is_source_present then counted.{{ column }} end as {{ column }},
        {% endfor -%}
        {% for name, column in {
            'matched_count': 'missed_count', 'kept_order_count': 'kept_count',
            'missed_customer_count': 'missed_customer_count', 'kept_customer_count': 'kept_customer_count',
        }.items() -%}
        case when available.is_available and components.is_source_present then coalesce(counted.{{ column }}, 0) end as {{ name }},
        {% endfor -%}
        counted.cluster_count,
        counted.missed_mean,
        counted.kept_mean,
        counted.missed_mean - counted.kept_mean as difference,
        {{ cx_warehouse.ratio('counted.cluster_count', 'counted.cluster_count - 1') }} * counted.squares as scaled_variance,
        counted.missed_count as scale_count
    from counted
    inner join components on counted.component = components.component
    cross join available
    left join unpriced on components.source_table = unpriced.source_table

),

-- Unknown in one part is unknown in the whole.
wholes as (

    select
        segment,
        min(withheld_reason) as withheld_reason,
        count(withheld_reason) as withheld_count,
        max(missed_order_count) as missed_order_count,
        {% for column in ['matched_count', 'kept_order_count', 'missed_customer_count', 'kept_customer_count'] -%}
        case when count({{ column }}) = count(*) then min({{ column }}) end as {{ column }},
        {% endfor -%}
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
        {{ cx_warehouse.ratio('wholes.cluster_count', 'wholes.cluster_count - 1') }} * spread.total_squares as scaled_variance,
        spread.total_missed_count as scale_count
    from wholes
    left join spread on wholes.segment = spread.segment

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
        -- What does not vary is shown as it is (nobody was sent anything anew, say), or the parts would not end at their total.
        case
            when standard_error = 0 and fewer_customers < {{ cx_warehouse.fewest_for_point() }} then 'withheld'
            else {{ cx_warehouse.estimate_status('fewer_customers', 'false') }}
        end as status,
        case
            when withheld_reason is not null then withheld_reason
            when fewer_customers >= {{ cx_warehouse.fewest_for_interval() }} and standard_error = 0
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
