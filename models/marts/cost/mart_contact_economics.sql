-- Grain: one row per month × reason of contact, with `all` as the roll-up of both.
-- Every reason met at all has a row in every period: none of it there is 0 contacts, which is measured as far as contacts are on
-- record. What they end before is not known, and where they end in the middle of it, it may still change.
with

contacts as (

    select * from {{ ref('fct_contacts') }}

),

orders as (

    select * from {{ ref('int_orders_measured') }}

),

periods as (

    select * from {{ ref('int_reporting_periods') }}

),

observed as (

    select * from {{ ref('int_periods_observed') }} where source_table = 'crm.contacts'

),

-- Totals of several months are of those that contacts are known of: orders of the others would be without theirs.
period_months as (

    select months.period_month, months.month
    from {{ ref('int_reporting_period_months') }} as months
    inner join observed on months.period_month = observed.month
    where months.month = months.period_month or observed.is_observed

),

contact_reasons as (

    select * from {{ ref('ref_contact_reasons') }}

),

available as (

    select * from {{ ref('int_metrics_available') }}

),

unpriced as (

    {{ cx_warehouse.unpriced_currencies(['crm.contacts']) }}

),

quantiles as (

    {{ cx_warehouse.t_quantiles() }}

),

-- What a contact more really costs is an assumption: the rest of the recorded cost would be spent without it.
marginal as (

    select
        low as share_low,
        base as share_base,
        high as share_high
    from {{ ref('ref_assumptions') }}
    where assumption = 'marginal_cost_per_contact_share'

),

sources as (

    select
        {{ cx_warehouse.is_present('crm.contacts') }} as has_contacts,
        {{ cx_warehouse.is_present('fulfilment.orders') }} as has_orders

),

-- A contact without a customer belongs to whoever placed the order it names; else it is a cluster of its own.
clustered as (

    select
        coalesce('customer:' || contacts.customer_id, orders.cluster_id, 'contact:' || contacts.contact_id) as cluster_id,
        {{ cx_warehouse.dimension('contacts.reason') }} as contact_reason,
        contacts.is_failure_demand,
        contacts.handle_minutes,
        contacts.cost_amount,
        {{ cx_warehouse.period_month('contacts.opened_at') }} as period_month
    from contacts
    left join orders on contacts.order_id = orders.order_id

),

contact_clusters as (

    select
        period_months.month,
        case when grouping(clustered.contact_reason) = 1 then 'all' else clustered.contact_reason end as contact_reason,
        clustered.cluster_id,
        count(*) as contact_count,
        {{ cx_warehouse.count_if("clustered.is_failure_demand = 'yes'") }} as failure_count,
        {{ cx_warehouse.count_if("clustered.is_failure_demand = 'no'") }} as other_count,
        {{ cx_warehouse.count_if("clustered.is_failure_demand = 'unknown'") }} as unclassified_count,
        count(clustered.handle_minutes) as minutes_count,
        {{ cx_warehouse.steady_sum('clustered.handle_minutes') }} as minutes_sum,
        count(clustered.cost_amount) as cost_count,
        sum(clustered.cost_amount) as cost_amount
    from clustered
    inner join period_months on clustered.period_month = period_months.period_month
    group by period_months.month, clustered.cluster_id, rollup (clustered.contact_reason)

),

order_clusters as (

    select
        period_months.month,
        orders.cluster_id,
        count(*) as order_count
    from orders
    inner join period_months on orders.period_month = period_months.period_month
    group by period_months.month, orders.cluster_id

),

order_totals as (

    select
        month,
        count(*) as cluster_count,
        sum(order_count) as order_count,
        sum(order_count * order_count) as count_count
    from order_clusters
    group by month

),

contact_totals as (

    select
        contact_clusters.month,
        contact_clusters.contact_reason,
        count(*) as cluster_count,
        {{ cx_warehouse.count_if('order_clusters.cluster_id is null') }} as no_order_cluster_count,
        sum(contact_clusters.contact_count) as contact_count,
        sum(contact_clusters.failure_count) as failure_count,
        sum(contact_clusters.other_count) as other_count,
        sum(contact_clusters.unclassified_count) as unclassified_count,
        sum(contact_clusters.contact_count * contact_clusters.contact_count) as contact_contact,
        sum(contact_clusters.contact_count * order_clusters.order_count) as contact_order,
        {% for measure, total in [('minutes', 'minutes_sum'), ('cost', 'cost_amount')] -%}
        sum(contact_clusters.{{ measure }}_count) as {{ measure }}_count,
        {{ cx_warehouse.count_if('contact_clusters.' ~ measure ~ '_count > 0') }} as {{ measure }}_cluster_count,
        {{ cx_warehouse.steady_sum('contact_clusters.' ~ total) }} as {{ measure }}_total,
        {{ cx_warehouse.steady_sum('cast(contact_clusters.' ~ total ~ ' as double) * contact_clusters.' ~ total) }} as {{ measure }}_sum_sum,
        {{ cx_warehouse.steady_sum('cast(contact_clusters.' ~ total ~ ' as double) * contact_clusters.' ~ measure ~ '_count') }} as {{ measure }}_sum_count,
        sum(contact_clusters.{{ measure }}_count * contact_clusters.{{ measure }}_count) as {{ measure }}_count_count,
        {% endfor -%}
        cast(sum(contact_clusters.cost_amount) as numeric(28, 6)) as cost_amount
    from contact_clusters
    left join order_clusters
        on contact_clusters.month = order_clusters.month
        and contact_clusters.cluster_id = order_clusters.cluster_id
    group by contact_clusters.month, contact_clusters.contact_reason

),

