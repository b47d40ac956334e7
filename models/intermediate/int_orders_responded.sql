-- Grain: one row per order whose first promise has come due × metric × scale × answer (or the order itself, for what it did).
-- What followed a gap: answers about the order from its landmark on, another order within 90 days, a contact.
-- An answer about a contact is about the contact and left out.
with

orders as (

    select
        order_id,
        customer_id,
        coalesce('customer:' || customer_id, 'order:' || order_id) as cluster_id,
        gap_days,
        landmark_at
    from {{ ref('int_orders_judged') }}
    where is_due_passed and outcome in ('exceeded', 'met', 'missed') and landmark_at is not null

),

answers as (

    select * from {{ ref('stg_survey__answers') }} where order_id is not null and contact_id is null

),

followed as (

    select * from {{ ref('int_orders_followed') }}

),

measured as (

    select * from {{ ref('int_orders_measured') }}

),

answered as (

    select
        orders.order_id,
        orders.cluster_id,
        orders.gap_days,
        orders.landmark_at,
        'response_' || answers.question_kind as metric,
        concat(
            cast(cast(answers.scale_min as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }}),
            '–',
            cast(cast(answers.scale_max as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
        ) as scale,
        {{ cx_warehouse.ratio('answers.score - answers.scale_min', 'answers.scale_max - answers.scale_min') }} as response,
        case answers.question_kind
            when 'nps' then {{ cx_warehouse.is_promoter('answers.score') }}
            else {{ cx_warehouse.is_top_box('answers.score', 'answers.scale_min', 'answers.scale_max') }}
        end as is_success,
        answers.question_kind = 'nps' and {{ cx_warehouse.is_detractor('answers.score') }} as is_failure
    from orders
    inner join answers on orders.order_id = answers.order_id
    where
        answers.question_kind in ('nps', 'csat')
        and coalesce(answers.unit, 'score') = 'score'
        and {{ cx_warehouse.is_usable_scale('answers.question_kind', 'answers.scale_min', 'answers.scale_max') }}
        and answers.score between answers.scale_min and answers.scale_max
        and answers.responded_at >= orders.landmark_at

),

returned as (

    select
        orders.order_id,
        orders.cluster_id,
        orders.gap_days,
        orders.landmark_at,
        'response_repeat' as metric,
        'none' as scale,
        coalesce(followed.reordered_days <= 90, false) as is_success
    from orders
    inner join followed on orders.order_id = followed.order_id
    where followed.followed_days >= 90 and not followed.is_reordered_before

),

contacted as (

    select
        orders.order_id,
        orders.cluster_id,
        orders.gap_days,
        orders.landmark_at,
        'response_contact' as metric,
        'none' as scale,
        measured.has_contact as is_success
    from orders
    inner join measured on orders.order_id = measured.order_id
    where measured.is_contact_known

),

final as (

    select order_id, cluster_id, gap_days, landmark_at, metric, scale, response, is_success, is_failure from answered

    union all

    select
        order_id, cluster_id, gap_days, landmark_at, metric, scale,
        case when is_success then 1e0 else 0e0 end as response, is_success, false as is_failure
    from returned

    union all

    select
        order_id, cluster_id, gap_days, landmark_at, metric, scale,
        case when is_success then 1e0 else 0e0 end as response, is_success, false as is_failure
    from contacted

)

select * from final
