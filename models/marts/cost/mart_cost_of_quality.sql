-- Grain: one row per month × class of cost, with `all` as the roll-up of both.
-- What is on record is put into a class by ref_cost_classes. A class of which nothing is on record is not known, never 0, and
-- the total says that it is without it; nor is one where a table that holds a part of it never says what its rows cost, or no
-- contact why it came. Nor is it known of a month before which a table ends that holds a part of it.
with

contacts as (

    select * from {{ ref('fct_contacts') }}

),

adjustments as (

    select * from {{ ref('fct_adjustments') }}

),

investments as (

    select * from {{ ref('int_initiatives_spent') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

settled as (

    select * from {{ ref('int_orders_settled') }}

),

lost_margins as (

    select * from {{ ref('mart_cost_of_miss') }} where segment = 'all' and component = 'lost_margin'

),

cost_classes as (

    select * from {{ ref('ref_cost_classes') }}

),

periods as (

    select * from {{ ref('int_reporting_periods') }}

),

observed as (

    select * from {{ ref('int_periods_observed') }} where source_table in ('crm.contacts', 'fulfilment.adjustments')

),

period_months as (

    select * from {{ ref('int_reporting_period_months') }}

),

unpriced as (

    select source_table, currency from {{ ref('int_currencies_unpriced') }}

),

unpriced_sales as (

    {{ cx_warehouse.unpriced_currencies(['fulfilment.orders']) }}

),

presence as (

    {% for table in ['crm.contacts', 'fulfilment.adjustments', 'crm.initiative_costs', 'fulfilment.orders'] -%}
    select '{{ table }}' as source_table, {{ cx_warehouse.is_present(table) }} as is_present
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- What the warehouse can see, and in which table.
recorded as (

    select 'initiative_costs' as cost_source, 'crm.initiative_costs' as source_table
    {% for source in ['failure_contacts', 'other_contacts', 'unclassified_contacts'] -%}
    union all
    select '{{ source }}' as cost_source, 'crm.contacts' as source_table
    {% endfor -%}
    {% for source in ['refund', 'credit', 'reshipment', 'return'] -%}
    union all
    select '{{ source }}' as cost_source, 'fulfilment.adjustments' as source_table
    {% endfor %}

),

classes as (

    select 'prevention' as cost_class, 1 as class_number
    union all
    select 'appraisal' as cost_class, 2 as class_number
    union all
    select 'internal_failure' as cost_class, 3 as class_number
    union all
    select 'external_failure' as cost_class, 4 as class_number

),

spent as (

    select
        case is_failure_demand when 'yes' then 'failure_contacts' when 'no' then 'other_contacts' else 'unclassified_contacts' end as cost_source,
        cost_amount as amount,
        {{ cx_warehouse.period_month('opened_at') }} as period_month
    from contacts

    union all

    select
        kind as cost_source,
        adjustment_amount as amount,
        {{ cx_warehouse.period_month('adjusted_at') }} as period_month
    from adjustments

    union all

    select
        'initiative_costs' as cost_source,
        spent_amount as amount,
        {{ cx_warehouse.month_text('spent_on') }} as period_month
    from investments

),

-- Whether a table says what its rows cost, and contacts why somebody came.
told_tables as (

    select
        recorded.source_table,
        count(spent.amount) as priced_count,
        {{ cx_warehouse.count_if("spent.cost_source <> 'unclassified_contacts'") }} as classified_count
    from spent
    inner join recorded on spent.cost_source = recorded.cost_source
    group by recorded.source_table

),

-- A class can be told when every table is there that holds a part of it.
class_sources as (

    select
        classes.cost_class,
        classes.class_number,
        {{ cx_warehouse.joined_text('cost_classes.cost_source_name', ', ') }} as cost_sources,
        -- A table may lack the rate of several currencies and months, which must not count its sources again.
        count(distinct recorded.cost_source) as recorded_count,
        {{ cx_warehouse.joined_text('case when not presence.is_present then presence.source_table end', ', ') }} as absent_tables,
        {{ cx_warehouse.joined_text('unpriced.currency', ', ') }} as unpriced_currencies,
        {{ cx_warehouse.joined_text('case when told_tables.priced_count = 0 then told_tables.source_table end', ', ') }} as silent_tables,
        max(case when told_tables.classified_count = 0 then 1 else 0 end) = 1
        and max(case when recorded.cost_source = 'unclassified_contacts' then 1 else 0 end) = 0 as is_unclassified
    from classes
    left join cost_classes on classes.cost_class = cost_classes.cost_class
    left join recorded on cost_classes.cost_source = recorded.cost_source
    left join presence on recorded.source_table = presence.source_table
    left join unpriced on recorded.source_table = unpriced.source_table
    left join told_tables on recorded.source_table = told_tables.source_table
    group by classes.cost_class, classes.class_number

),

held as (

    select cost_classes.cost_class, recorded.source_table
    from cost_classes
    inner join recorded on cost_classes.cost_source = recorded.cost_source
    group by cost_classes.cost_class, recorded.source_table

),

-- How far the tables of a class are known in a period.
class_periods as (

    select
        held.cost_class,
        observed.month,
        {{ cx_warehouse.joined_text('case when not observed.is_observed then observed.reason end', ', ') }} as unobserved_reason,
        {{ cx_warehouse.joined_text('observed.reason', ', ') }} as observed_reason
    from observed
    inner join held on observed.source_table = held.source_table
    group by held.cost_class, observed.month

),

-- Totals of several months are of those that the class is known of, its cost and the sales that it is held against.
class_months as (

    select
        period_months.month,
        period_months.period_month,
        classes.cost_class
    from period_months
    cross join classes
    left join class_periods
        on period_months.period_month = class_periods.month
        and classes.cost_class = class_periods.cost_class
    where period_months.month = period_months.period_month or class_periods.unobserved_reason is null

),

summed as (

    select
        class_months.month,
        cost_classes.cost_class,
        cast(sum(spent.amount) as numeric(28, 6)) as amount,
        count(*) as item_count,
        count(*) - count(spent.amount) as unknown_count
    from spent
    inner join cost_classes on spent.cost_source = cost_classes.cost_source
    inner join class_months on spent.period_month = class_months.period_month and cost_classes.cost_class = class_months.cost_class
    group by class_months.month, cost_classes.cost_class

),

sold as (

    select
        {{ cx_warehouse.period_month('orders.ordered_at') }} as period_month,
        count(*) as order_count,
        cast(sum(case when orders.status <> 'cancelled' and unpriced_sales.currencies is null then orders.amount end) as numeric(28, 6)) as revenue_amount
    from orders
    cross join unpriced_sales
    group by {{ cx_warehouse.period_month('orders.ordered_at') }}

),

sales as (

    select
        months.month,
        months.cost_class,
        sum(sold.order_count) as order_count,
        cast(sum(sold.revenue_amount) as numeric(28, 6)) as revenue_amount
    from (
        select month, period_month, cost_class from class_months
        union all
        select month, period_month, 'all' as cost_class from period_months
    ) as months
    inner join sold on months.period_month = sold.period_month
    group by months.month, months.cost_class

),

missed as (

    select
        period_months.month,
        count(*) as missed_order_count
    from settled
    inner join period_months on settled.due_month = period_months.period_month
    where settled.outcome = 'missed'
    group by period_months.month

),

-- Nothing spent where it would be on record is 0; where nobody records it, nobody knows.
classed as (

    select
        periods.month,
        class_sources.cost_class,
        class_sources.class_number,
        class_sources.cost_sources,
        case
            when class_sources.recorded_count = 0 then 'nothing on record says what it costs'
            when class_sources.absent_tables is not null then concat('source missing: ', class_sources.absent_tables)
            when class_sources.unpriced_currencies is not null then concat('no rate in fx_rates for ', class_sources.unpriced_currencies)
            when class_sources.silent_tables is not null then concat('amount not on record for any row of ', class_sources.silent_tables)
            when class_sources.is_unclassified then 'no contact has a reason that is classified'
            when class_periods.unobserved_reason is not null then class_periods.unobserved_reason
            when summed.item_count = summed.unknown_count then 'amount not on record for any'
        end as reason,
        class_periods.observed_reason,
        coalesce(summed.item_count, 0) as item_count,
        coalesce(summed.unknown_count, 0) as unknown_count,
        case when summed.item_count is null then cast(0 as numeric(28, 6)) else summed.amount end as amount,
        sales.order_count,
        sales.revenue_amount
    from periods
    cross join class_sources
    left join summed on periods.month = summed.month and class_sources.cost_class = summed.cost_class
    left join class_periods on periods.month = class_periods.month and class_sources.cost_class = class_periods.cost_class
    left join sales on periods.month = sales.month and class_sources.cost_class = sales.cost_class

),

told as (

    select
        month,
        cost_class,
        class_number,
        cost_sources,
        reason,
        case when reason is null then observed_reason end as observed_reason,
        case when reason is null then item_count end as item_count,
        case when reason is null then unknown_count end as unknown_count,
        case when reason is null then amount end as amount,
        case when reason is null then {{ cx_warehouse.ratio('amount', 'revenue_amount') }} end as revenue_rate,
        case when reason is null then 1000 * {{ cx_warehouse.ratio('amount', 'order_count') }} end as per_1000_orders
    from classed

    union all

    select
        month,
        'all' as cost_class,
        5 as class_number,
        {{ cx_warehouse.joined_text('case when reason is null then cost_class end', ', ') }} as cost_sources,
        case
            when count(reason) = count(*) then min(reason)
            when count(reason) > 0 then concat('without ', {{ cx_warehouse.joined_text('case when reason is not null then cost_class end', ', ') }})
        end as reason,
        {{ cx_warehouse.joined_text('case when reason is null then observed_reason end', ', ') }} as observed_reason,
        sum(case when reason is null then item_count end) as item_count,
        sum(case when reason is null then unknown_count end) as unknown_count,
        cast(sum(case when reason is null then amount end) as numeric(28, 6)) as amount,
        -- Classes may be known of different months, so what they come to per order is added up.
        {{ cx_warehouse.steady_sum('case when reason is null then ' ~ cx_warehouse.ratio('amount', 'revenue_amount') ~ ' end') }} as revenue_rate,
        {{ cx_warehouse.steady_sum('case when reason is null then 1000 * ' ~ cx_warehouse.ratio('amount', 'order_count') ~ ' end') }} as per_1000_orders
    from classed
    group by month

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['told.month', 'told.cost_class']) }} as cost_of_quality_id,
        told.month,
        told.cost_class,
        told.cost_sources,
        'Sum of what is on record in the period; lost margin beside it from mart_cost_of_miss (grade C)' as method,
        case
            when told.amount is null then 'withheld'
            when periods.is_running or told.observed_reason is not null then 'provisional'
            else 'final'
        end as status,
        case
            when told.reason is not null then concat_ws('; ', told.reason, told.observed_reason)
            when not presence.is_present then 'source missing: fulfilment.orders, so there is nothing to divide by'
            when sales.order_count is null then 'no orders in this period, so there is nothing to divide by'
            when unpriced_sales.currencies is not null then concat('revenue is not known: no rate in fx_rates for ', unpriced_sales.currencies)
            else told.observed_reason
        end as reason,
        case
            when told.cost_class <> 'all' then null
            when lost_margins.difference_low is null then lost_margins.reason
        end as lost_margin_reason,
        told.class_number,
        told.item_count,
        told.unknown_count,
        case when presence.is_present then coalesce(sales.order_count, 0) end as order_count,
        case when told.cost_class = 'all' and lost_margins.missed_order_count is not null then coalesce(missed.missed_order_count, 0) end as missed_order_count,
        told.revenue_rate,
        told.per_1000_orders,
        {% for end in ['', '_low', '_high'] -%}
        case
            when told.cost_class = 'all' then lost_margins.difference{{ end }} * coalesce(missed.missed_order_count, 0)
        end as lost_margin{{ end }},
        {% endfor -%}
        told.amount,
        -- No sales is 0 as no orders is; what cannot be converted is unknown.
        case
            when presence.is_present and unpriced_sales.currencies is null and sales.revenue_amount is null then 0
            else sales.revenue_amount
        end as revenue_amount,
        periods.month_start_date
    from told
    inner join periods on told.month = periods.month
    inner join presence on presence.source_table = 'fulfilment.orders'
    cross join unpriced_sales
    cross join lost_margins
    left join sales on told.month = sales.month and told.cost_class = sales.cost_class
    left join missed on told.month = missed.month

)

select
    cost_of_quality_id,
    month,
    cost_class,
    cost_sources,
    method,
    status,
    reason,
    lost_margin_reason,
    cast(class_number as {{ dbt.type_bigint() }}) as class_number,
    cast(item_count as {{ dbt.type_bigint() }}) as item_count,
    cast(unknown_count as {{ dbt.type_bigint() }}) as unknown_count,
    cast(order_count as {{ dbt.type_bigint() }}) as order_count,
    cast(missed_order_count as {{ dbt.type_bigint() }}) as missed_order_count,
    case when revenue_amount is not null then revenue_rate end as revenue_rate,
    per_1000_orders,
    lost_margin,
    lost_margin_low,
    lost_margin_high,
    amount,
    cast(revenue_amount as numeric(28, 6)) as revenue_amount,
    month_start_date
from final
