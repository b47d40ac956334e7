-- Grain: one row per index kind × comparison × horizon.
-- Only orders followed for the whole horizon can be said to have been followed by another or not.
{%- set horizons = [30, 60, 90, 180, 365] %}
with

orders as (

    select
        *,
        case
            {%- for horizon in horizons | reverse %}
            when followed_days >= {{ horizon }} then {{ horizon }}
            {%- endfor %}
        end as longest_days
    from {{ ref('int_orders_compared') }}
    where followed_days >= {{ horizons[0] }}

),

horizons as (

    {% for horizon in horizons -%}
    select {{ horizon }} as horizon_days
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

compared_kinds as (

    select index_kind, comparison from orders group by index_kind, comparison

),

-- Numbers in place of names, of which there would be one in every row.
trials as (

    select
        compared_kinds.index_kind,
        compared_kinds.comparison,
        horizons.horizon_days,
        cast(
            row_number() over (order by compared_kinds.index_kind, compared_kinds.comparison, horizons.horizon_days) as integer
        ) as trial_id
    from compared_kinds
    cross join horizons

),

matured as (

    select
        trials.trial_id,
        orders.customer_id,
        orders.stratum,
        orders.is_exposed,
        orders.is_reordered and orders.passed_days <= trials.horizon_days as is_retained
    from orders
    inner join trials
        on orders.index_kind = trials.index_kind
        and orders.comparison = trials.comparison
        and orders.longest_days >= trials.horizon_days

),

-- A customer counts at a horizon if any of their orders was followed for so long.
customers as (

    select index_kind, comparison, is_exposed, customer_id, max(longest_days) as longest_days
    from orders
    group by index_kind, comparison, is_exposed, customer_id

),

customer_cells as (

    select index_kind, comparison, is_exposed, longest_days, count(customer_id) as customer_count
    from customers
    group by index_kind, comparison, is_exposed, longest_days

),

customers_counted as (

    select
        trials.trial_id,
        cast(sum(case when cells.is_exposed then cells.customer_count else 0 end) as {{ dbt.type_bigint() }}) as exposed_customer_count,
        cast(sum(case when not cells.is_exposed then cells.customer_count else 0 end) as {{ dbt.type_bigint() }}) as unexposed_customer_count
    from customer_cells as cells
    inner join trials
        on cells.index_kind = trials.index_kind
        and cells.comparison = trials.comparison
        and cells.longest_days >= trials.horizon_days
    group by trials.trial_id

),

compared as (

    {{ cx_warehouse.stratified_difference('matured', ['trial_id'], 'stratum', 'customer_id', 'is_exposed', 'is_retained') }}

),

final as (

    select
        trials.index_kind,
        trials.comparison,
        trials.horizon_days,
        {% for column in [
            'exposed_count', 'unexposed_count', 'exposed_success_count', 'unexposed_success_count', 'matched_count',
            'matched_exposed_count', 'matched_unexposed_count', 'stratum_count', 'cluster_count', 'difference', 'difference_variance'
        ] -%}
        compared.{{ column }},
        {% endfor -%}
        customers_counted.exposed_customer_count,
        customers_counted.unexposed_customer_count
    from compared
    inner join trials on compared.trial_id = trials.trial_id
    inner join customers_counted on compared.trial_id = customers_counted.trial_id

)

select * from final
