-- Grain: one row per feed that records what serving customers took × reporting period.
-- The month in which the last event of a feed falls has not been seen to its end; of those after it nothing is known. What is totalled
-- over several months is known as far as the feed goes.
{%- set feeds = ['crm.contacts', 'fulfilment.adjustments'] %}
with

as_of_row as (

    select {{ cx_warehouse.period_month('as_of') }} as running_month from {{ ref('stg_as_of') }}

),

periods as (

    select * from {{ ref('int_reporting_periods') }}

),

feeds as (

    {% for feed in feeds -%}
    select
        source_table,
        '{{ feed.split('.')[1] }}' as feed_name,
        {{ cx_warehouse.period_month('observed_until') }} as last_month
    from {{ ref('int_sources_observed') }}
    where source_table = '{{ feed }}'
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

spans as (

    select
        month,
        min(period_month) as first_month,
        max(period_month) as last_month
    from {{ ref('int_reporting_period_months') }}
    group by month

),

final as (

    select
        feeds.source_table,
        periods.month,
        coalesce(spans.first_month <= feeds.last_month, true) as is_observed,
        case
            when feeds.last_month < as_of_row.running_month and feeds.last_month <= spans.last_month
                then concat(feeds.feed_name, ' on record end in ', feeds.last_month)
        end as reason
    from feeds
    cross join periods
    cross join as_of_row
    left join spans on periods.month = spans.month

)

select * from final
