-- Grain: one row per month and currency; the rate turns an amount of that currency into the reporting currency.
with

rates as (

    select * from {{ ref('ref_fx_rates') }}

),

final as (

    select
        substr(month, 1, 7) as rate_month,
        upper(currency) as currency,
        max(rate) as rate
    from rates
    -- A row left blank, or a rate of nothing, is no rate: its currency is to be named.
    where rate > 0
    group by substr(month, 1, 7), upper(currency)
    -- Of two that differ nobody knows which holds, so neither does.
    having min(rate) = max(rate)

)

select * from final
