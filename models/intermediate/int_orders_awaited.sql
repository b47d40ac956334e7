-- Grain: one row per order.
-- How long it took as the customer counts: whole days from the date of the order to the date of arrival, both on the
-- customer's own calendar (ordered late on Monday, there on Wednesday: 2). What is promised to the hour or minute follows a
-- timetable, which no lead time moves: there the wait is the delay behind it, in days with their fraction.
{%- set instants = {
    'ordered': 'ordered_at',
    'started': 'started_at',
    'shipped': 'shipped_at',
    'delivered': 'delivered_at',
    'observed': 'observed_until',
} %}
with

orders as (

    select * from {{ ref('int_orders_judged') }}

),

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

promise_kinds as (

    select * from {{ ref('ref_promise_kinds') }}

),

as_of_row as (

    select as_of from {{ ref('stg_as_of') }}

),

feed as (

    select is_present, observed_until from {{ ref('int_sources_observed') }}
    where source_table = 'fulfilment.shipments'

),

placed as (

    select
        orders.*,
        coalesce(customers.timezone, {{ cx_warehouse.business_timezone() }}) as timezone,
        case when promise_kinds.unit <> 'days' then 'after_schedule' else 'after_order' end as basis,
        case when promise_kinds.unit <> 'days' then orders.first_due_at else orders.ordered_at end as started_at,
        case when feed.is_present then least(as_of_row.as_of, feed.observed_until) end as observed_until
    from orders
    cross join as_of_row
    cross join feed
    left join customers on orders.customer_id = customers.customer_id
    left join promise_kinds on orders.promise_kind = promise_kinds.promise_kind

),

dated as (

    select
        placed.*,
        {%- for event, instant in instants.items() %}
        {{ cx_warehouse.zoned_date('placed.' ~ instant, 'placed.timezone', event ~ '_dates') }} as {{ event }}_date{{ ',' if not loop.last }}
        {%- endfor %}
    from placed
    {%- for event, instant in instants.items() %}
    {{ cx_warehouse.zoned_dates_join('placed.' ~ instant, 'placed.timezone', event ~ '_dates') }}
    {%- endfor %}

),

final as (

    select
        order_id,
        basis,
        {{ cx_warehouse.dimension('lane') }} as lane,
        region,
        service_level,
        cast({{ cx_warehouse.dates_between('ordered_date', 'shipped_date') }} as double) as dispatch_days,
        cast(case basis
            when 'after_order' then {{ cx_warehouse.dates_between('ordered_date', 'delivered_date') }}
            else {{ cx_warehouse.days_between('first_due_at', 'delivered_at') }}
        end as double) as waited_days,
        -- The last date has not been seen to its end.
        cast({{ cx_warehouse.dates_between('started_date', 'observed_date') }} - 1 as integer) as followed_days,
        coalesce(status = 'cancelled', false) as is_cancelled,
        -- Said to have arrived, but not when, or not so that it can be read; or arrived before it was ordered.
        (delivered_at is null and coalesce(is_delivery_unreadable or status in ('delivered', 'returned'), false))
        or coalesce(delivered_date < ordered_date, false) as is_unreadable,
        -- Sent or further on its way, on a day that nobody wrote down.
        shipped_date is null
        and (
            delivered_date is not null or coalesce(is_dispatch_unreadable or status in ('shipped', 'delivered', 'returned'), false)
        ) as is_dispatch_unreadable,
        ordered_date,
        started_date
    from dated

)

select * from final
