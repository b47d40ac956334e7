-- Grain: one row per initiative × thing that its target metric counts among those it treats.
-- Whoever the initiative names (region, segment, service level) is treated; a promise or an answer must also be of its
-- touchpoint. Metrics that cannot be told per customer group have no rows here, and the goal is withheld.
with

initiatives as (

    select * from {{ ref('stg_crm__initiatives') }}

),

orders as (

    select
        *,
        coalesce('customer:' || customer_id, 'order:' || order_id) as cluster_id,
        {{ cx_warehouse.local_date('ordered_at', cx_warehouse.business_timezone()) }} as ordered_on
    from {{ ref('int_orders_judged') }}

),

promises as (

    select * from {{ ref('int_promises_judged') }}

),

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

answers as (

    select * from {{ ref('stg_survey__answers') }}

),

-- Only who was followed for the whole 90 days counts, and 90 days later is when it is known.
retained as (

    select
        *,
        {{ cx_warehouse.retention_start() }} as started_at
    from orders
    where order_number = 1

),

promised as (

    select
        *,
        coalesce(due_date, {{ cx_warehouse.local_date('due_at', cx_warehouse.business_timezone()) }}) as due_on
    from promises

),

-- Everything that a metric counts, as a number of which the metric is the mean.
observed as (

    select
        'kept_rate' as metric_id, touchpoint, region, segment, service_level, cluster_id,
        case when outcome = 'missed' then 0e0 else 1e0 end as value, due_on as exposed_on, due_on as known_on, cast(null as double) as scale_max
    from promised

    union all

    select
        'miss_rate' as metric_id, touchpoint, region, segment, service_level, cluster_id,
        case when outcome = 'missed' then 1e0 else 0e0 end as value, due_on as exposed_on, due_on as known_on, cast(null as double) as scale_max
    from promised

    union all

    select
        'gap_days' as metric_id, touchpoint, region, segment, service_level, cluster_id,
        cast(gap_days as double) as value, due_on as exposed_on, due_on as known_on, cast(null as double) as scale_max
    from promised
    where gap_days is not null

    union all

    select
        'contact_rate' as metric_id, null as touchpoint, region, segment, service_level, cluster_id,
        case when contact_count > 0 then 1e0 else 0e0 end as value, ordered_on as exposed_on, ordered_on as known_on, cast(null as double) as scale_max
    from orders
    where contact_count is not null

    union all

    select
        'cost_per_order' as metric_id, null as touchpoint, region, segment, service_level, cluster_id,
        cast(cost_to_serve_amount as double) as value, ordered_on as exposed_on, ordered_on as known_on, cast(null as double) as scale_max
    from orders
    where delivered_at is not null and cost_to_serve_amount is not null

    union all

    select
        'retention_90d' as metric_id,
        null as touchpoint,
        region,
        segment,
        service_level,
        cluster_id,
        case when next_order_at <= {{ cx_warehouse.add_seconds('started_at', '90 * 86400') }} then 1e0 else 0e0 end as value,
        {{ cx_warehouse.local_date('started_at', cx_warehouse.business_timezone()) }} as exposed_on,
        {{ cx_warehouse.local_date(cx_warehouse.add_seconds('started_at', '90 * 86400'), cx_warehouse.business_timezone()) }} as known_on,
        cast(null as double) as scale_max
    from retained
    where
        {{ cx_warehouse.add_seconds('started_at', '90 * 86400') }} <= {{ cx_warehouse.observed_until('fulfilment.orders') }}
        and not coalesce(next_order_at < started_at, false)

    union all

    select
        answers.question_kind as metric_id,
        answers.touchpoint,
        coalesce(orders.region, customers.region) as region,
        coalesce(orders.segment, customers.segment) as segment,
        orders.service_level,
        coalesce('customer:' || answers.customer_id, orders.cluster_id, 'response:' || answers.response_id) as cluster_id,
        case
            when answers.question_kind = 'nps' and {{ cx_warehouse.is_promoter('answers.score') }} then 100e0
            when answers.question_kind = 'nps' and {{ cx_warehouse.is_detractor('answers.score') }} then -100e0
            when
                answers.question_kind = 'csat'
                and {{ cx_warehouse.is_top_box('answers.score', 'answers.scale_min', 'answers.scale_max') }} then 1e0
            when answers.question_kind = 'ces' and {{ cx_warehouse.is_easy('answers.score', 'answers.scale_min', 'answers.scale_max') }} then 1e0
            else 0e0
        end as value,
        {{ cx_warehouse.local_date('answers.responded_at', cx_warehouse.business_timezone()) }} as exposed_on,
        {{ cx_warehouse.local_date('answers.responded_at', cx_warehouse.business_timezone()) }} as known_on,
        cast(answers.scale_max as double) as scale_max
    from answers
    left join orders on answers.order_id = orders.order_id
    left join customers on answers.customer_id = customers.customer_id
    where
        answers.question_kind in ('nps', 'csat', 'ces')
        and coalesce(answers.unit, 'score') = 'score'
        and answers.score between answers.scale_min and answers.scale_max
        and {{ cx_warehouse.is_usable_scale('answers.question_kind', 'answers.scale_min', 'answers.scale_max') }}

),

matched as (

    select
        initiatives.initiative_id,
        observed.metric_id,
        observed.cluster_id,
        observed.value,
        observed.scale_max,
        observed.exposed_on,
        observed.known_on
    from initiatives
    inner join observed
        on initiatives.target_metric = observed.metric_id
        and (observed.touchpoint is null or observed.touchpoint = initiatives.touchpoint)
        and (initiatives.region is null or observed.region = initiatives.region)
        and (initiatives.segment is null or observed.segment = initiatives.segment)
        and (initiatives.service_level is null or observed.service_level = initiatives.service_level)
    where observed.exposed_on is not null

),

scales as (

    select
        initiative_id,
        scale_max,
        row_number() over (partition by initiative_id order by count(*) desc, scale_max) as scale_rank
    from matched
    where scale_max is not null
    group by initiative_id, scale_max

),

-- Scales are never mixed: the one that most of its answers are on is read.
final as (

    select
        matched.initiative_id,
        matched.metric_id,
        matched.cluster_id,
        matched.value,
        matched.exposed_on,
        matched.known_on
    from matched
    left join scales on matched.initiative_id = scales.initiative_id and matched.scale_max = scales.scale_max
    where matched.scale_max is null or scales.scale_rank = 1

)

select * from final
