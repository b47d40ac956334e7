-- Grain: one row per order, the version in force at as_of.
with

orders as (

    {{ cx_warehouse.current_rows('fulfilment', 'orders') }}

),

customer_ids as (

    select * from {{ cx_warehouse.changed(ref('stg_crm__customer_ids')) }}

),

-- What a row says may lie after as_of. Not so where as_of is the latest event: a row written after that says how it ended.
timed as (

    select
        orders.*,
        orders.has_later_event or (orders.is_later_version and as_of_row.is_named) as is_status_derived
    from orders
    cross join {{ ref('stg_as_of') }} as as_of_row

),

final as (

    select
        orders.order_id,
        coalesce(customer_ids.customer_id, orders.customer_id) as customer_id,
        orders.ordered_at,
        orders.promised_by_date,
        orders.promised_by_at,
        orders.region,
        orders.service_level,
        orders.amount,
        orders.cost_of_goods_amount,
        upper(orders.currency) as currency,
        orders.units_ordered,
        -- The status is then what can be told from what had happened by as_of; shipments, which know more, have the last
        -- word in int_orders_delivered.
        case
            when not orders.is_status_derived then orders.status
            when orders.cancelled_at is not null then 'cancelled'
            else 'placed'
        end as status,
        orders.is_status_derived,
        orders.cancelled_at,
        case when orders.cancelled_at is not null or not orders.has_later_event then orders.cancelled_by end as cancelled_by,
        (orders.customer_id is not null and not coalesce(customer_ids.is_customer, false) and {{ cx_warehouse.is_present('crm.customers') }}) as is_orphan,
        false as is_unmapped,
        orders.is_later_version,
        orders.version_at,
        orders._load_id,
        orders._file,
        orders._line
    from timed as orders
    left join customer_ids on orders.customer_id = customer_ids.known_id

)

select * from final
