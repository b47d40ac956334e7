-- Grain: one row per outcome × order of which the outcome is known, with what may have driven it.
-- An order without a contact has waited for none: that is 0. What a feed should have told and did not is null.
with

orders as (

    select * from {{ ref('int_orders_judged') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }} where order_id is not null

),

promises as (

    select * from {{ ref('int_promises_resolved') }}
    where is_first and contact_id is not null and outcome in ('exceeded', 'met', 'missed')

),

answers as (

    select * from {{ ref('stg_survey__answers') }} where order_id is not null

),

-- An open wait has no length yet.
waited as (

    select
        order_id,
        case
            when count(*) = count(coalesce(first_response_at, abandoned_at, resolved_at)) then
                {{ cx_warehouse.steady_sum(cx_warehouse.seconds_between('opened_at', 'coalesce(first_response_at, abandoned_at, resolved_at)') ~ ' / 60.0') }}
        end as wait_minutes
    from contacts
    group by order_id

),

late as (

    select
        contacts.order_id,
        promises.kept_by,
        case when count(*) = count(promises.gap_days) then {{ cx_warehouse.steady_sum('greatest(-24.0 * promises.gap_days, 0.0)') }} end as hours_late
    from promises
    inner join contacts on promises.contact_id = contacts.contact_id
    group by contacts.order_id, promises.kept_by

),

measured as (

    select
        orders.order_id,
        coalesce('customer:' || orders.customer_id, 'order:' || orders.order_id) as cluster_id,
        greatest(-cast(orders.gap_days as double), 0e0) as days_late,
        greatest(cast(orders.gap_days as double), 0e0) as days_early,
        case when responses.order_id is null and orders.contact_count is not null then 0e0 else responses.hours_late end as response_hours_late,
        case when resolutions.order_id is null and orders.contact_count is not null then 0e0 else resolutions.hours_late end as resolution_hours_late,
        cast(orders.contact_count as double) as contact_count,
        case when orders.contact_count = 0 then 0e0 else waited.wait_minutes end as wait_minutes,
        cast(orders.adjustment_amount as double) as adjustment_amount,
        case orders.in_full when true then 0e0 when false then 1e0 end as not_in_full
    from orders
    left join waited on orders.order_id = waited.order_id
    left join late as responses on orders.order_id = responses.order_id and responses.kept_by = 'responded'
    left join late as resolutions on orders.order_id = resolutions.order_id and resolutions.kept_by = 'resolved'

),

outcomes as (

    select
        question_kind as outcome,
        order_id,
        {{ cx_warehouse.steady_avg('case when question_kind = \'nps\' then cast(score as double) else 100.0 * ' ~ cx_warehouse.ratio('(score - scale_min)', '(scale_max - scale_min)') ~ ' end') }} as outcome_value
    from answers
    where
        question_kind in ('csat', 'nps')
        and coalesce(unit, 'score') = 'score'
        and score between scale_min and scale_max
        and {{ cx_warehouse.is_usable_scale('question_kind', 'scale_min', 'scale_max') }}
    group by question_kind, order_id

    union all

    select
        'reordered_90d' as outcome,
        order_id,
        case when next_order_at <= {{ cx_warehouse.add_seconds('landmark_at', '90 * 86400') }} then 1e0 else 0e0 end as outcome_value
    from orders
    where
        customer_id is not null
        and {{ cx_warehouse.add_seconds('landmark_at', '90 * 86400') }} <= {{ cx_warehouse.observed_until('fulfilment.orders') }}
        and not coalesce(next_order_at < landmark_at, false)

),

-- Sixteen groups of customers, by the first letter of a hash: the same in every run and on every engine.
final as (

    select
        outcomes.outcome,
        measured.order_id,
        substr(md5(measured.cluster_id), 1, 1) as customer_group,
        outcomes.outcome_value,
        {%- for name, words, good in cx_warehouse.drivers() %}
        measured.{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from outcomes
    inner join measured on outcomes.order_id = measured.order_id

)

select * from final
