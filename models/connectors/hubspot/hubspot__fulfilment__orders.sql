-- Grain: one row per deal that was won and export that holds it.
-- Where a shop's own orders are landed, deals are their copies in the CRM and no further orders.
{% set columns = cx_warehouse.contract_columns('fulfilment', 'orders') | map(attribute='name') | list %}
{% set currency = var('cx_reporting_currency', none) %}
with

deals as (

    select * from {{ ref('hubspot__deals') }}

),

addresses as (

    select * from {{ ref('hubspot__addresses') }}

),

{%- if 'shopify' in var('cx_connectors', []) %}

shop as (

    select count(*) as order_count from {{ ref('shopify__orders') }}

),
{%- endif %}

-- An account with one currency does not export it: it is the reporting currency, if one is set.
mapped as (

    select
        deals.deal_id as order_id,
        coalesce(addresses.person_id, deals.contact_id) as customer_id,
        deals.closed_at as ordered_at,
        {{ cx_warehouse.unfilled() }} as promised_by,
        {{ cx_warehouse.unfilled() }} as region,
        {{ cx_warehouse.unfilled() }} as service_level,
        deals.amount,
        {{ cx_warehouse.unfilled() }} as cost_of_goods_amount,
        {{ "coalesce(deals.currency, '" ~ currency ~ "')" if currency else 'deals.currency' }} as currency,
        {{ cx_warehouse.unfilled() }} as units_ordered,
        'placed' as status,
        {{ cx_warehouse.unfilled() }} as cancelled_at,
        {{ cx_warehouse.unfilled() }} as cancelled_by,
        deals.updated_at,
        case when {{ cx_warehouse.is_set('deals.is_deleted') }} then deals.updated_at end as deleted_at,
        deals._file,
        deals._line,
        deals._load_id,
        deals._loaded_at
    from deals
    left join addresses on deals.contact_id = addresses.contact_id
    {%- if 'shopify' in var('cx_connectors', []) %}
    inner join shop on shop.order_count = 0
    {%- endif %}
    where deals.is_won

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