keys as (

    select periods.month, reasons.contact_reason
    from periods
    cross join (select contact_reason from contact_totals group by contact_reason) as reasons

    union

    select month, 'all' as contact_reason from periods

),

counted as (

    select
        keys.month,
        keys.contact_reason,
        periods.is_running or observed.reason is not null as is_running,
        observed.is_observed,
        observed.reason as observed_reason,
        periods.month_start_date,
        unpriced.currencies as unpriced_currencies,
        case when sources.has_orders then coalesce(order_totals.order_count, 0) end as order_count,
        order_totals.count_count as order_count_count,
        coalesce(order_totals.cluster_count, 0) + coalesce(contact_totals.no_order_cluster_count, 0) as cluster_count,
        {% for column in ['contact_count', 'failure_count', 'other_count', 'unclassified_count', 'minutes_count', 'cost_count'] -%}
        case when sources.has_contacts and observed.is_observed then coalesce(contact_totals.{{ column }}, 0) end as {{ column }},
        {% endfor -%}
        coalesce(contact_totals.contact_contact, 0) as contact_contact,
        coalesce(contact_totals.contact_order, 0) as contact_order,
        {% for measure in ['minutes', 'cost'] -%}
        case when sources.has_contacts and observed.is_observed then coalesce(contact_totals.{{ measure }}_cluster_count, 0) end as {{ measure }}_cluster_count,
        {{ cx_warehouse.ratio('contact_totals.' ~ measure ~ '_total', 'contact_totals.' ~ measure ~ '_count') }} as {{ measure }}_mean,
        contact_totals.{{ measure }}_sum_sum,
        contact_totals.{{ measure }}_sum_count,
        contact_totals.{{ measure }}_count_count,
        {% endfor -%}
        -- Nothing spent on no contact is measured; nothing on record of contacts that there were is not.
        case
            when not sources.has_contacts or not observed.is_observed or unpriced.currencies is not null then null
            when contact_totals.contact_count is null then cast(0 as numeric(28, 6))
            else contact_totals.cost_amount
        end as known_cost_amount
    from keys
    inner join periods on keys.month = periods.month
    inner join observed on keys.month = observed.month
    cross join sources
    cross join unpriced
    left join order_totals on keys.month = order_totals.month
    left join contact_totals
        on keys.month = contact_totals.month
        and keys.contact_reason = contact_totals.contact_reason

),

errors as (

    select
        counted.*,
        {{ cx_warehouse.ratio('contact_count', 'order_count') }} as contacts_mean,
        {{ cx_warehouse.clustered_error(cx_warehouse.ratio('contact_count', 'order_count'), 'order_count', 'cluster_count', 'contact_contact', 'contact_order', 'order_count_count') }} as contacts_error,
        {{ cx_warehouse.clustered_error('minutes_mean', 'minutes_count', 'minutes_cluster_count', 'minutes_sum_sum', 'minutes_sum_count', 'minutes_count_count') }} as minutes_error,
        {{ cx_warehouse.clustered_error('cost_mean', 'cost_count', 'cost_cluster_count', 'cost_sum_sum', 'cost_sum_count', 'cost_count_count') }} as cost_error
    from counted

),

