-- Grain: one row per index kind × comparison × horizon.
-- Only orders followed for the whole horizon can be said to have been followed by another or not.
{%- set horizons = [30, 60, 90, 180, 365] %}
with

orders as (

    select * from {{ ref('int_orders_compared') }}

),

horizons as (

    {% for horizon in horizons -%}
    select {{ horizon }} as horizon_days
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

matured as (

    select
        orders.index_kind,
        orders.comparison,
        horizons.horizon_days,
        orders.customer_id,
        orders.stratum,
        orders.is_exposed,
        orders.is_reordered and orders.passed_days <= horizons.horizon_days as is_retained
    from orders
    inner join horizons on orders.followed_days >= horizons.horizon_days

),

customers as (

    select
        index_kind,
        comparison,
        horizon_days,
        count(distinct case when is_exposed then customer_id end) as exposed_customer_count,
        count(distinct case when not is_exposed then customer_id end) as unexposed_customer_count
    from matured
    group by index_kind, comparison, horizon_days

),

compared as (

    {{ cx_warehouse.stratified_difference('matured', ['index_kind', 'comparison', 'horizon_days'], 'stratum', 'customer_id', 'is_exposed', 'is_retained') }}

),

final as (

    select
        compared.*,
        customers.exposed_customer_count,
        customers.unexposed_customer_count
    from compared
    inner join customers
        on compared.index_kind = customers.index_kind
        and compared.comparison = customers.comparison
        and compared.horizon_days = customers.horizon_days

)

select * from final
