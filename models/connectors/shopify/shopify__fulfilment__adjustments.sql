-- Grain: one row per refund, or per order with money given back where only the orders were exported.
{% set columns = cx_warehouse.contract_columns('fulfilment', 'adjustments') | map(attribute='name') | list %}
with

orders as (

    select * from {{ ref('shopify__orders') }}

),

refunds as (

    select * from {{ source('shopify', 'refunds') }}

),

order_line_refunds as (

    select * from {{ source('shopify', 'order_line_refunds') }}

),

order_adjustments as (

    select * from {{ source('shopify', 'order_adjustments') }}

),

-- The same rows may have been landed twice. What is given back beside the lines is below zero there and costs the firm here.
refund_parts as (

    select
        refund_id,
        part_id,
        part_amount
    from (
        select
            refund_id,
            id as part_id,
            {{ cx_warehouse.read_decimal('subtotal') }} as part_amount
        from order_line_refunds
        union
        select
            refund_id,
            id,
            -{{ cx_warehouse.read_decimal('amount') }}
        from order_adjustments
    ) as parts

),

refund_amounts as (

    select
        refund_id,
        sum(part_amount) as amount
    from refund_parts
    group by refund_id

),

order_currencies as (

    select
        order_id,
        min(currency) as currency
    from orders
    group by order_id

),

-- The export of orders has one sum, taxes included, and no day. Taxes are taken out in the proportion of the order; the last
-- instant that it knows of the order stands in.
mapped as (

    select
        order_id || '-refund' as adjustment_id,
        order_id,
        {{ cx_warehouse.unfilled() }} as contact_id,
        'refund' as kind,
        cast(round(
            cast(refunded_total_amount * {{ cx_warehouse.ratio('net_amount', 'total_amount') }} as numeric(28, 6)), 2
        ) as {{ dbt.type_string() }}) as amount,
        currency,
        {{ cx_warehouse.unfilled() }} as reason,
        updated_at as adjusted_at,
        updated_at,
        {{ cx_warehouse.unfilled() }} as deleted_at,
        _file,
        _line,
        _load_id,
        _loaded_at
    from orders
    where refunded_total_amount > 0

    union all

    select
        refunds.id,
        refunds.order_id,
        {{ cx_warehouse.unfilled() }},
        'refund',
        cast(refund_amounts.amount as {{ dbt.type_string() }}),
        order_currencies.currency,
        {{ cx_warehouse.unfilled() }},
        {{ cx_warehouse.utc_text('refunds.created_at') }},
        {{ cx_warehouse.utc_text('refunds.created_at') }},
        {{ cx_warehouse.unfilled() }},
        refunds._file,
        refunds._line,
        refunds._load_id,
        refunds._loaded_at
    from refunds
    left join refund_amounts on refunds.id = refund_amounts.refund_id
    left join order_currencies on refunds.order_id = order_currencies.order_id

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
