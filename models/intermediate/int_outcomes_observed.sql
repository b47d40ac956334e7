-- Grain: one row per metric × touchpoint × customer (or guest order, or anonymous contact) × region × segment × service level × month.
-- What initiatives are judged by. Promises and answers are of a touchpoint, the rest of none. Metrics per order or answer count the
-- things they are a mean of. Metrics per customer and month hold only the months in which something happened, with a count of 0: that
-- a customer was there is counted once, in int_customers_standing; a month of which an amount is unknown has a count of −1, which
-- takes it out again.
{%- set customer_month_metrics = cx_warehouse.customer_month_metrics() %}
{%- set due_number = cx_warehouse.month_text_number('judged.due_month') %}
{%- set ordered_number = cx_warehouse.month_text_number('orders.ordered_month') %}
with

orders as (

    select
        int_orders_judged.*,
        coalesce('customer:' || customer_id, 'order:' || order_id) as cluster_id,
        {{ cx_warehouse.period_month('ordered_at') }} as ordered_month
    from {{ ref('int_orders_judged') }} as int_orders_judged

),

standing as (

    select * from {{ ref('int_customers_standing') }}

),

answers as (

    select * from {{ ref('stg_survey__answers') }}

),

customers as (

    select customer_id, segment, region from {{ ref('stg_crm__customers') }}

),

-- No month is needed that no initiative compares.
span as (

    select
        min(first_before_month) as first_month,
        max(last_after_month) as last_month
    from {{ ref('int_initiatives_windowed') }}
    where is_started

),

-- A month that orders do not cover to its end would look like silence.
covered as (

    select
        {{ cx_warehouse.month_text_number(cx_warehouse.period_month(cx_warehouse.observed_until('fulfilment.orders'))) }} - 1 as last_month
    from span

),

judged as (

    select
        touchpoint,
        cluster_id,
        coalesce(region, 'unknown') as region,
        coalesce(segment, 'unknown') as segment,
        coalesce(service_level, 'unknown') as service_level,
        {{ cx_warehouse.due_month('due_date', 'due_at') }} as due_month,
        outcome,
        gap_days
    from {{ ref('int_promises_judged') }}

),

first_orders as (

    select
        orders.*,
        {{ cx_warehouse.retention_start() }} as start_at
    from orders
    where order_number = 1

),

followed as (

    select
        cluster_id,
        region,
        segment,
        service_level,
        {{ cx_warehouse.period_month('start_at') }} as start_month,
        coalesce(next_order_at <= {{ cx_warehouse.add_seconds('start_at', '90 * 86400') }}, false) as is_retained
    from first_orders
    where
        start_at is not null
        and not coalesce(next_order_at < start_at, false)
        and {{ cx_warehouse.add_seconds('start_at', '90 * 86400') }} <= {{ cx_warehouse.observed_until('fulfilment.orders') }}

),

answered as (

    select
        answers.question_kind,
        answers.touchpoint,
        answers.score,
        answers.scale_min,
        answers.scale_max,
        -- Whoever answers anonymously is whoever placed the order it is about, else a customer of one questionnaire.
        coalesce('customer:' || answers.customer_id, orders.cluster_id, 'response:' || answers.response_id) as cluster_id,
        coalesce(orders.region, customers.region, 'unknown') as region,
        coalesce(orders.segment, customers.segment, 'unknown') as segment,
        coalesce(orders.service_level, 'unknown') as service_level,
        {{ cx_warehouse.period_month('answers.responded_at') }} as answered_month,
        count(*) over (partition by answers.question_kind, answers.touchpoint, answers.scale_max) as scale_count
    from answers
    left join orders on answers.order_id = orders.order_id
    left join customers on answers.customer_id = customers.customer_id
    where
        {{ cx_warehouse.is_usable_scale('answers.question_kind', 'answers.scale_min', 'answers.scale_max') }}
        and answers.score between answers.scale_min and answers.scale_max
        and coalesce(answers.unit, 'score') = 'score'

),

-- Scales are never mixed: the one that most answers at a touchpoint are on is read.
on_one_scale as (

    select
        answered.*,
        dense_rank() over (partition by question_kind, touchpoint order by scale_count desc, scale_max) as scale_rank
    from answered

),

-- One pass over promises and one over orders: what several metrics are made of is counted side by side.
promise_sums as (

    select
        judged.touchpoint,
        judged.cluster_id,
        judged.region,
        judged.segment,
        judged.service_level,
        {{ due_number }} as month_number,
        count(*) as promise_count,
        {{ cx_warehouse.count_if("judged.outcome = 'missed'") }} as missed_count,
        count(judged.gap_days) as gap_count,
        {{ cx_warehouse.steady_sum('judged.gap_days') }} as gap_days_sum
    from judged
    cross join span
    where {{ due_number }} between span.first_month and span.last_month
    group by judged.touchpoint, judged.cluster_id, judged.region, judged.segment, judged.service_level, {{ due_number }}

),

