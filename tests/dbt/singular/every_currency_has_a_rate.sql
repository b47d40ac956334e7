-- Money in a currency without a rate for its month is not known in the reporting currency. The models withhold what rests
-- on it and name the currency; this says it in the run as well.
{{ config(
    severity='warn',
    meta={
        'what': 'money occurs in a currency that has no rate for its month',
        'why': 'Its amounts are unknown in the reporting currency.',
        'what_to_do': 'Add the rates to seeds/reference/ref_fx_rates.csv and run again; int_currencies_unpriced lists them.',
    }
) }}

select * from {{ ref('int_currencies_unpriced') }}
