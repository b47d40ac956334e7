-- Grain: one row per promise come due, or pair of answers, of the last 12 complete months: a chance to disappoint.
-- A touchpoint that promises is judged by its promises; only one that promises nothing by what was expected and experienced.
-- Months after the one in which a feed ends are none of its months: what it tells of them is no sample, and the rest is not 0.
with

promises as (

    select * from {{ ref('int_promises_resolved') }}
    where is_first and is_due_passed and has_feed and outcome in ('exceeded', 'met', 'missed')

),

orders as (

    select * from {{ ref('int_orders_judged') }}

),

contacts as (

    select
        contacts.contact_id,
        contacts.order_id,
        contacts.touchpoint,
        {{ cx_warehouse.reporting_amount('contacts.cost_amount', 'contacts.currency') }} as cost_amount
    from {{ ref('stg_crm__contacts') }} as contacts
    {{ cx_warehouse.fx_join('contacts.currency', cx_warehouse.period_month('contacts.opened_at')) }}

),

contact_costs as (

    select count(*) as contact_count, count(cost_amount) as priced_count from contacts

),

answers as (

    select * from {{ ref('stg_survey__answers') }}

),

pairs as (

    select * from {{ ref('int_answers_paired') }}

),

promise_kinds as (

    select * from {{ ref('ref_promise_kinds') }}

),

delay_causes as (

    select * from {{ ref('ref_delay_causes') }}

),

period_months as (

    select period_month from {{ ref('int_reporting_period_months') }} where month = 'last_12_months'

),

feeds as (

    select kept_by, {{ cx_warehouse.period_month('observed_until') }} as last_month from {{ ref('int_feeds_observed') }}
    union all
    select 'answered' as kept_by, {{ cx_warehouse.period_month('observed_until') }} as last_month
    from {{ ref('int_sources_observed') }}
    where source_table = 'survey.answers'

),

feed_months as (

    select
        feeds.kept_by,
        period_months.period_month,
        count(*) over (partition by feeds.kept_by) as month_count
    from feeds
    inner join period_months on feeds.last_month >= period_months.period_month

),

promised as (

    select
        'promises' as exposure_kind,
        {{ cx_warehouse.dimension("coalesce(case promises.subject_kind when 'contact' then contacts.touchpoint end, promise_kinds.touchpoint)") }} as touchpoint,
        'customer:' || promises.customer_id as customer_cluster_id,
        coalesce('order:' || promises.order_id, 'contact:' || promises.contact_id) as own_cluster_id,
        promises.kept_by,
        coalesce(promises.order_id, contacts.order_id) as order_id,
        case when promises.subject_kind = 'contact' then contacts.cost_amount else 0 end as own_cost_amount,
        {{ cx_warehouse.due_month('promises.due_date', 'promises.due_at') }} as period_month,
        promises.outcome = 'missed' as is_missed,
        promises.subject_kind = 'order' as is_about_order,
        promises.subject_kind = 'order' and promise_kinds.kept_by in ('delivered', 'shipped') as is_about_delivery
    from promises
    left join contacts on promises.contact_id = contacts.contact_id
    left join promise_kinds on promises.promise_kind = promise_kinds.promise_kind

),

promising as (

    select touchpoint from promised group by touchpoint

),

-- A share of the scale for opinions; of durations less is better.
paired as (

    select
        'paired_answers' as exposure_kind,
        {{ cx_warehouse.dimension('experienced.touchpoint') }} as touchpoint,
        'customer:' || experienced.customer_id as customer_cluster_id,
        'response:' || experienced.response_id as own_cluster_id,
        'answered' as kept_by,
        experienced.order_id,
        0 as own_cost_amount,
        {{ cx_warehouse.period_month('experienced.responded_at') }} as period_month,
        case
            when coalesce(experienced.unit, 'score') <> 'score' then experienced.score > expected.score
            else
                {{ cx_warehouse.ratio('(experienced.score - experienced.scale_min)', '(experienced.scale_max - experienced.scale_min)') }}
                < {{ cx_warehouse.ratio('(expected.score - expected.scale_min)', '(expected.scale_max - expected.scale_min)') }}
        end as is_missed,
        false as is_about_order,
        false as is_about_delivery
    from pairs
    inner join answers as experienced on pairs.experienced_answer_id = experienced.answer_id
    inner join answers as expected on pairs.expected_answer_id = expected.answer_id
    where
        experienced.score between experienced.scale_min and experienced.scale_max
        and expected.score between expected.scale_min and expected.scale_max
        and coalesce(experienced.unit, 'score') <> 'unknown'

),

exposed as (

    select
        exposure_kind, touchpoint, customer_cluster_id, own_cluster_id, kept_by, order_id, period_month, own_cost_amount,
        is_missed, is_about_order, is_about_delivery
    from promised

    union all

    select
        paired.exposure_kind, paired.touchpoint, paired.customer_cluster_id, paired.own_cluster_id, paired.kept_by,
        paired.order_id, paired.period_month, paired.own_cost_amount, paired.is_missed, paired.is_about_order,
        paired.is_about_delivery
    from paired
    left join promising on paired.touchpoint = promising.touchpoint
    where promising.touchpoint is null and paired.is_missed is not null

),

final as (

    select
        exposed.exposure_kind,
        exposed.touchpoint,
        -- Who named no customer is who placed the order; a guest is a cluster of one order, whatever is about it.
        coalesce(
            exposed.customer_cluster_id,
            'customer:' || orders.customer_id,
            'order:' || orders.order_id,
            exposed.own_cluster_id
        ) as cluster_id,
        exposed.period_month,
        feed_months.month_count,
        -- What the order took in contacts and adjustments besides the contact that was promised something: one that gave
        -- up waiting costs little itself, and more by coming again.
        -- Where no contact has a cost on record, orders without one would stand for all.
        case
            when contact_costs.priced_count > 0 or contact_costs.contact_count = 0
                then cast(orders.contact_cost_amount + orders.adjustment_amount - exposed.own_cost_amount as double)
        end as cost_amount,
        exposed.is_missed,
        exposed.is_about_delivery,
        case when exposed.is_about_order and exposed.is_missed then delay_causes.is_controllable end as is_controllable
    from exposed
    inner join feed_months on exposed.kept_by = feed_months.kept_by and exposed.period_month = feed_months.period_month
    cross join contact_costs
    left join orders on exposed.order_id = orders.order_id
    left join delay_causes on orders.cause = delay_causes.delay_cause

)

select * from final
