-- Grain: one row per source table × what is added up in it and in the fact that publishes it.
-- The joins on the way to a fact may neither drop nor double a row, so both totals are one.
with

totals as (

    select * from {{ ref('int_sources_totalled') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

contacts as (

    select * from {{ ref('fct_contacts') }}

),

adjustments as (

    select * from {{ ref('fct_adjustments') }}

),

answers as (

    select * from {{ ref('fct_answers') }}

),

interactions as (

    select * from {{ ref('fct_interactions') }} where source_table = 'fulfilment.shipments'

),

published as (

    {% for name, source_table, measure, fact, column in [
        ('orders', 'fulfilment.orders', 'amount', 'fct_orders', 'amount'),
        ('contacts', 'crm.contacts', 'cost_amount', 'fct_contacts', 'cost_amount'),
        ('adjustments', 'fulfilment.adjustments', 'amount', 'fct_adjustments', 'adjustment_amount')
    ] -%}
    select
        '{{ source_table }}' as source_table,
        '{{ measure }}' as measure,
        '{{ fact }}.{{ column }}' as published_in,
        cast(coalesce(sum({{ column }}), 0) as numeric(28, 6)) as total
    from {{ name }}

    union all

    {% endfor -%}
    {% for kind, instant in [('shipment', 'shipped_at'), ('delivery', 'delivered_at')] -%}
    select
        'fulfilment.shipments' as source_table,
        '{{ instant }}' as measure,
        'fct_interactions' as published_in,
        cast(coalesce({{ cx_warehouse.count_if("interaction_kind = '" ~ kind ~ "'") }}, 0) as numeric(28, 6)) as total
    from interactions

    union all

    {% endfor -%}
    {% for name, source_table in [
        ('orders', 'fulfilment.orders'), ('contacts', 'crm.contacts'), ('adjustments', 'fulfilment.adjustments'), ('answers', 'survey.answers')
    ] -%}
    select
        '{{ source_table }}' as source_table,
        'rows' as measure,
        'fct_{{ name }}' as published_in,
        cast(count(*) as numeric(28, 6)) as total
    from {{ name }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['totals.source_table', 'totals.measure']) }} as reconciliation_id,
        totals.source_table,
        totals.measure,
        published.published_in,
        totals.unpriced_count,
        totals.total as source_total,
        published.total as published_total,
        published.total - totals.total as difference
    from totals
    inner join published on totals.source_table = published.source_table and totals.measure = published.measure

)

select
    reconciliation_id,
    source_table,
    measure,
    published_in,
    unpriced_count,
    source_total,
    published_total,
    cast(difference as numeric(28, 6)) as difference
from final