estimated as (

    select
        errors.*,
        1000 * errors.contacts_mean as contacts_per_1000_orders,
        -- Where nobody came at all nothing varies, which is not certainty: then the interval is Wilson's.
        case
            when errors.contact_count = 0 then 0e0
            when errors.contacts_mean > contacts_t.t_975 * errors.contacts_error
                then 1000 * (errors.contacts_mean - contacts_t.t_975 * errors.contacts_error)
            when errors.contacts_error is not null and contacts_t.t_975 is not null then 0e0
        end as contacts_per_1000_orders_low,
        case
            when errors.contact_count = 0 then 1000 * {{ cx_warehouse.wilson_high('errors.contact_count', 'errors.order_count') }}
            else 1000 * (errors.contacts_mean + contacts_t.t_975 * errors.contacts_error)
        end as contacts_per_1000_orders_high,
        {% for measure in ['minutes', 'cost'] -%}
        errors.{{ measure }}_mean - {{ measure }}_t.t_975 * errors.{{ measure }}_error as {{ measure }}_low,
        errors.{{ measure }}_mean + {{ measure }}_t.t_975 * errors.{{ measure }}_error as {{ measure }}_high,
        {% endfor -%}
        errors.failure_count + errors.other_count as classified_count
    from errors
    left join quantiles as contacts_t on {{ cx_warehouse.has_freedom('contacts_t', 'errors.cluster_count - 1') }}
    left join quantiles as minutes_t on {{ cx_warehouse.has_freedom('minutes_t', 'errors.minutes_cluster_count - 1') }}
    left join quantiles as cost_t on {{ cx_warehouse.has_freedom('cost_t', 'errors.cost_cluster_count - 1') }}

),

-- Of a single reason it is known whether it is failure demand; a share is only asked of all of them.
rated as (

    select
        estimated.*,
        case when contact_reason = 'all' then classified_count end as judged_count,
        case when unpriced_currencies is null then cost_cluster_count else 0 end as priced_cluster_count
    from estimated

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['rated.month', 'rated.contact_reason']) }} as contact_economics_id,
        rated.month,
        rated.contact_reason,
        case rated.contact_reason
            when 'all' then 'All reasons'
            when 'unknown' then 'Not on record'
            else coalesce(contact_reasons.reason_name, rated.contact_reason)
        end as contact_reason_name,
        case
            when rated.contact_reason = 'all' then null
            when contact_reasons.is_failure_demand then 'yes'
            when not contact_reasons.is_failure_demand then 'no'
            else 'unknown'
        end as is_failure_demand,
        'Means and rates: Student t 95 % clustered by customer; share: Wilson 95 % (ignores clustering)' as method,
        case
            when not orders_available.is_available or not rated.is_observed or rated.order_count = 0 then 'withheld'
            else {{ cx_warehouse.estimate_status('least(rated.order_count, rated.cluster_count)', 'rated.is_running') }}
        end as contacts_per_1000_orders_status,
        case
            when not orders_available.is_available then orders_available.reason
            when not rated.is_observed then rated.observed_reason
            when rated.order_count = 0 then 'no orders in this period'
            else coalesce({{ cx_warehouse.estimate_reason('least(rated.order_count, rated.cluster_count)') }}, rated.observed_reason)
        end as contacts_per_1000_orders_reason,
        {{ cx_warehouse.estimate_status('rated.judged_count', 'rated.is_running') }} as failure_demand_rate_status,
        case
            when not failure_available.is_available then failure_available.reason
            when not rated.is_observed then rated.observed_reason
            when rated.contact_reason <> 'all' then 'asked of all reasons together only'
            when rated.contact_count = 0 then 'no contacts in this period'
            when rated.judged_count = 0 then 'no contact has a reason that is classified'
            else coalesce({{ cx_warehouse.estimate_reason('rated.judged_count') }}, rated.observed_reason)
        end as failure_demand_rate_reason,
        {{ cx_warehouse.estimate_status('rated.minutes_cluster_count', 'rated.is_running') }} as minutes_per_contact_status,
        case
            when not minutes_available.is_available then minutes_available.reason
            when not rated.is_observed then rated.observed_reason
            when rated.contact_count = 0 then 'no contacts in this period'
            when rated.minutes_count = 0 then 'minutes not on record for any contact'
            else coalesce({{ cx_warehouse.estimate_reason('rated.minutes_cluster_count') }}, rated.observed_reason)
        end as minutes_per_contact_reason,
        {{ cx_warehouse.estimate_status('rated.priced_cluster_count', 'rated.is_running') }} as cost_per_contact_status,
        case
            when not cost_available.is_available then cost_available.reason
            when not rated.is_observed then rated.observed_reason
            when rated.unpriced_currencies is not null then concat('no rate in fx_rates for ', rated.unpriced_currencies)
            when rated.contact_count = 0 then 'no contacts in this period'
            when rated.cost_count = 0 then 'cost not on record for any contact'
            else coalesce({{ cx_warehouse.estimate_reason('rated.cost_cluster_count') }}, rated.observed_reason)
        end as cost_per_contact_reason,
        rated.order_count,
        rated.contact_count,
        rated.failure_count,
        rated.other_count,
        rated.classified_count,
        rated.unclassified_count,
        rated.minutes_count,
        rated.cost_count,
        {% for column in ['contacts_per_1000_orders', 'contacts_per_1000_orders_low', 'contacts_per_1000_orders_high'] -%}
        case
            when orders_available.is_available
                then {{ cx_warehouse.bound('rated.' ~ column, 'least(rated.order_count, rated.cluster_count)') if loop.index > 1 else cx_warehouse.point('rated.' ~ column, 'least(rated.order_count, rated.cluster_count)') }}
        end as {{ column }},
        {% endfor -%}
        {{ cx_warehouse.point(cx_warehouse.ratio('rated.failure_count', 'rated.judged_count'), 'rated.judged_count') }} as failure_demand_rate,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('rated.failure_count', 'rated.judged_count'), 'rated.judged_count') }} as failure_demand_rate_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('rated.failure_count', 'rated.judged_count'), 'rated.judged_count') }} as failure_demand_rate_high,
        {{ cx_warehouse.point(cx_warehouse.ratio('rated.failure_count', 'rated.contact_count'), 'rated.judged_count') }} as failure_demand_least_rate,
        {{ cx_warehouse.point(cx_warehouse.ratio('rated.failure_count + rated.unclassified_count', 'rated.contact_count'), 'rated.judged_count') }} as failure_demand_most_rate,
        {{ cx_warehouse.point('rated.minutes_mean', 'rated.minutes_cluster_count') }} as minutes_per_contact,
        {{ cx_warehouse.bound('rated.minutes_low', 'rated.minutes_cluster_count') }} as minutes_per_contact_low,
        {{ cx_warehouse.bound('rated.minutes_high', 'rated.minutes_cluster_count') }} as minutes_per_contact_high,
        {{ cx_warehouse.point('rated.cost_mean', 'rated.priced_cluster_count') }} as cost_per_contact,
        {{ cx_warehouse.bound('rated.cost_low', 'rated.priced_cluster_count') }} as cost_per_contact_low,
        {{ cx_warehouse.bound('rated.cost_high', 'rated.priced_cluster_count') }} as cost_per_contact_high,
        {{ cx_warehouse.point('rated.cost_mean * marginal.share_base', 'rated.priced_cluster_count') }} as marginal_cost_per_contact,
        {{ cx_warehouse.bound('rated.cost_low * marginal.share_low', 'rated.priced_cluster_count') }} as marginal_cost_per_contact_low,
        {{ cx_warehouse.bound('rated.cost_high * marginal.share_high', 'rated.priced_cluster_count') }} as marginal_cost_per_contact_high,
        rated.known_cost_amount,
        rated.month_start_date
    from rated
    left join marginal on true
    left join contact_reasons on rated.contact_reason = contact_reasons.reason
    inner join available as orders_available on orders_available.metric_id = 'contacts_per_1000_orders'
    inner join available as failure_available on failure_available.metric_id = 'failure_demand_rate'
    inner join available as minutes_available on minutes_available.metric_id = 'minutes_per_contact'
    inner join available as cost_available on cost_available.metric_id = 'cost_per_contact'

)

