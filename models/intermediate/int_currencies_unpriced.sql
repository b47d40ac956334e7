-- Grain: one row per source table, currency and month in which money of that currency occurs there and no rate turns it
-- into the reporting one. What rests on other tables is as well known as ever.
with

amounts as (

    select 'fulfilment.orders' as source_table, currency, {{ cx_warehouse.period_month('ordered_at') }} as rate_month from {{ ref('stg_fulfilment__orders') }}
    union all
    select 'crm.contacts' as source_table, currency, {{ cx_warehouse.period_month('opened_at') }} as rate_month from {{ ref('stg_crm__contacts') }} where cost_amount is not null
    union all
    select 'crm.initiative_costs' as source_table, currency, {{ cx_warehouse.month_text('spent_on') }} as rate_month from {{ ref('stg_crm__initiative_costs') }}
    union all
    -- By the month that int_orders_delivered prices it by.
    select
        'fulfilment.shipments' as source_table,
        shipments.currency,
        {{ cx_warehouse.period_month('coalesce(shipments.shipped_at, orders.ordered_at)') }} as rate_month
    from {{ ref('stg_fulfilment__shipments') }} as shipments
    left join {{ ref('stg_fulfilment__orders') }} as orders on shipments.order_id = orders.order_id
    where shipments.shipping_cost_amount is not null
    union all
    select 'fulfilment.adjustments' as source_table, currency, {{ cx_warehouse.period_month('adjusted_at') }} as rate_month from {{ ref('stg_fulfilment__adjustments') }}

),

months as (

    select
        source_table,
        currency,
        rate_month,
        count(*) as amount_count
    from amounts
    where currency <> 'XXX' and rate_month is not null
    group by source_table, currency, rate_month

),

rates as (

    select * from {{ ref('int_fx_rates') }}

),

final as (

    select
        months.source_table,
        months.currency,
        months.rate_month,
        months.amount_count
    from months
    left join rates on months.currency = rates.currency and months.rate_month = rates.rate_month
    where
        rates.currency is null
        and months.currency <> (select reporting_currency from {{ ref('int_reporting_currency') }})

)

select * from final
