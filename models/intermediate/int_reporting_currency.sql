-- Grain: one row, the currency in which money is reported.
-- Unless the user names one it is the currency in which most orders were placed: no shop is reported in a currency it
-- does not trade in.
with

currencies as (

    select currency, 1 as preference from {{ ref('stg_fulfilment__orders') }}
    union all
    select currency, 2 as preference from {{ ref('stg_crm__contacts') }}
    union all
    select currency, 2 as preference from {{ ref('stg_fulfilment__shipments') }}
    union all
    select currency, 2 as preference from {{ ref('stg_fulfilment__adjustments') }}
    union all
    select currency, 2 as preference from {{ ref('stg_crm__initiative_costs') }}

),

counted as (

    select
        currency,
        preference,
        count(*) as row_count
    from currencies
    -- XXX is ISO 4217's code for no currency: a tool without money fills it in.
    where currency <> 'XXX'
    group by currency, preference

),

ranked as (

    select
        currency,
        row_number() over (order by preference, row_count desc, currency) as currency_rank
    from counted

),

final as (

    select
        {% if var('cx_reporting_currency') -%}
        cast(upper('{{ var("cx_reporting_currency") }}') as {{ dbt.type_string() }}) as reporting_currency
        {%- else -%}
        (select currency from ranked where currency_rank = 1) as reporting_currency
        {%- endif %}

)

select * from final
