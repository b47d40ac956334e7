-- Of two rates for one month and currency nobody knows which holds, so int_fx_rates takes neither; this names them.
{{ config(
    severity='warn',
    meta={
        'what': 'two different rates stand in seeds/reference/ref_fx_rates.csv for one month and currency',
        'why': 'Neither is taken, so amounts of that month and currency are unknown in the reporting currency.',
        'what_to_do': 'Leave one row per month and currency in seeds/reference/ref_fx_rates.csv and run again.',
    }
) }}

select
    substr(month, 1, 7) as rate_month,
    upper(currency) as currency,
    min(rate) as lowest_rate,
    max(rate) as highest_rate
from {{ ref('ref_fx_rates') }}
where rate > 0
group by substr(month, 1, 7), upper(currency)
having min(rate) < max(rate)
