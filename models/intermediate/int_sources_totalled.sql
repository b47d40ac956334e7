-- Grain: one row per source table × what is added up: its rows in force, their money in the reporting currency, or how many
-- of them name an instant.
with

orders as (

    select * from {{ ref('stg_fulfilment__orders') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

adjustments as (

    select * from {{ ref('stg_fulfilment__adjustments') }}

),

answers as (

    select * from {{ ref('stg_survey__answers') }}

),

shipments as (

    select * from {{ ref('stg_fulfilment__shipments') }}

),

final as (

    {% for name, source_table, column, instant in [
        ('orders', 'fulfilment.orders', 'amount', 'ordered_at'),
        ('contacts', 'crm.contacts', 'cost_amount', 'opened_at'),
        ('adjustments', 'fulfilment.adjustments', 'amount', 'adjusted_at')
    ] -%}
    select
        '{{ source_table }}' as source_table,
        '{{ column }}' as measure,
        cast(coalesce(sum({{ cx_warehouse.reporting_amount(name ~ '.' ~ column, name ~ '.currency') }}), 0) as numeric(28, 6)) as total,
        coalesce({{ cx_warehouse.count_if(
            name ~ '.' ~ column ~ ' is not null and ' ~ cx_warehouse.reporting_amount(name ~ '.' ~ column, name ~ '.currency') ~ ' is null'
        ) }}, 0) as unpriced_count
    from {{ name }}
    {{ cx_warehouse.fx_join(name ~ '.currency', cx_warehouse.period_month(name ~ '.' ~ instant)) }}

    union all

    {% endfor -%}
    {% for instant in ['shipped_at', 'delivered_at'] -%}
    select
        'fulfilment.shipments' as source_table,
        '{{ instant }}' as measure,
        cast(count({{ instant }}) as numeric(28, 6)) as total,
        cast(null as {{ dbt.type_bigint() }}) as unpriced_count
    from shipments

    union all

    {% endfor -%}
    {% for name, source_table in [
        ('orders', 'fulfilment.orders'), ('contacts', 'crm.contacts'), ('adjustments', 'fulfilment.adjustments'), ('answers', 'survey.answers')
    ] -%}
    select
        '{{ source_table }}' as source_table,
        'rows' as measure,
        cast(count(*) as numeric(28, 6)) as total,
        cast(null as {{ dbt.type_bigint() }}) as unpriced_count
    from {{ name }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
