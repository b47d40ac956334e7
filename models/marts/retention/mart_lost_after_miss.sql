-- Grain: one row per customer whose latest order was missed and who has been silent for longer than customers of their kind take.
-- How long is usual is told by those whose promise was kept, in the same segment where it has enough of them.
with

followed as (

    select
        order_id,
        customer_id,
        segment,
        region,
        followed_days,
        started_at
    from {{ ref('int_orders_followed') }}
    where outcome = 'missed'

),

-- An order after that one, whatever became of it, is an answer.
unanswered as (

    select followed.customer_id
    from followed
    inner join {{ ref('int_orders_judged') }} as judged on followed.order_id = judged.order_id
    where judged.next_order_at is null

),

customers as (

    select * from {{ ref('int_customers_missed') }}

),

awaited as (

    select * from {{ ref('int_customers_awaited') }}

),

usual as (

    select
        followed.*,
        case when own.customer_count >= {{ cx_warehouse.fewest_for_point() }} then own.segment else everybody.segment end as compared_segment,
        case when own.customer_count >= {{ cx_warehouse.fewest_for_point() }} then own.usual_days else everybody.usual_days end as usual_days,
        everybody.lost_share
    from followed
    inner join unanswered on followed.customer_id = unanswered.customer_id
    inner join awaited as everybody
        on everybody.segment = 'all' and everybody.customer_count >= {{ cx_warehouse.fewest_for_point() }}
    left join awaited as own on {{ cx_warehouse.dimension('followed.segment') }} = own.segment

),

final as (

    select
        usual.customer_id,
        usual.order_id,
        {{ cx_warehouse.dimension('usual.segment') }} as segment,
        {{ cx_warehouse.dimension('usual.region') }} as region,
        usual.compared_segment,
        cast(customers.order_count as {{ dbt.type_bigint() }}) as order_count,
        usual.followed_days as silent_days,
        usual.usual_days,
        usual.lost_share,
        customers.observed_days,
        customers.margin_amount,
        cast(
            case when customers.observed_days >= 30 then customers.margin_amount end
            * cast({{ cx_warehouse.ratio('30.4375', 'customers.observed_days') }} as numeric(18, 8)) as numeric(28, 6)
        ) as margin_per_month_amount,
        customers.is_compensated,
        customers.has_contacted,
        usual.started_at as missed_at
    from usual
    -- Silence counts from the latest miss, which an earlier order may be that was due later.
    inner join customers on usual.customer_id = customers.customer_id and usual.order_id = customers.order_id
    where usual.followed_days > usual.usual_days

)

select
    customer_id,
    order_id,
    segment,
    region,
    compared_segment,
    order_count,
    silent_days,
    usual_days,
    lost_share,
    observed_days,
    margin_amount,
    margin_per_month_amount,
    is_compensated,
    has_contacted,
    missed_at
from final
