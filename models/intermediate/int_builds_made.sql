-- Grain: one row per load that this build knew, with what it says of itself to the next one.
-- What is settled can only change by what is landed: nothing of it lies after as_of, nor after the last event of a table that could have
-- recorded how it ended; two days less, since dates end at other instants elsewhere. The basis is what all rows rest on.
with

loads as (

    {% for system, table in cx_warehouse.source_tables() -%}
    select _load_id as load_id from {{ ref('base_' ~ system ~ '__' ~ table) }}
    {{ 'union' if not loop.last }}
    {% endfor %}
),

as_of_row as (

    select as_of from {{ ref('stg_as_of') }}

),

sources as (

    select string_agg(concat(source_table, '=', is_present), ' ' order by source_table) as presence from {{ ref('int_sources_observed') }}

),

feeds as (

    select
        min(case when is_present then observed_until end) as observed_until,
        string_agg(concat(kept_by, '=', is_present), ' ' order by kept_by) as presence
    from {{ ref('int_feeds_observed') }}

),

contacts as (

    select count(order_id) > 0 as names_orders from {{ ref('stg_crm__contacts') }}

),

currency as (

    select reporting_currency from {{ ref('int_reporting_currency') }}

),

messages as (

    select string_agg({{ cx_warehouse.row_hash(['message_id', 'touchpoint', 'promise_kind', 'service_level', 'promised_value', 'published_on', 'withdrawn_on']) }}, ' ' order by message_id) as wording
    from {{ ref('int_messages_valid') }}
    where is_published

),

calendars as (

    select string_agg(country, ' ' order by country) as countries
    from (select country from {{ ref('int_days_worked') }} group by country) as countries

),

final as (

    select
        loads.load_id,
        {{ cx_warehouse.add_seconds('least(as_of_row.as_of, feeds.observed_until)', '-2 * 86400') }} as settled_until,
        concat_ws(' | ', currency.reporting_currency, sources.presence, feeds.presence, contacts.names_orders, messages.wording, calendars.countries) as basis
    from loads
    cross join as_of_row
    cross join sources
    cross join feeds
    cross join contacts
    cross join currency
    cross join messages
    cross join calendars

)

select * from final
-- After the tables that keep their rows, since the next build takes them for what this one knew:
{% for model in ['fct_orders', 'fct_promises', 'fct_expectation_gaps', 'fct_interactions', 'fct_contacts', 'fct_answers', 'fct_adjustments'] -%}
-- depends_on: {{ ref(model) }}
{% endfor %}
