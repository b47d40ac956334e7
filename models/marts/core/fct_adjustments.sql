-- Grain: one row per adjustment: a refund, a credit, a reshipment or a return.
-- Orphans are kept: their money was spent, even if the order it was spent on is not on record.
with

adjustments as (

    select * from {{ cx_warehouse.changed(ref('stg_fulfilment__adjustments')) }}

),

orders as (

    select * from {{ cx_warehouse.changed(ref('stg_fulfilment__orders')) }}

),

final as (

    select
        adjustments.adjustment_id,
        adjustments.order_id,
        adjustments.contact_id,
        orders.customer_id,
        adjustments.kind,
        adjustments.reason,
        cast({{ cx_warehouse.reporting_amount('adjustments.amount', 'adjustments.currency') }} as numeric(28, 6)) as adjustment_amount,
        adjustments.is_orphan,
        adjustments.adjusted_at
    from adjustments
    {{ cx_warehouse.fx_join('adjustments.currency', cx_warehouse.period_month('adjustments.adjusted_at')) }}
    left join orders on adjustments.order_id = orders.order_id

)

select
    adjustment_id,
    order_id,
    contact_id,
    customer_id,
    kind,
    reason,
    adjustment_amount,
    is_orphan,
    adjusted_at
from final
