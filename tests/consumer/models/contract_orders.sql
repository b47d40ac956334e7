-- Grain: one row per order, in the columns of the package's source contract (fulfilment.orders).
select
    number as order_id,
    customer as customer_id,
    bought as ordered_at,
    due as promised_by,
    cast(null as {{ dbt.type_string() }}) as region,
    cast(null as {{ dbt.type_string() }}) as service_level,
    total as amount,
    cast(null as {{ dbt.type_string() }}) as cost_of_goods_amount,
    'EUR' as currency,
    cast(null as {{ dbt.type_string() }}) as units_ordered,
    'delivered' as status,
    cast(null as {{ dbt.type_string() }}) as cancelled_at,
    cast(null as {{ dbt.type_string() }}) as cancelled_by,
    arrived as updated_at,
    cast(null as {{ dbt.type_string() }}) as deleted_at
from {{ ref('shop_orders') }}
