-- Grain: one row per index kind × comparison × stratum × time × event then: an order that was followed by another.
with

orders as (

    select * from {{ ref('int_orders_compared') }}

),

final as (

    {{ cx_warehouse.risk_sets('orders', ['index_kind', 'comparison', 'pace_stratum'], 'passed_days', 'is_exposed', 'is_reordered') }}

)

select * from final
