-- Grain: one row per index kind × comparison × horizon.
-- Only orders followed for the whole horizon can be said to have been followed by another or not.
{%- set horizons = [30, 60, 90, 180, 365] %}
{%- set counts = [
    'exposed_count', 'unexposed_count', 'exposed_success_count', 'unexposed_success_count', 'matched_count',
    'matched_exposed_count', 'matched_unexposed_count', 'stratum_count', 'cluster_count'
] %}
{%- set retained = [] %}
{%- for horizon in horizons %} {%- do retained.append('is_retained_' ~ horizon) %} {%- endfor %}
with

orders as (

    select * from {{ ref('int_orders_compared') }} where followed_days >= {{ horizons[0] }}

),

compared_kinds as (

    select index_kind, comparison from orders group by index_kind, comparison

),

-- Numbers in place of names, of which there would be two in every row.
kinds as (

    select
        index_kind,
        comparison,
        cast(row_number() over (order by index_kind, comparison) as integer) as kind_id
    from compared_kinds

),

trials as {{ cx_warehouse.computed_in_place() }} (

    select
        kinds.kind_id,
        orders.customer_id,
        orders.stratum,
        orders.is_exposed,
        orders.followed_days
        {%- for horizon in horizons %},
        case when orders.followed_days >= {{ horizon }} then orders.is_reordered and orders.passed_days <= {{ horizon }} end as is_retained_{{ horizon }}
        {%- endfor %}
    from orders
    inner join kinds
        on orders.index_kind = kinds.index_kind
        and orders.comparison = kinds.comparison

),

-- A customer counts at a horizon if any of their orders was followed for so long.
customers as (

    select kind_id, is_exposed, customer_id, max(followed_days) as followed_days
    from trials
    group by kind_id, is_exposed, customer_id

),

customers_counted as (

    select
        kind_id
        {%- for horizon in horizons %},
        {{ cx_warehouse.count_if('is_exposed and followed_days >= ' ~ horizon) }} as exposed_customer_count_{{ horizon }},
        {{ cx_warehouse.count_if('not is_exposed and followed_days >= ' ~ horizon) }} as unexposed_customer_count_{{ horizon }}
        {%- endfor %}
    from customers
    group by kind_id

),

compared as (

    {{ cx_warehouse.stratified_differences('trials', ['kind_id'], 'stratum', 'customer_id', 'is_exposed', retained) }}

),

final as (

    {% for horizon in horizons -%}
    select
        kinds.index_kind,
        kinds.comparison,
        {{ horizon }} as horizon_days,
        {% for count in counts -%}
        cast(compared.{{ count }} as {{ dbt.type_bigint() }}) as {{ count }},
        {% endfor -%}
        compared.difference,
        compared.difference_variance,
        customers_counted.exposed_customer_count_{{ horizon }} as exposed_customer_count,
        customers_counted.unexposed_customer_count_{{ horizon }} as unexposed_customer_count
    from compared
    inner join kinds on compared.kind_id = kinds.kind_id
    inner join customers_counted on compared.kind_id = customers_counted.kind_id
    where compared.outcome_number = {{ loop.index }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
