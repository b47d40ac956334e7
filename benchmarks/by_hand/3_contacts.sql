-- Customers in their versions, contacts with what was promised about them, and what contacts take.

create table dim_customers as
select
    md5(concat_ws('|', length(customer_id), customer_id, cast(updated_at as timestamp))) as customer_version_id,
    customer_id, coalesce(segment, 'unknown') as segment, coalesce(region, 'unknown') as region, country, timezone,
    acquisition_channel,
    row_number() over versions as version_number,
    lead(updated_at) over versions is null as is_current,
    cast(acquired_at as timestamp) as acquired_at, cast(churned_at as timestamp) as churned_at,
    cast(updated_at as timestamp) as valid_from, cast(lead(updated_at) over versions as timestamp) as valid_to
from read_parquet('{landing}/crm/customers/*.parquet')
window versions as (partition by customer_id order by updated_at);

create temp table contacts as
select
    contacts.* exclude (customer_id),
    coalesce(known_ids.customer_id, contacts.customer_id) as customer_id,
    contacts.customer_id is not null and known_ids.customer_id is null as is_orphan
from (
    select
        contact_id, customer_id, order_id, touchpoint, channel, reason,
        cast(columns('^(opened|.*response|resolved|.*resolution|abandoned)_at$') as timestamp),
        try_cast(handle_minutes as double) as handle_minutes, cast(cost_amount as decimal(18, 6)) as cost_amount
    from read_parquet('{landing}/crm/contacts/*.parquet')
    qualify row_number() over (partition by contact_id order by cast(updated_at as timestamp) desc) = 1
        and deleted_at is null
) as contacts
left join known_ids on contacts.customer_id = known_ids.known_id;

-- An instant is kept when it has come by then; nothing is said of what the feed has not reached.
create temp macro kept(due_at, came_at, is_over, exceeds_by_hours, observed_until) as case
    when due_at is null then 'unknown'
    when came_at is not null and due_at > timestamp '{as_of}' then 'open'
    when came_at <= due_at then case when due_at - came_at >= exceeds_by_hours * interval 1 hour then 'exceeded' else 'met' end
    when came_at is not null then 'missed'
    when is_over then 'unknown'
    when due_at > timestamp '{as_of}' then 'open'
    when due_at <= observed_until then 'missed'
    else 'unknown'
end;

create table fct_contacts as
with observed as (
    select max(greatest(opened_at, first_response_at, resolved_at, abandoned_at)) as observed_until from contacts
),
waited as (
    select
        contacts.*,
        case
            when abandoned_at <= coalesce(first_response_at, abandoned_at) then 'abandoned'
            when first_response_at is not null or resolved_at is not null then 'served'
            else 'open'
        end as wait_outcome
    from contacts
)
select
    contact_id, waited.customer_id, order_id, touchpoint, channel, reason,
    coalesce(customers.segment, 'unknown') as segment, coalesce(customers.region, 'unknown') as region, wait_outcome,
    kept(promised_response_at, first_response_at, resolved_at is not null, 1, observed_until) as response_outcome,
    kept(promised_resolution_at, resolved_at, false, 24, observed_until) as resolution_outcome,
    case reasons.is_failure_demand when true then 'yes' when false then 'no' else 'unknown' end as is_failure_demand,
    epoch_us(case wait_outcome when 'abandoned' then abandoned_at when 'served' then first_response_at end - opened_at)
        / 60e6 as wait_minutes,
    epoch_us(resolved_at - opened_at) / 3600e6 as resolution_hours,
    epoch_us(promised_response_at - first_response_at) / 3600e6 as response_gap_hours,
    epoch_us(promised_resolution_at - resolved_at) / 3600e6 as resolution_gap_hours,
    handle_minutes, cost_amount, coalesce(resolved_at < opened_at, false) as is_resolved_before_opened, is_orphan,
    opened_at, first_response_at, resolved_at, abandoned_at,
    promised_response_at as response_due_at, promised_resolution_at as resolution_due_at
from waited
cross join observed
left join customers on waited.customer_id = customers.customer_id
left join read_csv('{reference}/ref_contact_reasons.csv') as reasons using (reason);

-- Month × reason, both with roll-ups; whoever comes twice is one of the independent observations.
create temp table months as
select month_of(unnest(generate_series(
    date_trunc('month', least((select min(ordered_at) from orders), (select min(opened_at) from contacts))),
    timestamp '{as_of}', interval 1 month))) as period_month;
create temp table periods as
select period_month, period_month as month from months
union all
select period_month, 'all' from months
union all
select period_month, 'last_12_months' from months
where period_month < month_of(timestamp '{as_of}') and period_month >= month_of(timestamp '{as_of}' - interval 12 month);
-- The error of a mean of what comes in clusters.
create temp macro clustered_error(mean, n, clusters, sum_sum, sum_count, count_count) as
    sqrt(clusters / nullif(clusters - 1, 0) * greatest(sum_sum - 2 * mean * sum_count + mean * mean * count_count, 0)) / n;

