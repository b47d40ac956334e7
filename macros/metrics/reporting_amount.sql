{#- An amount in the reporting currency, by the rate of the month in which it fell: needs the relations
    `reporting_currency` and `fx_rates` joined (see fx_join). Without a rate it is unknown, never taken at 1.0. -#}
{% macro reporting_amount(amount, currency, fx='fx_rates') -%}
    case
        when {{ currency }} = (select reporting_currency from {{ ref('int_reporting_currency') }})
            then cast({{ amount }} as numeric(28, 6))
        else cast({{ amount }} * {{ fx }}.rate as numeric(28, 6))
    end
{%- endmacro %}

{#- The join that reporting_amount needs: by the month of the amount, on the calendar of the business as in every report. -#}
{% macro fx_join(currency, month, fx='fx_rates') -%}
    left join {{ ref('int_fx_rates') }} as {{ fx }}
        on {{ currency }} = {{ fx }}.currency
        and {{ month }} = {{ fx }}.rate_month
{%- endmacro %}

{#- One row: the currencies without a rate in these source tables; null where every amount of theirs can be converted. -#}
{% macro unpriced_currencies(source_tables) -%}
    select {{ cx_warehouse.joined_text('currency', ', ') }} as currencies
    from {{ ref('int_currencies_unpriced') }}
    where source_table in ('{{ source_tables | join("', '") }}')
{%- endmacro %}
