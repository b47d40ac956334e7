-- Fitness: money in a currency without a rate for its month is not known in the reporting currency.
-- What to do: add the month's rate to seeds/reference/ref_fx_rates.csv and run again.
{{ config(severity='warn', meta={'metrics': ['cost_per_order']}) }}

select * from {{ ref('int_currencies_unpriced') }}
