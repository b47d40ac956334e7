-- Grain: one row per period that reports show: every month from the first event to as_of, the last 12 complete months, all.
with

as_of_row as (

    select as_of from {{ ref('stg_as_of') }}

),

months as (

    select
        {{ cx_warehouse.month_text('date_month') }} as month,
        date_month as month_start_date
    from {{ ref('int_dates_spanned') }}
    where date_day = date_month

),

final as (

    select
        months.month,
        -- The month that as_of falls in is still running, however late in it as_of is: its last instant has not been seen.
        months.month_start_date = {{ cx_warehouse.period_start('as_of_row.as_of') }} as is_running,
        months.month_start_date
    from months
    cross join as_of_row

    union all

    select 'last_12_months' as month, false as is_running, cast(null as date) as month_start_date from as_of_row

    union all

    select 'all' as month, false as is_running, cast(null as date) as month_start_date from as_of_row

)

select * from final
