-- Grain: one row per index kind × comparison × span of days since the landmark.
{%- set ends = [0, 30, 60, 90, 180, 365] %}
{%- set most_spanned = 'missed_and_kept' %}
{%- set comparisons = [most_spanned, 'outside_cause_and_kept', 'compensated_and_kept', 'uncompensated_and_kept', 'compensated_and_uncompensated'] %}
{#- The whole follow-up, and for misses each span, all up to its end and all that comes after. #}
{%- set spans = [[none, none]] %}
{%- for end in ends if end > 0 %}
    {%- do spans.append([ends[loop.index0] or none, end]) %}
    {%- if not loop.first %} {%- do spans.append([none, end]) %} {%- endif %}
    {%- do spans.append([end, none]) %}
{%- endfor %}
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

-- Numbers in place of names, of which there would be one in every row; -1 stands for no bound.
numbered_spans as (

    {% for index_kind in ['first_order', 'every_order'] -%}
    {%- set kind_number = loop.index -%}
    {%- for comparison in comparisons -%}
    {%- set comparison_number = loop.index -%}
    {%- for from_days, to_days in (spans if comparison == most_spanned else spans[:1]) -%}
    select
        {{ 1000 * kind_number + 100 * comparison_number + loop.index }} as span_id,
        '{{ index_kind }}' as index_kind,
        '{{ comparison }}' as comparison,
        {{ loop.index }} as span_number,
        {{ -1 if from_days is none else from_days }} as from_days,
        {{ -1 if to_days is none else to_days }} as to_days
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}

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
people as {{ cx_warehouse.computed_in_place() }} (

    select
        orders.*,
        max(case when is_reordered then passed_days end) over (
            partition by comparison, pace_stratum order by passed_days range between unbounded preceding and current row
        ) as last_reordered_days
    from orders
    where index_kind = 'every_order'

),

estimates as (

    select
        spans.comparison,
        spans.span_number,
        ratios.log_hazard_ratio,
        ratios.information
    from ratios
    inner join numbered_spans as spans on ratios.span_id = spans.span_id
    where spans.index_kind = 'every_order'

),

{% for part, condition in {'most_spanned': '=', 'once_spanned': '<>'}.items() -%}
{{ part }}_people as {{ cx_warehouse.computed_in_place() }} (

    select * from people where comparison {{ condition }} '{{ most_spanned }}'

),

{{ part }}_reorders as {{ cx_warehouse.computed_in_place() }} (

    select * from reorders where index_kind = 'every_order' and comparison {{ condition }} '{{ most_spanned }}'

),

{{ part }}_estimates as (

    select * from estimates where comparison {{ condition }} '{{ most_spanned }}'

),

{{ part }}_clustered as (

    {{ cx_warehouse.hazard_ratio_variance(
        part ~ '_people', part ~ '_reorders', part ~ '_estimates', spans if condition == '=' else spans[:1], ['comparison'],
        'pace_stratum', 'customer_id', 'passed_days', 'is_exposed', 'is_reordered', 'last_reordered_days'
    ) }}

),

{% endfor -%}
clustered as (

    select * from most_spanned_clustered
    union all
    select * from once_spanned_clustered

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
    left join clustered on spans.comparison = clustered.comparison and spans.span_number = clustered.span_number

)

select * from final