order_sums as (

    select
        orders.cluster_id,
        orders.region,
        orders.segment,
        orders.service_level,
        {{ ordered_number }} as month_number,
        count(orders.contact_count) as known_count,
        {{ cx_warehouse.count_if('orders.contact_count > 0') }} as contacted_count,
        {{ cx_warehouse.count_if('orders.delivered_at is not null and orders.cost_to_serve_amount is not null') }} as cost_count,
        {{ cx_warehouse.steady_sum('case when orders.delivered_at is not null then cast(orders.cost_to_serve_amount as double) end') }} as cost_sum
    from orders
    cross join span
    where {{ ordered_number }} between span.first_month and span.last_month
    group by orders.cluster_id, orders.region, orders.segment, orders.service_level, {{ ordered_number }}

),

single as (

    select 'retention_90d' as metric_id, null as touchpoint, cluster_id, region, segment, service_level, start_month as month, case when is_retained then 1.0 else 0.0 end as value from followed
    union all
    select
        question_kind as metric_id, touchpoint, cluster_id, region, segment, service_level, answered_month as month,
        case question_kind
            when 'nps' then 100.0 * (case when {{ cx_warehouse.is_promoter('score') }} then 1 else 0 end - case when {{ cx_warehouse.is_detractor('score') }} then 1 else 0 end)
            when 'csat' then case when {{ cx_warehouse.is_top_box('score', 'scale_min', 'scale_max') }} then 1.0 else 0.0 end
            when 'ces' then case when {{ cx_warehouse.is_easy('score', 'scale_min', 'scale_max') }} then 1.0 else 0.0 end
        end as value
    from on_one_scale
    where scale_rank = 1

),

single_sums as (

    select
        single.metric_id,
        single.touchpoint,
        single.cluster_id,
        single.region,
        single.segment,
        single.service_level,
        {{ cx_warehouse.month_text_number('single.month') }} as month_number,
        count(*) as observation_count,
        {{ cx_warehouse.steady_sum('single.value') }} as value_sum
    from single
    cross join span
    where {{ cx_warehouse.month_text_number('single.month') }} between span.first_month and span.last_month
    group by single.metric_id, single.touchpoint, single.cluster_id, single.region, single.segment, single.service_level, {{ cx_warehouse.month_text_number('single.month') }}

),

counted as (

    {% for metric_id, sums, touchpoint, count, value in [
        ('miss_rate', 'promise_sums', 'touchpoint', 'promise_count', 'cast(missed_count as double)'),
        ('kept_rate', 'promise_sums', 'touchpoint', 'promise_count', 'cast(promise_count - missed_count as double)'),
        ('gap_days', 'promise_sums', 'touchpoint', 'gap_count', 'gap_days_sum'),
        ('contact_rate', 'order_sums', 'null', 'known_count', 'cast(contacted_count as double)'),
        ('cost_per_order', 'order_sums', 'null', 'cost_count', 'cost_sum'),
    ] -%}
    select '{{ metric_id }}' as metric_id, {{ touchpoint }} as touchpoint, cluster_id, region, segment, service_level, month_number, {{ count }} as observation_count, {{ value }} as value_sum from {{ sums }} where {{ count }} > 0
    union all
    {% endfor -%}
    select metric_id, touchpoint, cluster_id, region, segment, service_level, month_number, observation_count, value_sum from single_sums

),

-- What was cancelled earned nothing, but may have cost something.
customer_months as (

    select
        standing.cluster_id,
        standing.region,
        standing.segment,
        standing.service_level,
        {{ cx_warehouse.month_text_number('orders.ordered_month') }} as month_number,
        {{ cx_warehouse.count_if("orders.status <> 'cancelled'") }} as order_count,
        {{ cx_warehouse.count_if("orders.status <> 'cancelled' and orders.margin_amount is null") }} as unknown_margin_count,
        {{ cx_warehouse.count_if('orders.contact_cost_amount is null or orders.adjustment_amount is null') }} as unknown_cost_count,
        sum(case when orders.status <> 'cancelled' then orders.margin_amount else 0 end) as margin_amount,
        sum(orders.contact_cost_amount + orders.adjustment_amount) as service_cost_amount
    from orders
    inner join standing on orders.customer_id = standing.customer_id
    cross join span
    cross join covered
    where
        {{ cx_warehouse.month_text_number('orders.ordered_month') }} >= standing.entered_month
        and {{ cx_warehouse.month_text_number('orders.ordered_month') }} between span.first_month and span.last_month
        and {{ cx_warehouse.month_text_number('orders.ordered_month') }} <= covered.last_month
    group by standing.cluster_id, standing.region, standing.segment, standing.service_level, {{ cx_warehouse.month_text_number('orders.ordered_month') }}

),

customer_values as (

    {% for metric_id, metric in customer_month_metrics.items() -%}
    select
        '{{ metric_id }}' as metric_id,
        cluster_id,
        region,
        segment,
        service_level,
        month_number,
        case when {{ metric.unknown }} > 0 then -1 else 0 end as observation_count,
        case when {{ metric.unknown }} > 0 then 0e0 else cast({{ metric.value }} as double) end as value_sum
    from customer_months
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select metric_id, touchpoint, cluster_id, region, segment, service_level, month_number, cast(observation_count as integer) as observation_count, value_sum from counted
    union all
    select metric_id, null as touchpoint, cluster_id, region, segment, service_level, month_number, observation_count, value_sum from customer_values

)

select * from final
