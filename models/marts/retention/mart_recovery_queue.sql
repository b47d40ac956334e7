-- Grain: one row per customer who was missed lately.
-- First those of whom no amends are known and who are not back yet, worth most first by what they brought so far; nobody's future is guessed.
with

customers as (

    select * from {{ ref('int_customers_missed') }}

),

assumed as (

    select base as recovery_queue_days from {{ ref('ref_assumptions') }} where assumption = 'recovery_queue_days'

),

-- The same for everybody: what is known of amends so far.
known as (

    select
        max(case when risk_difference_low is not null then horizon_days end) as horizon_days,
        max(risk_difference) as risk_difference,
        max(risk_difference_low) as risk_difference_low,
        max(risk_difference_high) as risk_difference_high
    from {{ ref('mart_recovery') }}
    where index_kind = 'every_order' and comparison = 'compensated_and_uncompensated' and horizon_days = 90

),

valued as (

    select
        customers.*,
        cast(
            case when observed_days >= 30 then margin_amount end
            * cast({{ cx_warehouse.ratio('30.4375', 'observed_days') }} as numeric(18, 8)) as numeric(28, 6)
        ) as margin_per_month_amount
    from customers
    cross join assumed
    where customers.since_miss_days <= assumed.recovery_queue_days

),

ranked as (

    select
        valued.*,
        row_number() over (
            order by
                case when is_compensated then 1 else 0 end,
                case when has_reordered then 1 else 0 end,
                case when margin_amount is null then 1 else 0 end,
                margin_amount desc,
                since_miss_days,
                customer_id
        ) as queue_rank
    from valued

),

final as (

    select
        ranked.customer_id,
        ranked.order_id,
        {{ cx_warehouse.dimension('ranked.segment') }} as segment,
        {{ cx_warehouse.dimension('ranked.region') }} as region,
        {{ cx_warehouse.dimension('ranked.cause') }} as cause,
        case
            when known.risk_difference_low > 0 then 'amends'
            when known.risk_difference_high < 0 then 'not_amends'
            else 'not_known'
        end as what_helps,
        case
            when known.risk_difference_low is not null
                then 'C: customers with a credit or refund against those without, within strata; Mantel–Haenszel, 95 %, clustered by customer'
        end as what_helps_method,
        cast(ranked.queue_rank as {{ dbt.type_bigint() }}) as queue_rank,
        cast(ranked.order_count as {{ dbt.type_bigint() }}) as order_count,
        cast(known.horizon_days as {{ dbt.type_bigint() }}) as helped_horizon_days,
        ranked.since_miss_days,
        ranked.observed_days,
        known.risk_difference as helped_difference,
        known.risk_difference_low as helped_difference_low,
        known.risk_difference_high as helped_difference_high,
        ranked.margin_amount,
        ranked.margin_per_month_amount,
        ranked.is_compensated,
        ranked.has_contacted,
        ranked.has_reordered,
        ranked.landmark_at as missed_at
    from ranked
    cross join known

)

select
    customer_id,
    order_id,
    segment,
    region,
    cause,
    what_helps,
    what_helps_method,
    queue_rank,
    order_count,
    helped_horizon_days,
    since_miss_days,
    observed_days,
    helped_difference,
    helped_difference_low,
    helped_difference_high,
    margin_amount,
    margin_per_month_amount,
    is_compensated,
    has_contacted,
    has_reordered,
    missed_at
from final