select
    contact_economics_id,
    month,
    contact_reason,
    contact_reason_name,
    is_failure_demand,
    method,
    contacts_per_1000_orders_status,
    contacts_per_1000_orders_reason,
    failure_demand_rate_status,
    failure_demand_rate_reason,
    minutes_per_contact_status,
    minutes_per_contact_reason,
    cost_per_contact_status,
    cost_per_contact_reason,
    cast(order_count as {{ dbt.type_bigint() }}) as order_count,
    cast(contact_count as {{ dbt.type_bigint() }}) as contact_count,
    cast(failure_count as {{ dbt.type_bigint() }}) as failure_count,
    cast(other_count as {{ dbt.type_bigint() }}) as other_count,
    cast(classified_count as {{ dbt.type_bigint() }}) as classified_count,
    cast(unclassified_count as {{ dbt.type_bigint() }}) as unclassified_count,
    cast(minutes_count as {{ dbt.type_bigint() }}) as minutes_count,
    cast(cost_count as {{ dbt.type_bigint() }}) as cost_count,
    contacts_per_1000_orders,
    contacts_per_1000_orders_low,
    contacts_per_1000_orders_high,
    failure_demand_rate,
    failure_demand_rate_low,
    failure_demand_rate_high,
    failure_demand_least_rate,
    failure_demand_most_rate,
    minutes_per_contact,
    minutes_per_contact_low,
    minutes_per_contact_high,
    cost_per_contact,
    cost_per_contact_low,
    cost_per_contact_high,
    marginal_cost_per_contact,
    marginal_cost_per_contact_low,
    marginal_cost_per_contact_high,
    known_cost_amount,
    month_start_date
from final
