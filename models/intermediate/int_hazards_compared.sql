-- Grain: one row per index kind × comparison × span of days since the landmark.
{%- set ends = [0, 30, 60, 90, 180, 365] %}
{#- The last end of a span that had passed; -1 before the first. #}
{%- set after_days -%}
case {% for end in ends | reverse if end > 0 %}when passed_days > {{ end }} then {{ end }} {% endfor %}else -1 end
{%- endset %}
with

orders as {{ cx_warehouse.computed_in_place() }} (

    select
        orders.*,
        {{ after_days }} as after_days
    from {{ ref('int_orders_compared') }} as orders

),

reorders as {{ cx_warehouse.computed_in_place() }} (

    select
        reorders.*,
        {{ after_days }} as after_days
    from {{ ref('int_reorders_ranked') }} as reorders

),

-- The whole follow-up, and for misses each span, all up to its end and all that comes after. -1 stands for no bound.
spans as (

    {% for comparison in ['missed_and_kept', 'outside_cause_and_kept', 'compensated_and_kept', 'uncompensated_and_kept', 'compensated_and_uncompensated'] -%}
    select '{{ comparison }}' as comparison, -1 as from_days, -1 as to_days
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
    select 'missed_and_kept' as comparison, {{ end }} as from_days, -1 as to_days
    {{ 'union all' if not loop.last }}
    {% endif -%}
    {% endfor %}

),

-- Numbers in place of names, of which there would be one in every row.
kinds as (

    select 'first_order' as index_kind, 0 as kind_number
    union all
    select 'every_order' as index_kind, 100 as kind_number

),

numbered_spans as (

    select
        kinds.index_kind,
        spans.comparison,
        spans.from_days,
        spans.to_days,
        cast(
            kinds.kind_number + row_number() over (
                partition by kinds.index_kind order by spans.comparison, spans.from_days, spans.to_days
            ) as integer
        ) as span_id
    from spans
    cross join kinds

),

spanned as {{ cx_warehouse.computed_in_place() }} (

    select
        spans.span_id,
        reorders.pace_stratum,
        reorders.passed_days,
        reorders.tie_share,
        reorders.exposed_at_risk,
        reorders.unexposed_at_risk,
        reorders.exposed_share
    from reorders
    inner join numbered_spans as spans
        on reorders.index_kind = spans.index_kind
        and reorders.comparison = spans.comparison
        and reorders.after_days >= spans.from_days
        and (reorders.after_days < spans.to_days or spans.to_days = -1)

),

ratios as (

    {{ cx_warehouse.hazard_ratio('spanned', ['span_id']) }}

),

-- Who had not ordered again when a span began is in it until the end of theirs; a next order after its end is none in it.
cells as (

    select index_kind, comparison, after_days, is_exposed, is_reordered, count(*) as order_count
    from orders
    group by index_kind, comparison, after_days, is_exposed, is_reordered

),

counted as (

    select
        spans.span_id,
        sum(case when cells.is_exposed then cells.order_count else 0 end) as exposed_count,
        sum(case when not cells.is_exposed then cells.order_count else 0 end) as unexposed_count,
        {% for group in ['is_exposed', 'not is_exposed'] -%}
        sum(case
            when cells.is_reordered and {{ group | replace('is_', 'cells.is_') }} and (cells.after_days < spans.to_days or spans.to_days = -1)
                then cells.order_count
            else 0
        end) as {{ 'exposed' if loop.first else 'unexposed' }}_reordered_count{{ ',' if not loop.last }}
        {% endfor %}
    from cells
    inner join numbered_spans as spans
        on cells.index_kind = spans.index_kind
        and cells.comparison = spans.comparison
        and cells.after_days >= spans.from_days
    group by spans.span_id

),

-- A customer is in a span if any of their orders is.
customers as (

    select index_kind, comparison, is_exposed, customer_id, max(after_days) as after_days
    from orders
    group by index_kind, comparison, is_exposed, customer_id

),

customer_cells as (

    select index_kind, comparison, is_exposed, after_days, count(customer_id) as customer_count
    from customers
    group by index_kind, comparison, is_exposed, after_days

),

customers_counted as (

    select
        spans.span_id,
        sum(case when cells.is_exposed then cells.customer_count else 0 end) as exposed_customer_count,
        sum(case when not cells.is_exposed then cells.customer_count else 0 end) as unexposed_customer_count
    from customer_cells as cells
    inner join numbered_spans as spans
        on cells.index_kind = spans.index_kind
        and cells.comparison = spans.comparison
        and cells.after_days >= spans.from_days
    group by spans.span_id

),

-- By first order every customer counts once, and the plain variance holds.
repeated as (

    select
        orders.*,
        max(case when is_reordered then passed_days end) over (
            partition by comparison, pace_stratum order by passed_days range between unbounded preceding and current row
        ) as last_reordered_days
    from orders
    where index_kind = 'every_order'

),

people as (

    select
        spans.span_id,
        repeated.customer_id,
        repeated.pace_stratum,
        repeated.passed_days,
        repeated.last_reordered_days,
        repeated.is_exposed,
        repeated.is_reordered and (repeated.after_days < spans.to_days or spans.to_days = -1) as is_reordered
    from repeated
    inner join numbered_spans as spans
        on repeated.index_kind = spans.index_kind
        and repeated.comparison = spans.comparison
        and repeated.after_days >= spans.from_days

),

clustered as (

    {{ cx_warehouse.hazard_ratio_variance(
        'people', 'spanned', 'ratios', ['span_id'],
        'pace_stratum', 'customer_id', 'passed_days', 'is_exposed', 'is_reordered', 'last_reordered_days'
    ) }}

),

final as (

    select
        spans.index_kind,
        spans.comparison,
        case when spans.from_days < 0 then 0 else spans.from_days end as from_days,
        case when spans.to_days >= 0 then spans.to_days end as to_days,
        cast(counted.exposed_count as {{ dbt.type_bigint() }}) as exposed_count,
        cast(counted.unexposed_count as {{ dbt.type_bigint() }}) as unexposed_count,
        cast(counted.exposed_reordered_count as {{ dbt.type_bigint() }}) as exposed_reordered_count,
        cast(counted.unexposed_reordered_count as {{ dbt.type_bigint() }}) as unexposed_reordered_count,
        cast(customers_counted.exposed_customer_count as {{ dbt.type_bigint() }}) as exposed_customer_count,
        cast(customers_counted.unexposed_customer_count as {{ dbt.type_bigint() }}) as unexposed_customer_count,
        coalesce(ratios.event_count, 0) as matched_reordered_count,
        ratios.log_hazard_ratio,
        case spans.index_kind
            when 'first_order' then {{ cx_warehouse.ratio('1', 'ratios.information') }}
            else clustered.log_hazard_ratio_variance
        end as log_hazard_ratio_variance
    from counted
    inner join numbered_spans as spans on counted.span_id = spans.span_id
    inner join customers_counted on counted.span_id = customers_counted.span_id
    left join ratios on counted.span_id = ratios.span_id
    left join clustered on counted.span_id = clustered.span_id

)

select * from final