create table mart_contact_economics as
with placed as (
    select month, coalesce(customer_id, order_id) as cluster_id, count(*) as order_count
    from orders inner join periods on month_of(ordered_at) = period_month
    group by all
),
placed_totals as (
    select month, sum(order_count) as order_count, count(*) as cluster_count, sum(order_count * order_count) as count_count
    from placed group by month
),
came as (
    select
        month, case when grouping(reason) = 1 then 'all' else coalesce(reason, 'unknown') end as contact_reason,
        coalesce(fct_contacts.customer_id, orders.customer_id, orders.order_id, contact_id) as cluster_id,
        count(*) as contact_count,
        count(*) filter (is_failure_demand = 'yes') as failure_count,
        count(*) filter (is_failure_demand = 'no') as other_count,
        count(handle_minutes) as minutes_count, sum(handle_minutes) as minutes_sum,
        count(cost_amount) as cost_count, sum(cost_amount) as cost_sum
    from fct_contacts
    inner join periods on month_of(opened_at) = period_month
    left join orders using (order_id)
    group by month, cluster_id, rollup (reason)
),
totals as (
    select
        month, contact_reason,
        sum(contact_count) as contact_count, sum(failure_count) as failure_count, sum(other_count) as other_count,
        count(*) filter (order_count is null) as without_order, sum(contact_count * contact_count) as contact_contact,
        sum(contact_count * order_count) as contact_order,
        sum(minutes_count) as minutes_count, sum(minutes_sum) / sum(minutes_count) as minutes_mean,
        count(*) filter (minutes_count > 0) as minutes_clusters, sum(minutes_sum * minutes_sum) as minutes_sum_sum,
        sum(minutes_sum * minutes_count) as minutes_sum_count, sum(minutes_count * minutes_count) as minutes_count_count,
        sum(cost_count) as cost_count, sum(cost_sum) as cost_total, sum(cast(cost_sum as double)) / sum(cost_count) as cost_mean,
        count(*) filter (cost_count > 0) as cost_clusters, sum(cast(cost_sum as double) * cost_sum) as cost_sum_sum,
        sum(cast(cost_sum as double) * cost_count) as cost_sum_count, sum(cost_count * cost_count) as cost_count_count
    from came left join placed using (month, cluster_id)
    group by month, contact_reason
),
counted as (
    -- Every reason in every period: none of it there is 0.
    select
        month, contact_reason, placed_totals.order_count, count_count,
        cluster_count + coalesce(without_order, 0) as clusters,
        coalesce(columns(totals.* exclude (month, contact_reason, without_order, minutes_mean, cost_mean)), 0),
        minutes_mean, cost_mean
    from (select distinct month from periods)
    cross join (select distinct contact_reason from totals)
    left join placed_totals using (month)
    left join totals using (month, contact_reason)
),
errors as (
    select
        counted.*,
        contact_count / order_count as contacts_mean,
        clustered_error(
            contact_count / order_count, order_count, clusters, contact_contact, contact_order, count_count
        ) as contacts_error,
        clustered_error(
            minutes_mean, minutes_count, minutes_clusters, minutes_sum_sum, minutes_sum_count, minutes_count_count
        ) as minutes_error,
        clustered_error(
            cost_mean, cost_count, cost_clusters, cost_sum_sum, cost_sum_count, cost_count_count
        ) as cost_error,
        case when contact_reason = 'all' then failure_count + other_count end as judged_count
    from counted
),
-- Student's t of the largest tabled number of degrees of freedom that there are.
widths as (
    select
        errors.*,
        contacts_t.t_975 * contacts_error as contacts_width,
        minutes_t.t_975 * minutes_error as minutes_width,
        cost_t.t_975 * cost_error as cost_width
    from errors
    asof left join read_csv('{reference}/ref_student_t.csv') as contacts_t on clusters - 1 >= contacts_t.degrees_of_freedom
    asof left join read_csv('{reference}/ref_student_t.csv') as minutes_t on minutes_clusters - 1 >= minutes_t.degrees_of_freedom
    asof left join read_csv('{reference}/ref_student_t.csv') as cost_t on cost_clusters - 1 >= cost_t.degrees_of_freedom
)
select
    month, contact_reason, order_count, contact_count, failure_count, other_count,
    contact_count - failure_count - other_count as unclassified_count, minutes_count, cost_count,
    case when least(order_count, clusters) >= 30 then 1000 * contacts_mean end as contacts_per_1000_orders,
    case when least(order_count, clusters) >= 5 then 1000 * greatest(contacts_mean - contacts_width, 0) end
        as contacts_per_1000_orders_low,
    case
        when least(order_count, clusters) < 5 then null
        when contact_count = 0 then 1000 * wilson_high(0, order_count)
        else 1000 * (contacts_mean + contacts_width)
    end as contacts_per_1000_orders_high,
    case when judged_count >= 30 then failure_count / judged_count end as failure_demand_rate,
    wilson_low(failure_count, judged_count) as failure_demand_rate_low,
    wilson_high(failure_count, judged_count) as failure_demand_rate_high,
    case when minutes_clusters >= 30 then minutes_mean end as minutes_per_contact,
    case when minutes_clusters >= 5 then minutes_mean - minutes_width end as minutes_per_contact_low,
    case when minutes_clusters >= 5 then minutes_mean + minutes_width end as minutes_per_contact_high,
    case when cost_clusters >= 30 then cost_mean end as cost_per_contact,
    case when cost_clusters >= 5 then cost_mean - cost_width end as cost_per_contact_low,
    case when cost_clusters >= 5 then cost_mean + cost_width end as cost_per_contact_high,
    cost_total as known_cost_amount
from widths;
