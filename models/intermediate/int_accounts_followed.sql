-- Grain: one row per clock × customer with an account: from its start to its end or to the end of what is known of it.
-- Where a contract ends on a day that is on record, leaving is an event of its own and not a silence to be guessed at.
with

customers as (

    select customer_id, segment, acquired_at, churned_at
    from {{ ref('stg_crm__customers') }}

),

first_orders as (

    select
        customer_id,
        case when outcome in ('exceeded', 'met') then 'kept' else outcome end as outcome,
        landmark_at
    from {{ ref('int_orders_judged') }}
    where order_number = 1 and outcome in ('exceeded', 'met', 'missed') and landmark_at is not null

),

started as (

    select
        'acquired' as clock,
        'all' as outcome,
        customer_id,
        segment,
        acquired_at as started_at,
        churned_at
    from customers

    union all

    select
        'landmark' as clock,
        first_orders.outcome,
        customers.customer_id,
        customers.segment,
        first_orders.landmark_at as started_at,
        customers.churned_at
    from customers
    inner join first_orders on customers.customer_id = first_orders.customer_id

),

bounded as (

    select
        started.*,
        {{ cx_warehouse.observed_until('crm.customers') }} as observed_until,
        coalesce(churned_at < started_at, false) as is_churned_before
    from started

),

final as (

    select
        clock,
        outcome,
        customer_id,
        {{ cx_warehouse.dimension('segment') }} as segment,
        case
            when not is_churned_before and started_at is not null and churned_at is not null
                then cast({{ cx_warehouse.days_between('started_at', 'churned_at') }} as double)
            when not is_churned_before and started_at <= observed_until
                then cast({{ cx_warehouse.days_between('started_at', 'observed_until') }} as double)
        end as passed_days,
        churned_at is not null as is_churned,
        is_churned_before,
        started_at is null as is_start_unknown
    from bounded

)

select * from final
