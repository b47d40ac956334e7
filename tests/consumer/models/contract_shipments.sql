-- Grain: one row per shipment, in the columns of the package's source contract (fulfilment.shipments).
select
    'shipment of ' || number as shipment_id,
    number as order_id,
    cast(null as {{ dbt.type_string() }}) as carrier,
    cast(null as {{ dbt.type_string() }}) as lane,
    bought as shipped_at,
    arrived as delivered_at,
    cast(null as {{ dbt.type_string() }}) as delay_cause,
    cast(null as {{ dbt.type_string() }}) as shipping_cost_amount,
    cast(null as {{ dbt.type_string() }}) as currency,
    cast(null as {{ dbt.type_string() }}) as units_delivered,
    arrived as updated_at,
    cast(null as {{ dbt.type_string() }}) as deleted_at
from {{ ref('shop_orders') }}
