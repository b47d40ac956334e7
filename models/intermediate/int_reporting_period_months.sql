-- Grain: one row per month and period it belongs to.
-- Facts join on period_month and are grouped by month, so every roll-up is computed from the facts, never from months.
with

as_of_row as (

    select as_of from {{ ref('stg_as_of') }}

),

months as (

    select * from {{ ref('int_reporting_periods') }} where month_start_date is not null

),

final as (

    select month as period_month, month from months

    union all

    select months.month as period_month, 'last_12_months' as month
    from months
    cross join as_of_row
    where
        months.month_start_date < {{ cx_warehouse.period_start('as_of_row.as_of') }}
        and months.month_start_date >= {{ cx_warehouse.add_months(cx_warehouse.period_start('as_of_row.as_of'), -12) }}

    union all

    select month as period_month, 'all' as month from months

)

select * from final
