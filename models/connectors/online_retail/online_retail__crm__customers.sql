-- Grain: one row per customer whom the shop knows by number.
{% set columns = cx_warehouse.contract_columns('crm', 'customers') | map(attribute='name') | list %}
{% set countries = {
    'Australia': 'AU', 'Austria': 'AT', 'Bahrain': 'BH', 'Belgium': 'BE', 'Bermuda': 'BM', 'Brazil': 'BR', 'Canada': 'CA',
    'Cyprus': 'CY', 'Czech Republic': 'CZ', 'Denmark': 'DK', 'EIRE': 'IE', 'Finland': 'FI', 'France': 'FR',
    'Germany': 'DE', 'Greece': 'GR', 'Hong Kong': 'HK', 'Iceland': 'IS', 'Israel': 'IL', 'Italy': 'IT', 'Japan': 'JP',
    'Korea': 'KR', 'Lebanon': 'LB', 'Lithuania': 'LT', 'Malta': 'MT', 'Netherlands': 'NL', 'Nigeria': 'NG',
    'Norway': 'NO', 'Poland': 'PL', 'Portugal': 'PT', 'RSA': 'ZA', 'Saudi Arabia': 'SA', 'Singapore': 'SG',
    'Spain': 'ES', 'Sweden': 'SE', 'Switzerland': 'CH', 'Thailand': 'TH', 'USA': 'US', 'United Arab Emirates': 'AE',
    'United Kingdom': 'GB'
} %}
with

invoices as (

    select * from {{ ref('online_retail__invoices') }} where customer_id is not null

),

-- The first invoice alone, so that nothing in the row was known only later; a few customers moved since.
first_invoices as (

    select
        *,
        row_number() over (partition by customer_id order by invoiced_at, invoice_id) as invoice_number
    from invoices

),

-- 'Channel Islands', 'West Indies', 'European Community' and 'Unspecified' are no single country: no code, but a region.
mapped as (

    select
        customer_id,
        cast(null as {{ dbt.type_string() }}) as email,
        cast(null as {{ dbt.type_string() }}) as segment,
        nullif(country, 'Unspecified') as region,
        case country
            {%- for country, code in countries.items() %}
            when '{{ country }}' then '{{ code }}'
            {%- endfor %}
        end as country,
        cast(null as {{ dbt.type_string() }}) as timezone,
        cast(null as {{ dbt.type_string() }}) as acquisition_channel,
        invoiced_at as acquired_at,
        cast(null as {{ dbt.type_string() }}) as churned_at,
        invoiced_at as updated_at,
        cast(null as {{ dbt.type_string() }}) as deleted_at,
        _file,
        _line,
        _load_id,
        _loaded_at
    from first_invoices
    where invoice_number = 1

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
