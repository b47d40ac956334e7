-- Grain: one row per period × month of the 12 before it.
-- Before the last 12 complete months lie the 12 before these; before the whole there is nothing.
with

periods as (

    select * from {{ ref('int_reporting_periods') }}

),

as_of_row as (

    select as_of from {{ ref('stg_as_of') }}

),

starts as (

    select month, month_start_date as starts_on from periods where month_start_date is not null

    union all

    select
        'last_12_months' as month,
        {{ cx_warehouse.add_months(cx_warehouse.period_start('as_of'), -12) }} as starts_on
    from as_of_row

),

final as (

    select
        starts.month,
        periods.month as preceding_month
    from starts
    inner join periods
        on periods.month_start_date < starts.starts_on
        and periods.month_start_date >= {{ cx_warehouse.add_months('starts.starts_on', -12) }}

)

select * from final
