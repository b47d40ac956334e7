-- Grain: one row per order and export that holds it, in whichever shape it came.
with

export_lines as (

    select * from {{ source('shopify', 'orders_export') }}

),

orders as (

    select * from {{ source('shopify', 'orders') }}

),

order_lines as (

    select * from {{ source('shopify', 'order_lines') }}

),

shipping_lines as (

    select * from {{ source('shopify', 'order_shipping_lines') }}

),

-- What is of the whole order stands on the first of its rows, so there is one value of each.
exported as (

    select
        name,
        max(id) as id,
        max(email) as email_hash,
        max(created_at) as created_at,
        max(paid_at) as paid_at,
        max(fulfilled_at) as fulfilled_at,
        max(cancelled_at) as cancelled_at,
        max(fulfillment_status) as fulfillment_status,
        max(shipping_country) as shipping_country,
        max(shipping_method) as shipping_method,
        max(currency) as currency,
        max(total) as total,
        max(taxes) as taxes,
        max(refunded_amount) as refunded_amount,
        sum({{ cx_warehouse.read_integer('lineitem_quantity') }}) as unit_count,
        _file,
        _load_id,
        min(_line) as _line,
        max(_loaded_at) as _loaded_at
    from export_lines
    group by name, _file, _load_id

),

units as (

    select
        order_id,
        sum({{ cx_warehouse.read_integer('quantity') }}) as unit_count
    from (select distinct id, order_id, quantity from order_lines) as lines_once
    group by order_id

),

ways as (

    select
        order_id,
        min(code) as code
    from shipping_lines
    group by order_id

),

shapes as (

    select
        coalesce(id, name) as order_id,
        {{ cx_warehouse.unfilled() }} as tool_customer_id,
        email_hash,
        created_at as ordered_at,
        cancelled_at,
        {{ cx_warehouse.latest_text(['created_at', 'paid_at', 'fulfilled_at', 'cancelled_at']) }} as updated_at,
        lower(fulfillment_status) as fulfillment_status,
        {{ cx_warehouse.unfilled() }} as cancel_reason,
        {{ cx_warehouse.unfilled() }} as deleted_at,
        shipping_country as country,
        shipping_method as service_level,
        currency,
        total,
        taxes,
        refunded_amount,
        unit_count,
        _file,
        _line,
        _load_id,
        _loaded_at
    from exported

    union all

    select
        orders.id,
        orders.customer_id,
        orders.email,
        {{ cx_warehouse.utc_text('orders.created_at') }},
        {{ cx_warehouse.utc_text('orders.cancelled_at') }},
        {{ cx_warehouse.utc_text('orders.updated_at') }},
        lower(orders.fulfillment_status),
        lower(orders.cancel_reason),
        case when {{ cx_warehouse.is_set('orders.fivetran_deleted') }} then {{ cx_warehouse.utc_text('orders.updated_at') }} end,
        orders.shipping_address_country_code,
        ways.code,
        orders.currency,
        orders.total_price,
        orders.total_tax,
        {{ cx_warehouse.unfilled() }},
        units.unit_count,
        orders._file,
        orders._line,
        orders._load_id,
        orders._loaded_at
    from orders
    left join units on orders.id = units.order_id
    left join ways on orders.id = ways.order_id

),

-- What the customer pays without taxes, whether or not prices include them.
final as (

    select
        *,
        {{ cx_warehouse.read_decimal('total') }} as total_amount,
        {{ cx_warehouse.read_decimal('total') }} - {{ cx_warehouse.read_decimal('taxes') }} as net_amount,
        {{ cx_warehouse.read_decimal('refunded_amount') }} as refunded_total_amount
    from shapes

)

select * from final
